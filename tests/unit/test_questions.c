/* SPDX-License-Identifier: GPL-3.0-or-later
 * The questions at the start, by the real init, unlock and console in their sandboxes, on two sockets as terminals: a
 * console that is killed in the middle of an answer is followed by another, and unlock asks it again. */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "console/console.h"
#include "init/supervisor.h"
#include "unlock/unlock.h"

enum { WAIT_MS = 30 * 1000 };

static int terminals[2];   /* our ends */
static char said[1 << 20]; /* on the serial line */
static size_t said_len;

/* ---- the box, in a process of its own */

static struct supervisor supervisor;

static int be_init(const int *ends)
{
	static const int no_door[2] = {-1, -1};

	if (spawn_prepare() != ERR_OK || supervisor_init(&supervisor) != ERR_OK)
		return 1;
	supervisor.roles = 1u << ROLE_CONSOLE;
	supervisor.capacity = LIMIT_CAPACITY_LEAST;
	supervisor.keys_len = LIMIT_KEEPER_SECRET_SMALL;
	supervisor.power = supervisor.ipv6_switch = -1;
	supervisor.site = open("/dev/null", O_RDONLY | O_CLOEXEC); /* there is no site file: unlock asks */
	supervisor.workbench = true;                               /* an older Landlock will do */
	for (int i = 0; i < 2; i++)
		supervisor.terminals[i] = fcntl(ends[i], F_DUPFD_CLOEXEC, OWN_FD_FIRST);
	if (chambers_make(&supervisor.chambers, true, supervisor.capacity, no_door) != ERR_OK)
		return 2;
	if (supervise(&supervisor) != END_STOP)
		return 3;
	supervisor_end(&supervisor);
	return 0;
}

static pid_t start_box(void)
{
	int ends[2][2];
	pid_t box;

	for (int i = 0; i < 2; i++)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
	fflush(NULL);
	box = fork();
	assert_true(box >= 0);
	if (box == 0)
		_exit(be_init((const int[2]){ends[0][1], ends[1][1]}));
	for (int i = 0; i < 2; i++) {
		close(ends[i][1]);
		terminals[i] = ends[i][0];
	}
	said_len = 0;
	return box;
}

/* ---- its operator */

static void listen_to(int terminal, uint64_t until_ms)
{
	char drawn[4096];
	size_t got = 0;

	if (terminal == 1) { /* the screen is only emptied */
		while (fd_read_some(terminals[1], drawn, sizeof drawn, clock_ms(), &got) == ERR_OK)
			continue;
		return;
	}
	if (fd_read_some(terminals[0], said + said_len, sizeof said - 1 - said_len, until_ms, &got) == ERR_OK)
		said_len += got;
	said[said_len] = 0;
}

/* Where the serial line has said that since `from`; it stands there for the next one. */
static size_t hears(const char *what, size_t from)
{
	uint64_t until = clock_ms() + WAIT_MS;
	const char *at = NULL;

	while (at == NULL && clock_ms() < until) {
		listen_to(1, 0);
		listen_to(0, clock_ms() + 50);
		at = strstr(said + from, what);
	}
	if (at == NULL)
		fail_msg("the serial line did not say \"%s\" but: %s", what, said + from);
	return at == NULL ? 0 : (size_t)(at - said) + strlen(what);
}

static void type(const char *keys)
{
	assert_int_equal(write(terminals[0], keys, strlen(keys)), strlen(keys));
}

/* A child of that process with that name among its arguments; 0: none. */
static pid_t find_role(pid_t parent, const char *name)
{
	DIR *proc = opendir("/proc");
	pid_t found = 0;
	const struct dirent *entry;

	assert_non_null(proc);
	while (found == 0 && (entry = readdir(proc)) != NULL) {
		char path[64];
		char text[512] = {0};
		size_t n = 0;
		int of = 0;
		const char *state;

		snprintf(path, sizeof path, "/proc/%.20s/stat", entry->d_name);
		if (fd_read_file(path, text, sizeof text - 1, &n) != ERR_OK || (state = strrchr(text, ')')) == NULL ||
		    sscanf(state, ") %*c %d", &of) != 1 || of != parent)
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/cmdline", entry->d_name);
		memset(text, 0, sizeof text);
		if (fd_read_file(path, text, sizeof text - 1, &n) == ERR_OK && n > 8 &&
		    strcmp(text + strlen(text) + 1, name) == 0)
			found = atoi(entry->d_name);
	}
	closedir(proc);
	return found;
}

static void end_box(pid_t box)
{
	int status;

	assert_int_equal(kill(box, SIGTERM), 0);
	assert_int_equal(waitpid(box, &status, 0), box);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	for (int i = 0; i < 2; i++)
		close(terminals[i]);
}

/* Each may die in the middle; the other notices, and the question comes again. */
static void whoever_dies_the_question_comes_again(void **state)
{
	static const char *const roles[] = {"@console", "@unlock", "@console"};
	pid_t box;
	size_t at;

	(void)state;
	SKIP_IF_SANITIZED(); /* its roles are in roots without a C library to load */
	if (geteuid() != 0)
		skip();
	box = start_box();
	at = hears("courier: asks line\n", 0);
	at = hears("The boot medium holds no keys", at);
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		pid_t role = find_role(box, roles[i]);
		assert_true(role > 0);
		type("ye");
		at = hears("ye", at);
		assert_int_equal(kill(role, SIGKILL), 0);
		at = hears("courier: asks line\n", at);
		at = hears("The boot medium holds no keys", at);
	}
	/* Nothing of what was typed before is left: this is no "yes". */
	type("s\r");
	at = hears("courier: asks line\n", at);
	type("yes\r");
	at = hears("courier: asks line\n", at);
	(void)hears("The name that sources see", at);
	end_box(box);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whoever_dies_the_question_comes_again),
	};

	/* The roles are this very program, as in the box. */
	if (argc > 1 && strcmp(argv[1], "@console") == 0)
		return console_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "@unlock") == 0)
		return unlock_main(argc - 1, argv + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
