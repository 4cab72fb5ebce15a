/* SPDX-License-Identifier: GPL-3.0-or-later
 * Hostile code inside each role's real sandbox. The shipped objects are linked once more, with confine_finish() and
 * confine_plan() wrapped: a role that is about to be confined first starts children, which confine themselves by the
 * real function and then try one thing each. The role then goes on as ever: the same boot shows that nothing hostile
 * gets through and that the role still does its work.
 *
 * Each thing is tried twice: in the sandbox as it is, and in one without its seccomp filter, where ids, capabilities,
 * namespaces, Landlock and limits have to hold alone.
 *
 * Roles that stay say what came of it on descriptor 2, on the appliance alone:
 *   attack: ROLE WHAT = OUTCOME WITHOUT-THE-FILTER
 * A worker does it when its connection begins with "ATTACK", and says it there; "ATTACK" is also how a test takes one
 * over: see owned.c. The image has none of this: image/binary-check looks for it. */
#include "probe.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <poll.h>
#include <unistd.h>

#include "confine/enter.h"
#include "confine/table.h"

enum {
	CALLS = 512,          /* the kernel's last number is below */
	X32 = 0x40000000,     /* __X32_SYSCALL_BIT */
	OTHERS = 64,          /* processes of the same uid: ours, and those of other workbenches on this machine */
	CALL_MS = 60000,      /* a call that waits was let through; none does, so this is for a busy machine */
	ATTEMPT_MS = 120000,  /* filling all memory takes a while */
	THROUGH = 0,          /* exit status of an attempt: 0 it worked, else errno */
	BOMB_MS = 60000,      /* who set it off ends the connection sooner */
	BROKEN = 250,         /* the probe itself failed */
	LINE_TRIES_MS = 5000, /* the serial line is slow and doesn't block */
};

void __real_confine_plan(struct confine_entry *entry, enum role r, uint32_t slot, uint64_t store);
void __wrap_confine_plan(struct confine_entry *entry, enum role r, uint32_t slot, uint64_t store);
void __real_confine_finish(enum role r, const struct role_options *o);
void __wrap_confine_finish(enum role r, const struct role_options *o);

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static bool unfiltered;
char outside[32];

/* confine_finish() loads the filter by syscall(); for a child that is to have none it does everything else. */
long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if (unfiltered && number == SYS_seccomp && a[0] == SECCOMP_SET_MODE_FILTER && a[2] != 0)
		return 0;
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Room for the one child at a time; the child gives it back before it is confined. */
void __wrap_confine_plan(struct confine_entry *entry, enum role r, uint32_t slot, uint64_t store)
{
	__real_confine_plan(entry, r, slot, store);
	for (int i = 0; i < ENTRY_LIMITS; i++)
		if (entry->limits[i].what == RLIMIT_NPROC)
			entry->limits[i].value += OTHERS;
}

struct report {
	int fd;
	const char *role;
};

static void say(const struct report *to, const char *format, ...)
{
	char line[200];
	size_t len, at = 0;
	va_list arguments;

	len = (size_t)snprintf(line, sizeof line, "attack: %s ", to->role);
	va_start(arguments, format);
	len += (size_t)vsnprintf(line + len, sizeof line - len - 1, format, arguments);
	va_end(arguments);
	line[len++] = '\n';
	while (at < len) {
		ssize_t n = write(to->fd, line + at, len - at);
		struct pollfd room = {.fd = to->fd, .events = POLLOUT};

		if (n > 0)
			at += (size_t)n;
		else if (errno != EAGAIN || poll(&room, 1, LINE_TRIES_MS) != 1)
			_exit(BROKEN);
	}
}

static void confined(enum role r, const struct role_options *o)
{
	const struct rlimit one = {confinements[r].processes, confinements[r].processes};

	dup2(STDOUT_FILENO, STDERR_FILENO); /* /dev/null: thousands of children have no news */
	if (o->own_ids && setrlimit(RLIMIT_NPROC, &one) != 0)
		_exit(BROKEN);
	__real_confine_finish(r, o);
}

/* How the child ended, in a word. */
static void outcome(pid_t child, int limit_ms, char out[static 24])
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
	bool hung = poll(&end, 1, limit_ms) != 1;
	int status = 0;

	close(end.fd);
	if (hung)
		kill(child, SIGKILL);
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		strcpy(out, "killed");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		strcpy(out, hung ? "hung" : "no-memory");
	else if (WIFSIGNALED(status))
		snprintf(out, 24, "crashed-%d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == THROUGH)
		strcpy(out, "THROUGH");
	else
		snprintf(out, 24, "errno-%d", WEXITSTATUS(status));
}

static bool try_call(enum role r, const struct role_options *o, long number, char out[static 24])
{
	pid_t child = fork();

	if (child < 0)
		return false;
	if (child == 0) {
		long result;

		confined(r, o);
		errno = 0;
		result = syscall(number, 0L, 0L, 0L, 0L, 0L, 0L);
		_exit(result >= 0 ? THROUGH : errno);
	}
	outcome(child, CALL_MS, out);
	return true;
}

static void try_calls(enum role r, const struct role_options *o, const struct report *to, long first, long count)
{
	char word[24];
	unsigned killed = 0;

	for (long i = 0; i < count; i++) {
		if (!try_call(r, o, first + i, word)) {
			say(to, "call-%ld = no-child-%d", first + i, errno);
			return;
		}
		if (strcmp(word, "killed") == 0)
			killed++;
		else
			say(to, "call-%ld = %s", first + i, word);
	}
	say(to, "calls-from-%ld = %u-of-%ld-killed", first, killed, count);
}

static void try_attack(enum role r, const struct role_options *o, const struct attack *one, char out[static 24])
{
	pid_t child = fork();

	if (child == 0) {
		int result;

		confined(r, o);
		errno = 0;
		result = one->attempt(one->argument);
		_exit(result >= 0 && result < BROKEN ? result : BROKEN);
	}
	if (child < 0)
		snprintf(out, 24, "no-child-%d", errno);
	else
		outcome(child, ATTEMPT_MS, out);
}

static void try_attacks(enum role r, const struct role_options *o, const struct report *to, const struct attacks *some)
{
	char with[24], without[24];

	for (size_t i = 0; i < some->count; i++) {
		try_attack(r, o, &some->table[i], with);
		unfiltered = true;
		try_attack(r, o, &some->table[i], without);
		unfiltered = false;
		say(to, "%s = %s %s", some->table[i].name, with, without);
	}
}

static int listen_outside(const char *role)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t n = (size_t)snprintf(outside, sizeof outside, "attack-%s-%d", role, getpid());

	memcpy(a.sun_path + 1, outside, n);
	if (bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)) != 0 ||
	    listen(fd, 8) != 0)
		_exit(BROKEN);
	return fd;
}

static void attack(enum role r, const struct role_options *o, int fd)
{
	const struct report to = {.fd = fd, .role = role_name(r)};
	int listener = listen_outside(to.role);

	say(&to, "begin");
	try_attacks(r, o, &to, &attacks_on_files);
	try_attacks(r, o, &to, &attacks_on_processes);
	try_attacks(r, o, &to, &attacks_on_networks);
	try_attacks(r, o, &to, &attacks_on_machine);
	try_attacks(r, o, &to, &attacks_on_memory);
	close(listener);
	try_calls(r, o, &to, 0, CALLS);
	try_calls(r, o, &to, X32, 16);
	say(&to, "end");
}

/* The connection that the door is about to hand over, without taking it; -1: it has none for us. */
static int peek_connection(void)
{
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	uint8_t record[64];
	struct iovec io = {record, sizeof record};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct pollfd up = {.fd = ROLE_FD_UP, .events = POLLIN};
	int fd = -1;

	if (poll(&up, 1, -1) != 1 || recvmsg(ROLE_FD_UP, &m, MSG_PEEK | MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	if (m.msg_controllen >= CMSG_LEN(sizeof fd) && control.head.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof fd);
	return fd;
}

/* Behind nothing but its cgroup: as many processes as there may be, each with as much memory as there is, and all busy.
 */
__attribute__((noreturn)) static void bomb(int connection)
{
	struct pollfd end = {.fd = connection, .events = POLLIN};
	char line[32];
	int count = 0;
	pid_t child;

	while ((child = fork()) > 0)
		count++;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)attack_fill_memory(NULL);
		for (;;)
			(void)getppid();
	}
	snprintf(line, sizeof line, "bomb %d\n", count);
	(void)!write(connection, line, strlen(line));
	poll(&end, 1, BOMB_MS);
	_exit(0);
}

static void worker(enum role r, const struct role_options *o)
{
	static const char word[] = "ATTACK ";
	char line[64] = {[62] = '\n'};
	int fd = peek_connection();
	ssize_t n = fd < 0 ? 0 : recv(fd, line, sizeof line - 1, MSG_PEEK);

	if (n >= (ssize_t)sizeof word - 1 && memcmp(line, word, sizeof word - 1) == 0) {
		char record[64];
		bool table = strncmp(line, "ATTACK table\n", 13) == 0, bombs = strncmp(line, "ATTACK bomb\n", 12) == 0;

		/* What was looked at is taken: a close with unread bytes would be a reset. */
		if (recv(fd, line, (size_t)((char *)memchr(line, '\n', sizeof line) - line) + 1, 0) < 0 ||
		    recv(ROLE_FD_UP, record, sizeof record, 0) < 0)
			_exit(BROKEN);
		if (bombs)
			bomb(fd);
		if (!table) {
			confined(r, o);
			owned(fd);
		}
		attack(r, o, fd);
		_exit(0);
	}
	if (fd >= 0)
		close(fd);
}

void __wrap_confine_finish(enum role r, const struct role_options *o)
{
	if (r == ROLE_VISIT || r == ROLE_COLLECT)
		worker(r, o);
	else if (!o->workbench)
		attack(r, o, STDERR_FILENO);
	__real_confine_finish(r, o);
}
