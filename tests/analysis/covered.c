/* SPDX-License-Identifier: GPL-3.0-or-later
 * Linked into programs whose coverage is counted (`make covered`), never into an image: image/binary-check looks for
 * the word below. Counts are written when a process ends, to the folder that tests/analysis/coverage put at /mnt, also
 * when one of these programs kills it; what another program kills writes none. So that roles can write there, they get
 * that folder into their root, and neither seccomp filter nor Landlock. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int __llvm_profile_write_file(void);
void __llvm_profile_set_filename(const char *pattern);
const char *const coverage_mark;
const char *const coverage_mark = "COVERAGE build";

/* "Write what you have counted, and be killed." */
enum { COUNT_AND_DIE = 63, DYING_MS = 2000 };

int __real_kill(pid_t pid, int signal);
int __wrap_kill(pid_t pid, int signal);
__attribute__((noreturn)) void __real__exit(int status);
__attribute__((noreturn)) void __wrap__exit(int status);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_mount(const char *from, const char *at, const char *type, unsigned long flags, const void *options);
int __wrap_mount(const char *from, const char *at, const char *type, unsigned long flags, const void *options);

/* Tests and fuzzers share four files by program: the runtime tells programs apart by their sizes alone, and drops what
 * it can't add to another's. A role has no environment that could name a folder, and an id of its own: nobody else may
 * write to its file. */
__attribute__((constructor)) static void name_file(void)
{
	char name[256];
	const char *folder = getenv("COVERED_INTO");
	int n = 0;

	if (folder != NULL)
		n = snprintf(name, sizeof name, "%s/%s-%%4m.profraw", folder, program_invocation_short_name);
	__llvm_profile_set_filename(n > 0 && (size_t)n < sizeof name ? name : "/mnt/%p.profraw");
}

static void count_and_die(int signal)
{
	(void)signal;
	__llvm_profile_write_file();
	__real_kill(getpid(), SIGKILL);
}

__attribute__((constructor)) static void be_ready_to_die(void)
{
	struct sigaction a = {.sa_handler = count_and_die};

	sigfillset(&a.sa_mask);
	sigaction(COUNT_AND_DIE, &a, NULL);
}

/* Does it run, and has it a handler for that signal? */
static int will_count(pid_t pid)
{
	unsigned long long caught = 0;
	char line[128];
	int state = 'X';
	FILE *f;

	snprintf(line, sizeof line, "/proc/%d/status", pid);
	f = fopen(line, "re");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, "State:", 6) == 0)
			state = line[7];
		if (strncmp(line, "SigCgt:", 7) == 0)
			caught = strtoull(line + 8, NULL, 16);
	}
	if (f != NULL)
		fclose(f);
	return strchr("RSD", state) != NULL && (caught >> (COUNT_AND_DIE - 1) & 1) != 0;
}

int __wrap_kill(pid_t pid, int signal)
{
	if (signal == SIGKILL && pid == getpid())
		__llvm_profile_write_file();
	else if (signal == SIGKILL && pid > 0 && will_count(pid) && __real_kill(pid, COUNT_AND_DIE) == 0) {
		for (int ms = 0; ms < DYING_MS && will_count(pid); ms++)
			usleep(1000);
		(void)__real_kill(pid, SIGKILL); /* it may be gone */
		return 0;
	}
	return __real_kill(pid, signal);
}

void __wrap__exit(int status)
{
	__llvm_profile_write_file();
	__real__exit(status);
}

long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list more;

	if (number == SYS_seccomp)
		return 0;
	if (number == SYS_landlock_create_ruleset) {
		errno = ENOSYS;
		return -1;
	}
	va_start(more, number);
	for (size_t i = 0; i < sizeof a / sizeof a[0]; i++)
		a[i] = va_arg(more, long);
	va_end(more);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __wrap_mount(const char *from, const char *at, const char *type, unsigned long flags, const void *options)
{
	char inside[64];
	int failed = __real_mount(from, at, type, flags, options);

	if (failed != 0 || from == NULL || strcmp(from, "root") != 0)
		return failed;
	snprintf(inside, sizeof inside, "%s/mnt", at);
	return mkdir(inside, 0755) != 0 ? -1 : __real_mount("/mnt", inside, NULL, MS_BIND, NULL);
}

/* What clang's runtime, built for glibc with _FORTIFY_SOURCE, asks its C library for. */
int __vfprintf_chk(FILE *f, int flag, const char *format, va_list arguments);
int __vsnprintf_chk(char *to, size_t cap, int flag, size_t room, const char *format, va_list arguments);

int __vfprintf_chk(FILE *f, int flag, const char *format, va_list arguments)
{
	(void)flag;
	return vfprintf(f, format, arguments);
}

int __vsnprintf_chk(char *to, size_t cap, int flag, size_t room, const char *format, va_list arguments)
{
	(void)flag;
	(void)room;
	return vsnprintf(to, cap, format, arguments);
}
