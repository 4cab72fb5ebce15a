/* SPDX-License-Identifier: GPL-3.0-or-later
 * A role's main function, whole, in a process of its own whose calls fail one at a time: those of faults.h and the
 * system calls below. The test plays init and everybody else. The role then says what failed and ends, or goes on and
 * has done all that it does otherwise: never in between. Confinement is left out here: its own failures end a role
 * (test_confine.c), and its filters know nothing of a test.
 *
 * With FAULTS=all in the environment every call fails in turn, with a number that one alone; without, a few dozen of
 * each role's, evenly. */
#ifndef ROLE_FAULTS_H
#define ROLE_FAULTS_H

#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "cheap_kdf.h"
#include "faults.h"

#include "base/fd.h"
#include "crypto/openssl.h"
#include "confine/confine.h"
#include "confine/options.h"
#include "link/channel.h"

/* ---- more calls */

FAULT(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n), EIO, -1)
FAULT(ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags), EIO, -1)
FAULT(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags), ENOBUFS, -1)
FAULT(ssize_t, sendto, (int fd, const void *p, size_t n, int flags, const struct sockaddr *to, socklen_t to_len),
      (fd, p, n, flags, to, to_len), ENOBUFS, -1)
FAULT(int, socket, (int family, int type, int protocol), (family, type, protocol), EMFILE, -1)
FAULT(int, socketpair, (int family, int type, int protocol, int *ends), (family, type, protocol, ends), EMFILE, -1)
FAULT(int, accept4, (int fd, struct sockaddr *from, socklen_t *n, int flags), (fd, from, n, flags), EMFILE, -1)
FAULT(int, bind, (int fd, const struct sockaddr *at, socklen_t n), (fd, at, n), ENOBUFS, -1)
FAULT(int, setsockopt, (int fd, int level, int name, const void *p, socklen_t n), (fd, level, name, p, n), ENOBUFS, -1)
FAULT(int, madvise, (void *p, size_t n, int advice), (p, n, advice), EAGAIN, -1)
FAULT(int, fchmodat, (int at, const char *path, mode_t mode, int flags), (at, path, mode, flags), EIO, -1)
FAULT(int, pthread_create, (pthread_t * thread, const pthread_attr_t *how, void *(*begin)(void *), void *context),
      (thread, how, begin, context), EAGAIN, EAGAIN)

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
uint64_t __real_clock_ms(void);
uint64_t __wrap_clock_ms(void);
int __real_ioctl(int fd, int what, ...);
int __wrap_ioctl(int fd, int what, ...);
int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
void __wrap_confine_finish(enum role r, const struct role_options *o);

/* A role's waits by the clock are this many times shorter. */
static unsigned haste = 1;
static uint64_t begun_ms;

/* How one that gives up ends, at most, and what it may say then instead. */
static int worst_status = 1;
static const char *refusal = "failed";

/* The whole run lets one in so many of the calls for memory fail. */
static unsigned memory_one_in = 1;

uint64_t __wrap_clock_ms(void)
{
	uint64_t now = __real_clock_ms();

	return faulty ? begun_ms + (now - begun_ms) * haste : now;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	if (fails("poll", EINVAL))
		return -1;
	return __real_poll(fds, count,
			   faulty && timeout_ms > 0 ? (timeout_ms + (int)haste - 1) / (int)haste : timeout_ms);
}

int __wrap_ioctl(int fd, int what, ...)
{
	va_list rest;
	void *p;

	va_start(rest, what);
	p = va_arg(rest, void *);
	va_end(rest);
	return fails("ioctl", EIO) ? -1 : __real_ioctl(fd, what, p);
}

int __wrap_openat(int at, const char *path, int flags, ...)
{
	return fails("openat", EMFILE) ? -1 : __real_openat(at, path, flags, 0600);
}

void __wrap_confine_finish(enum role r, const struct role_options *o)
{
	(void)r;
	(void)o;
}

/* ---- the stage */

enum {
	FIRST_FD = ROLE_FD_UP,
	STAGE_FDS = ROLE_FD_B - ROLE_FD_UP + 1,
	FAIRLY_MS = 20000, /* nobody waits that long but for a role that hangs */
	A_FEW = 24,
	A_FEW_OF_MEMORY = 6, /* OpenSSL asks for it thousands of times, and goes on without */
	SAID_MAX = 8192,
};

struct trial {
	const char *name;
	int (*run)(int argc, char **argv);
	void (*prepare)(void); /* sets stage.fds and the options; our ends are the test's own matter */
	void (*play)(void);    /* until the role has nothing more to say */
	/* What may be so now. fault: the call's name; NULL: none failed. well: the role ended in order. */
	void (*check)(const char *fault, bool well);
};

static struct {
	int fds[STAGE_FDS]; /* the role's, from ROLE_FD_UP on; -1: none */
	struct role_options options;
	int up;   /* our end of ROLE_FD_UP */
	int said; /* its log */
	pid_t pid;
} stage;

static uint8_t stage_storage[LIMIT_MESSAGE];

/* A channel to the role; ours is returned. */
static int stage_channel(enum role_fd at)
{
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	stage.fds[at - FIRST_FD] = ends[1];
	return ends[0];
}

static int stage_file(struct bytes content)
{
	int fd = memfd_create("stage", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.p, content.n), content.n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void __attribute__((unused)) stage_part(const struct buf *record)
{
	assert_false(record->failed);
	stage.fds[ROLE_FD_PART - FIRST_FD] = stage_file(buf_view(record));
	stage.options.part_len = (uint32_t)record->len;
}

static void __attribute__((unused)) stage_send(int fd, const struct buf *record, const int *fds, int count)
{
	(void)!channel_send(fd, record, fds, count, clock_ms() + FAIRLY_MS);
}

/* The next message; false: the role is gone. One that hangs ends the test. */
__attribute__((unused)) static bool stage_hear(int fd, enum role from, enum role to, struct incoming *in)
{
	enum err e = channel_receive(fd, 1u << from, to, STATE_UP, stage_storage, clock_ms() + FAIRLY_MS, in);

	if (e != ERR_OK && e != ERR_END)
		fail_msg("%s says nothing, or what it may not: %s; %s failed", role_name(from), err_text(e),
			 faults->at > 0 && faults->name != NULL ? faults->name : "nothing");
	return e == ERR_OK;
}

/* For roles that stay. */
static void __attribute__((unused)) stage_stop(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);

	message_put_STOP(&b, NULL);
	stage_send(stage.up, &b, NULL, 0);
}

/* ---- the role */

static unsigned open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void __attribute__((noreturn)) be_the_role(const struct trial *t)
{
	char options[512];
	struct buf text = buf_over(options, sizeof options);
	char *argv[] = {(char[]){"role"}, options, NULL};
	int held[STAGE_FDS];
	int said;
	int status;

	signal(SIGSEGV, SIG_DFL); /* cmocka's would go on with the tests, here */
	signal(SIGBUS, SIG_DFL);
	role_options_text(&text, &stage.options);
	buf_byte(&text, 0);
	said = fcntl(stage.said, F_DUPFD, 1000);
	for (int i = 0; i < STAGE_FDS; i++)
		held[i] = stage.fds[i] < 0 ? -1 : fcntl(stage.fds[i], F_DUPFD, 1000);
	for (int fd = 0; fd < 1000; fd++)
		close(fd);
	if (open("/dev/null", O_RDWR) != 0 || dup2(0, 1) != 1 || dup2(said, 2) != 2)
		_exit(98);
	close(said);
	for (int i = 0; i < STAGE_FDS; i++) {
		if (held[i] >= 0 && dup2(held[i], FIRST_FD + i) != FIRST_FD + i)
			_exit(98);
		if (held[i] >= 0)
			close(held[i]);
	}
	alarm(60);
	begun_ms = __real_clock_ms();
	faulty = true;
	status = t->run(2, argv);
	faulty = false;
	faults->open = open_descriptors();
	_exit(status);
}

/* The status of waitpid(). */
static int act(const struct trial *t, unsigned at)
{
	int status;

	memset(&stage, 0, sizeof stage);
	for (int i = 0; i < STAGE_FDS; i++)
		stage.fds[i] = -1;
	stage.said = memfd_create("said", MFD_CLOEXEC);
	assert_true(stage.said >= 0);
	faults->name = NULL;
	stage.up = stage_channel(ROLE_FD_UP);
	t->prepare();
	faults->at = at;
	faults->calls = faults->open = 0;
	faults->name = NULL;
	stage.pid = fork();
	assert_true(stage.pid >= 0);
	if (stage.pid == 0)
		be_the_role(t);
	for (int i = 0; i < STAGE_FDS; i++)
		if (stage.fds[i] >= 0)
			close(stage.fds[i]);
	t->play();
	close(stage.up);
	assert_int_equal(waitpid(stage.pid, &status, 0), stage.pid);
	return status;
}

/* Ends in order, or by saying why not, or by abort() where there is no memory or no randomness. */
static bool ended_well(const struct trial *t, unsigned at, int status)
{
	static char said[SAID_MAX];
	ssize_t n = pread(stage.said, said, sizeof said - 1, 0);
	bool scarce = strcmp(faults->name, "getrandom") == 0 || (at < FAULTS_TOLD && faults->memory[at]);

	said[n > 0 ? n : 0] = 0;
	close(stage.said);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && scarce)
		return false;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > worst_status)
		fail_msg("%s: %s, call %u: status %x; it said: %s", t->name, faults->name, at, (unsigned)status, said);
	/* The line itself is what may have failed. */
	if (WEXITSTATUS(status) != 0 && strstr(said, "failed") == NULL && strstr(said, refusal) == NULL &&
	    strcmp(faults->name, "write") != 0)
		fail_msg("%s: %s, call %u: it failed and did not say so", t->name, faults->name, at);
	return WEXITSTATUS(status) == 0;
}

static void try(const struct trial *t)
{
	const char *which = getenv("FAULTS");
	const bool whole = which != NULL && strcmp(which, "all") == 0;
	const unsigned one = which == NULL ? 0 : (unsigned)strtoul(which, NULL, 10);
	static bool memory[FAULTS_TOLD];
	unsigned all, open, tried = 0, refused = 0, plain = 0, nth[2] = {0, 0};
	int status = act(t, 0);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: status %x without a fault", t->name, (unsigned)status);
	close(stage.said);
	t->check(NULL, true);
	open = faults->open;
	all = faults->calls;
	assert_in_range(all, 1, FAULTS_TOLD - 1);
	memcpy(memory, faults->memory, sizeof memory);
	for (unsigned at = 1; at <= all; at++)
		plain += !memory[at];
	for (unsigned at = 1; at <= all; at++) {
		bool well;

		if (one != 0 && at != one)
			continue;
		if (whole && memory[at] && at % memory_one_in != 0)
			continue;
		if (!whole && one == 0 &&
		    (memory[at] ? nth[1]++ % ((all - plain) / A_FEW_OF_MEMORY + 1) : nth[0]++ % (plain / A_FEW + 1)) !=
			0)
			continue;
		tried++;
		status = act(t, at);
		if (getenv("VERBOSE") != NULL)
			fprintf(stderr, "%s: call %u, %s: status %x, %u descriptors\n", t->name, at,
				faults->name != NULL ? faults->name : "-", (unsigned)status, faults->open);
		if (faults->name == NULL) {
			/* What the clock decides: it made one call fewer. */
			close(stage.said);
			continue;
		}
		well = ended_well(t, at, status);
		refused += !well;
		t->check(faults->name, well);
		if (well && faults->open > open)
			fail_msg("%s: %s, call %u: %u descriptors are open at the end, not %u", t->name, faults->name,
				 at, faults->open, open);
	}
	print_message("%s: %u calls, %u made to fail, %u refusals\n", t->name, all, tried, refused);
	assert_true(refused > 0 || one != 0);
}

static int role_faults_run(const struct CMUnitTest *tests, size_t count, int argc, char **argv)
{
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	signal(SIGPIPE, SIG_IGN);
	/* Its start waits for itself for ever if it gets no memory, and sees to it that there is some: base/openssl.c.
	 */
	if (!openssl_ready())
		return 1;
	faults_prepare();
	return _cmocka_run_group_tests("role faults", tests, count, NULL, NULL);
}

#endif
