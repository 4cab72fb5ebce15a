/* SPDX-License-Identifier: GPL-3.0-or-later
 * init's supervisor while each of its calls fails (role_faults.h): as the workbench, the same code without the machine
 * around it. It opens the site file, starts keeper, door and workers, and a source gets its page; then it is told to
 * end. The processes that it starts are this program's, whole, and nothing fails in them. */
#include "role_faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "collect/collect.h"
#include "door/door.h"
#include "init/init.h"
#include "keeper/keeper.h"
#include "site_fixture.h"
#include "unlock/unlock.h"
#include "visit/visit.h"

static char folder[] = "/tmp/courier-init-XXXXXX";
static char source_door[64], desk_door[64], site[64];
static char site_text[16384];
static size_t site_len;
static bool served;

static const char *door_path(void)
{
	return source_door + strlen("unix:");
}

static int workbench(int argc, char **argv)
{
	char *words[] = {(char[]){"workbench"},
			 (char[]){"--listen"},
			 source_door,
			 (char[]){"--desk-listen"},
			 desk_door,
			 (char[]){"--site"},
			 site,
			 NULL};

	(void)argc;
	(void)argv;
	return workbench_main(7, words);
}

static void prepare_workbench(void)
{
	served = false;
	(void)unlink(door_path());
}

/* It has ended, and waits for being asked how. */
static bool is_gone(void)
{
	siginfo_t info = {.si_pid = 0};

	assert_int_equal(waitid(P_PID, (id_t)stage.pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	return info.si_pid != 0;
}

static bool asks_for_the_page(void)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x.onion\r\n\r\n";
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char answer[16] = {0};
	size_t len = 0;
	size_t got;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(at.sun_path, door_path(), strlen(door_path()));
	if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
	    fd_write_all(fd, BYTES_LITERAL(request), clock_ms() + FAIRLY_MS) == ERR_OK)
		while (len < 12 && fd_read_some(fd, answer + len, 12 - len, clock_ms() + FAIRLY_MS, &got) == ERR_OK)
			len += got;
	close(fd);
	return strcmp(answer, "HTTP/1.1 200") == 0;
}

/* Until somebody is served: whatever failed, it is tried again, or the workbench says that it can't and ends. */
static void play_source(void)
{
	uint64_t limit_ms = clock_ms() + 2 * FAIRLY_MS;

	while (!served && !is_gone()) {
		served = asks_for_the_page();
		if (clock_ms() > limit_ms) {
			char said[4000] = {0};
			assert_true(pread(stage.said, said, sizeof said - 1, 0) >= 0);
			fail_msg("nobody is served; %s failed: %s", faults->name != NULL ? faults->name : "nothing",
				 said);
		}
		poll(NULL, 0, 5);
	}
	kill(stage.pid, SIGTERM);
}

static void check_workbench(const char *fault, bool well)
{
	(void)fault;
	assert_true(served || !well);
	/* In order, it leaves nothing. */
	if (well)
		assert_int_not_equal(access(door_path(), F_OK), 0);
}

static void a_source_is_served(void **state)
{
	(void)state;
	SKIP_IF_SANITIZED();
	SKIP_IF_COVERED();
	refusal = "courier workbench: ";
	worst_status = 3; /* 3: the site file's process was refused what it takes */
	try(&(struct trial){"workbench", workbench, prepare_workbench, play_source, check_workbench});
}

/* As main.c's table. */
static int be_a_process(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} processes[] = {
	    {"@unlock", unlock_main}, {"@keeper", keeper_main},   {"@door", door_main},
	    {"@visit", visit_main},   {"@collect", collect_main},
	};

	for (size_t i = 0; i < sizeof processes / sizeof processes[0]; i++)
		if (strcmp(argv[1], processes[i].name) == 0)
			return processes[i].run(argc - 1, argv + 1);
	return 97;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_source_is_served)};
	int bad;
	int fd;

	if (argc > 1 && argv[1][0] == '@')
		return be_a_process(argc, argv);
	site_len = make_text(site_text, sizeof site_text);
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(source_door, sizeof source_door, "unix:%s/source", folder);
	(void)snprintf(desk_door, sizeof desk_door, "unix:%s/desk", folder);
	(void)snprintf(site, sizeof site, "%s/site", folder);
	fd = open(site, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fd_write_all(fd, bytes_of(site_text, site_len), DEADLINE_NONE) != ERR_OK)
		return 1;
	close(fd);
	bad = role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
	(void)unlink(site);
	(void)unlink(door_path());
	(void)unlink(desk_door + strlen("unix:"));
	return rmdir(folder) == 0 ? bad : 1;
}
