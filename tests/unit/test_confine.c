/* SPDX-License-Identifier: GPL-3.0-or-later
 * The table, the options, and a process that has been through both halves of its confinement. The latter as root, with
 * real namespaces and uids; an ordinary user gets what needs neither. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/enter.h"
#include "confine/options.h"
#include "confine/table.h"
#include "spawn/chamber.h"

/* ---- the table */

static void test_ids_are_apart(void **state)
{
	(void)state;
	for (size_t a = ROLE_INIT + 1; a < ROLE_COUNT; a++) {
		assert_true(confinements[a].uid > 1000 && confinements[a].slots > 0);
		for (size_t b = ROLE_INIT + 1; b < a; b++)
			assert_true(confinements[a].uid >= confinements[b].uid + confinements[b].slots ||
				    confinements[b].uid >= confinements[a].uid + confinements[a].slots);
	}
	assert_int_equal(confinements[ROLE_VISIT].slots, LIMIT_VISIT_SLOTS);
	assert_int_equal(confinements[ROLE_COLLECT].slots, LIMIT_COLLECT_SLOTS);
	assert_int_equal(confinement_uid(ROLE_VISIT, 3), confinements[ROLE_VISIT].uid + 3);
}

static void test_who_has_what(void **state)
{
	(void)state;
	for (size_t r = ROLE_INIT + 1; r < ROLE_COUNT; r++) {
		const struct confinement *c = &confinements[r];
		assert_true((c->capabilities & ~c->setup_capabilities) == 0);
		assert_true(c->setup_capabilities == 0 || r == ROLE_NET);
		assert_true(c->net == NET_EMPTY || r == ROLE_NET || r == ROLE_TOR);
		assert_true(!c->connects_tcp || r == ROLE_TOR);
		assert_true(c->mounts[0].path == NULL || r == ROLE_TOR || r == ROLE_KEEPER);
		assert_true(c->processes == 1 || r == ROLE_TOR);
		assert_true(c->files > 8 && c->space_mib > 0 && c->pids > c->processes - 1 && c->memory_percent > 0 &&
			    c->memory_percent < 100);
	}
	assert_int_equal(confinements[ROLE_NET].capabilities, 1 << CAP_NET_ADMIN);
}

/* ---- options and parts */

static void test_options(void **state)
{
	const struct role_options o = {.slot = 63,
				       .workbench = true,
				       .proxy_lines = true,
				       .hidden_memory = true,
				       .own_ids = true,
				       .part_len = 61440,
				       .capacity = UINT64_MAX};
	static const char *const bad[] = {"slot",       "slot=",         "slot=x",    "slot=-1",
					  "slot=65536", "colour=1",      "own_ids=2", "slot=1;workbench=1",
					  "=1",         "part_len=61441"};
	uint8_t text[ROLE_OPTIONS_TEXT_MAX];
	struct buf b = buf_over(text, sizeof text);
	struct role_options read = {.slot = 5};

	(void)state;
	role_options_text(&b, &o);
	buf_byte(&b, 0);
	assert_false(b.failed);
	assert_int_equal(role_options_parse((const char *)text, &read), ERR_OK);
	assert_memory_equal(&read.slot, &o.slot, sizeof o.slot);
	assert_true(read.workbench && read.proxy_lines && read.hidden_memory && read.own_ids);
	assert_true(read.part_len == o.part_len && read.capacity == o.capacity);
	assert_int_equal(role_options_parse("", &read), ERR_OK);
	assert_int_equal(read.slot, 0);
	read.slot = 7;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_not_equal(role_options_parse(bad[i], &read), ERR_OK);
		assert_int_equal(read.slot, 7);
	}
}

static int part_child(enum message want, uint32_t part_len)
{
	struct role_options o = {.part_len = part_len};
	struct message_PART_COLLECT m = {.name = BYTES_LITERAL("a name")};
	uint8_t storage[64];
	struct buf b = buf_over(storage, sizeof storage);
	struct bytes fields;
	int fd = memfd_create("part", 0);

	message_put_PART_COLLECT(&b, &m);
	if (write(fd, b.p, b.len) != (ssize_t)b.len || dup2(fd, ROLE_FD_PART) < 0)
		return 1;
	if (part_len == 1)
		o.part_len = (uint32_t)b.len;
	if (role_part(&o, want, &fields) != ERR_OK)
		return 2;
	if (message_get_PART_COLLECT(fields, &m) != ERR_OK || !bytes_eq_str(m.name, "a name"))
		return 3;
	return fcntl(ROLE_FD_PART, F_GETFD) < 0 ? 0 : 4;
}

static int status_of(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void test_part(void **state)
{
	static const struct {
		enum message want;
		uint32_t len;
		int status;
	} cases[] = {{MESSAGE_PART_COLLECT, 1, 0}, {MESSAGE_PART_VISIT, 1, 2}, {MESSAGE_PART_COLLECT, 0, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		pid_t child = fork();
		if (child == 0)
			_exit(part_child(cases[i].want, cases[i].len));
		assert_int_equal(WEXITSTATUS(status_of(child)), cases[i].status);
	}
}

/* ---- after confine_finish, in a child that stays where it is */

enum attempt {
	LIVE, /* what the role does is allowed */
	OPEN_FILE,
	MAKE_SOCKET,
	WRITE_ELSEWHERE,
	MAP_CODE,
	FORK,
	EXEC,
	SEND_SIGNAL,
	BY_X32,
	BY_I386,
	ATTEMPTS,
};

static void try(enum attempt a)
{
	char *const arguments[] = {(char *)"true", NULL};
	long result = 20; /* getpid of i386 */

	switch (a) {
	case LIVE:
		(void)!write(2, "", 0);
		poll(NULL, 0, 0);
		close(77);
		break;
	case OPEN_FILE:
		open("/proc/self/status", O_RDONLY);
		break;
	case MAKE_SOCKET:
		socket(AF_UNIX, SOCK_STREAM, 0);
		break;
	case WRITE_ELSEWHERE:
		(void)!write(1, "", 0);
		break;
	case MAP_CODE:
		mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		break;
	case FORK:
		fork();
		break;
	case EXEC:
		execv("/bin/true", arguments);
		break;
	case SEND_SIGNAL:
		kill(getppid(), 0);
		break;
	case BY_X32:
		syscall(0x40000000 + SYS_exit_group, 0);
		break;
	case BY_I386:
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
		break;
	case ATTEMPTS:
		break;
	}
	_exit(0);
}

static void test_finish_kills(void **state)
{
	static const enum role roles[] = {ROLE_VISIT, ROLE_COLLECT, ROLE_DOOR, ROLE_KEEPER, ROLE_UNLOCK, ROLE_TORCTL};

	(void)state;
	SKIP_IF_SANITIZED();
	SKIP_IF_COVERED();
	for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++)
		for (int a = LIVE; a < ATTEMPTS; a++) {
			pid_t child = fork();
			int status;
			if (child == 0) {
				const struct role_options o = {.workbench = true};
				close(2);
				open("/dev/null", O_WRONLY);
				confine_finish(roles[r], &o);
				try((enum attempt)a);
			}
			status = status_of(child);
			if (a == LIVE && roles[r] != ROLE_UNLOCK && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
				fail_msg("%s: a harmless one died: %#x", role_name(roles[r]), (unsigned)status);
			if (a != LIVE &&
			    (!WIFSIGNALED(status) || (WTERMSIG(status) != SIGSYS && WTERMSIG(status) != SIGSEGV)))
				fail_msg("%s: attempt %d lived: %#x", role_name(roles[r]), a, (unsigned)status);
		}
}

/* A role that is to have its own ids and hasn't is not confined at all. */
static void test_wrong_ids_end_it(void **state)
{
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		const struct role_options o = {.workbench = true, .own_ids = true};
		close(2);
		confine_finish(ROLE_VISIT, &o);
		_exit(0);
	}
	assert_int_equal(WEXITSTATUS(status_of(child)), 120);
}

/* ---- both halves, as init does it */

static int confined_child(enum role r, uint32_t slot, const struct chambers *chambers, void (*probe)(void))
{
	struct confine_entry entry;
	struct role_options o = {.workbench = true, .own_ids = true, .slot = slot};
	int step;

	confine_plan(&entry, r, slot, 16 << 20);
	chambers_enter(chambers, r, &entry);
	if (confine_supervisor() != ERR_OK)
		return 1;
	step = confine_enter(&entry);
	if (step != 0)
		return 10 + step;
	/* As exec would: the chambers' descriptors are ours, and the role's limit on them holds. */
	if (syscall(SYS_close_range, 3, ~0u, 0) != 0)
		return 2;
	confine_finish(r, &o);
	probe();
	return 0;
}

static void wait_to_be_looked_at(void)
{
	poll(NULL, 0, 30000);
}

/* tor may open files: what keeps it is its chamber and Landlock. */
static void tor_files(void)
{
	uint8_t storage[256];
	int fd = open("/tor/state", O_RDWR | O_CREAT, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0)
		_exit(21);
	if (rename("/tor/state", "/tor/state2") != 0 || unlink("/tor/state2") != 0 || mkdir("/tor/keys", 0700) != 0)
		_exit(22);
	if (open("/", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES)
		_exit(23);
	if (open("/door", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES)
		_exit(24);
	if (open("/proc/self/status", O_RDONLY) >= 0 || open("/etc/passwd", O_RDONLY) >= 0 ||
	    open("/store", O_RDONLY) >= 0)
		_exit(25);
	if (open("/file", O_RDWR | O_CREAT, 0600) >= 0 || open("/door/file", O_RDWR | O_CREAT, 0600) >= 0)
		_exit(26);
	/* Landlock: files and directories, nothing else; and nothing leaves the directory. */
	if (rename("/tor/keys", "/door/keys") == 0 || rename("/tor/keys", "/keys") == 0)
		_exit(27);
	(void)storage;
}

/* The capability line of /proc/PID/status, as a number; -1 if it isn't there. */
static long long status_line(pid_t pid, const char *name)
{
	char path[64];
	char line[256];
	long long value = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtoll(line + strlen(name) + 1, NULL, strncmp(name, "Cap", 3) == 0 ? 16 : 10);
	if (f != NULL)
		fclose(f);
	return value;
}

static struct chambers chambers;

static void test_status(void **state)
{
	static const struct {
		enum role role;
		uint32_t slot;
	} cases[] = {{ROLE_VISIT, 5}, {ROLE_COLLECT, 3}, {ROLE_KEEPER, 0}, {ROLE_DOOR, 0},
		     {ROLE_NET, 0},   {ROLE_TORCTL, 0},  {ROLE_CONSOLE, 0}};

	(void)state;
	SKIP_IF_COVERED();
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum role r = cases[i].role;
		pid_t child = fork();
		int status;
		if (child == 0)
			_exit(confined_child(r, cases[i].slot, &chambers, wait_to_be_looked_at));
		/* Until its filter is loaded, or it ended. */
		while (status_line(child, "Seccomp") == 0 && waitpid(child, &status, WNOHANG) == 0)
			poll(NULL, 0, 2);
		assert_int_equal(status_line(child, "Seccomp"), 2);
		assert_int_equal(status_line(child, "NoNewPrivs"), 1);
		assert_int_equal(status_line(child, "Uid"), confinement_uid(r, cases[i].slot));
		assert_int_equal(status_line(child, "Gid"), confinement_uid(r, cases[i].slot));
		assert_int_equal(status_line(child, "Groups"), 0);
		assert_int_equal(status_line(child, "CapPrm"), confinements[r].capabilities);
		assert_int_equal(status_line(child, "CapEff"), confinements[r].capabilities);
		assert_int_equal(status_line(child, "CapInh"), 0);
		assert_int_equal(status_line(child, "CapAmb"), 0);
		assert_int_equal(status_line(child, "CapBnd"), confinements[r].setup_capabilities);
		kill(child, SIGKILL);
		status_of(child);
	}
}

static void test_tor_files(void **state)
{
	pid_t child;
	int status;

	(void)state;
	SKIP_IF_SANITIZED();
	SKIP_IF_COVERED();
	if (geteuid() != 0)
		skip();
	child = fork();
	if (child == 0)
		_exit(confined_child(ROLE_TOR, 0, &chambers, tor_files));
	status = status_of(child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("status %#x", (unsigned)status);
}

/* The second half does not run where the first did not: the ids differ. */
static void test_other_slots_id(void **state)
{
	pid_t child;

	(void)state;
	if (geteuid() != 0)
		skip();
	child = fork();
	if (child == 0) {
		struct confine_entry entry;
		const struct role_options o = {.workbench = true, .own_ids = true, .slot = 4};
		confine_plan(&entry, ROLE_VISIT, 5, 0);
		chambers_enter(&chambers, ROLE_VISIT, &entry);
		if (confine_enter(&entry) != 0)
			_exit(1);
		close(2);
		confine_finish(ROLE_VISIT, &o);
		_exit(0);
	}
	assert_int_equal(WEXITSTATUS(status_of(child)), 120);
}

static int make_chambers(void **state)
{
	static int door[2];

	(void)state;
	if (geteuid() != 0)
		return 0;
	for (int i = 0; i < 2; i++)
		door[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return chambers_make(&chambers, true, 16 << 20, door) == ERR_OK ? 0 : -1;
}

/* A full store is an error of the keeper's, and no reason for the kernel to kill it. */
static void the_store_fits_its_keeper(void **state)
{
	(void)state;
	assert_true(confinements[ROLE_KEEPER].memory_percent >= LIMIT_STORE_PERCENT + 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ids_are_apart),  cmocka_unit_test(test_who_has_what),
	    cmocka_unit_test(test_options),        cmocka_unit_test(test_part),
	    cmocka_unit_test(test_finish_kills),   cmocka_unit_test(test_wrong_ids_end_it),
	    cmocka_unit_test(test_status),         cmocka_unit_test(test_tor_files),
	    cmocka_unit_test(test_other_slots_id), cmocka_unit_test(the_store_fits_its_keeper),
	};

	return cmocka_run_group_tests(tests, make_chambers, NULL);
}
