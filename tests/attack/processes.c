/* SPDX-License-Identifier: GPL-3.0-or-later
 * One hostile attempt a function, each in a process of its own: other processes. */
#include "probe.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_PIDS = 32769 };

static pid_t target(const char *who)
{
	return *who == '1' ? 1 : getppid();
}

static int trace(const char *who)
{
	return result_of(ptrace(PTRACE_ATTACH, target(who), NULL, NULL));
}

static int read_memory(const char *who)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)0x1000, 1};

	return result_of(process_vm_readv(target(who), &here, 1, &there, 1, 0));
}

static int send_signal(const char *who)
{
	return result_of(kill(target(who), 0));
}

static int pid_descriptor(const char *who)
{
	return result_of(syscall(SYS_pidfd_open, target(who), 0));
}

static int limit_of(const char *who)
{
	struct rlimit limit;

	return result_of(prlimit(target(who), RLIMIT_NOFILE, NULL, &limit));
}

/* One by one: kill(-1) says yes where it may reach nobody. */
static int everybody(const char *unused)
{
	int result = ESRCH;

	(void)unused;
	for (pid_t pid = 1; pid < MOST_PIDS && result != 0; pid++)
		if (pid != getpid() && (kill(pid, 0) == 0 || errno != ESRCH))
			result = result_of(kill(pid, 0));
	return result;
}

static int write_memory(const char *who)
{
	char byte = 0;
	struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)0x1000, 1};

	return result_of(process_vm_writev(target(who), &here, 1, &there, 1, 0));
}

static int take_descriptor(const char *who)
{
	int fd = (int)syscall(SYS_pidfd_open, target(who), 0);

	return fd < 0 ? errno : result_of(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static int compare(const char *who)
{
	return result_of(syscall(SYS_kcmp, target(who), getpid(), 0 /* KCMP_FILE */, 0, 0));
}

static int bind_to_processor(const char *who)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return result_of(sched_setaffinity(target(who), sizeof one, &one));
}

static int move_pages_of(const char *who)
{
	return result_of(syscall(SYS_move_pages, target(who), 0, NULL, NULL, NULL, 0));
}

static int be_traced(const char *unused)
{
	(void)unused;
	return result_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int let_trace(const char *unused)
{
	(void)unused;
	return result_of(prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0));
}

static int dumpable(const char *unused)
{
	(void)unused;
	return result_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static const struct attack table[] = {
    {"ptrace-init", trace, "1"},
    {"ptrace-parent", trace, "up"},
    {"ptrace-me", be_traced, NULL},
    {"ptracer-any", let_trace, NULL},
    {"dumpable", dumpable, NULL},
    {"read-memory-init", read_memory, "1"},
    {"read-memory-parent", read_memory, "up"},
    {"write-memory-init", write_memory, "1"},
    {"write-memory-parent", write_memory, "up"},
    {"signal-init", send_signal, "1"},
    {"signal-parent", send_signal, "up"},
    {"signal-everybody", everybody, NULL},
    {"pidfd-init", pid_descriptor, "1"},
    {"pidfd-parent", pid_descriptor, "up"},
    {"descriptor-of-init", take_descriptor, "1"},
    {"descriptor-of-parent", take_descriptor, "up"},
    {"compare-init", compare, "1"},
    {"compare-parent", compare, "up"},
    {"limits-of-init", limit_of, "1"},
    {"limits-of-parent", limit_of, "up"},
    {"processor-of-init", bind_to_processor, "1"},
    {"pages-of-init", move_pages_of, "1"},
    {"pages-of-parent", move_pages_of, "up"},
};
const struct attacks attacks_on_processes = {table, sizeof table / sizeof table[0]};
