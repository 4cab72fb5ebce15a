/* SPDX-License-Identifier: GPL-3.0-or-later
 * One hostile attempt a function, each in a process of its own: its own memory, and what a machine has for all. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, MOST_MIB = 2048, MOST_FILES = 5000, BOMB = 200 };

static int map_executable(const char *unused)
{
	(void)unused;
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		   ? errno
		   : 0;
}

static int make_executable(const char *unused)
{
	static uint8_t page[2 * PAGE] __attribute__((aligned(PAGE)));

	(void)unused;
	return result_of(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
}

static int rewrite_code(const char *unused)
{
	(void)unused;
	return result_of(
	    mprotect((void *)((uintptr_t)rewrite_code & ~(uintptr_t)(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE));
}

static int share_memory(const char *unused)
{
	(void)unused;
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

/* Takes and touches memory until there is none: must end in an error, or with this process alone. */
int attack_fill_memory(const char *unused)
{
	enum { PIECE = 4 << 20 };

	(void)unused;
	for (int i = 0; i < MOST_MIB / 4; i++) {
		char *at = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			return errno;
		for (size_t page = 0; page < PIECE; page += PAGE)
			at[page] = 1;
	}
	return 0;
}

static int fork_once(const char *unused)
{
	long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	(void)unused;
	if (child == 0)
		_exit(0);
	return result_of(child);
}

static int leave(void *unused)
{
	(void)unused;
	return 0;
}

static int clone_memory(const char *unused)
{
	static char stack[16 * PAGE] __attribute__((aligned(16)));

	(void)unused;
	return result_of(clone(leave, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL));
}

static int dump_core(const char *unused)
{
	static const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	(void)unused;
	return result_of(setrlimit(RLIMIT_CORE, &all));
}

/* tor may have threads. */
static void *stay(void *unused)
{
	pause();
	return unused;
}

static int thread_bomb(const char *unused)
{
	pthread_attr_t small;
	pthread_t thread;

	(void)unused;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 16 * 1024);
	for (int i = 0; i < BOMB; i++) {
		int failed = pthread_create(&thread, &small, stay, NULL);

		if (failed != 0)
			return failed;
	}
	return 0;
}

static int fork_bomb(const char *unused)
{
	(void)unused;
	for (int i = 0; i < BOMB; i++) {
		long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (child < 0)
			return errno;
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
	}
	return 0;
}

static int many_descriptors(const char *unused)
{
	(void)unused;
	for (int i = 0; i < MOST_FILES; i++)
		if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
			return errno;
	return 0;
}

static int more_descriptors(const char *unused)
{
	static const struct rlimit most = {1 << 20, 1 << 20};

	(void)unused;
	return result_of(setrlimit(RLIMIT_NOFILE, &most));
}

static int fill_files(const char *path)
{
	static char block[1 << 16];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), failed = 0;

	if (fd < 0)
		return errno;
	for (int i = 0; i < MOST_MIB * 16 && failed == 0; i++)
		failed = write(fd, block, sizeof block) < 0 ? errno : 0;
	unlink(path);
	return failed;
}

static int lock_memory(const char *unused)
{
	enum { PIECE = 64 << 20 };
	char *at = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	return at == MAP_FAILED ? errno : result_of(mlock(at, PIECE));
}

static int lock_everything(const char *unused)
{
	(void)unused;
	return result_of(mlockall(MCL_CURRENT | MCL_FUTURE));
}

static int secret_memory(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_memfd_secret, 0));
}

static int fixed_layout(const char *unused)
{
	(void)unused;
	return result_of(syscall(SYS_personality, 0x0040000 /* ADDR_NO_RANDOMIZE */));
}

static const struct attack table[] = {
    {"map-executable", map_executable, NULL},     {"make-executable", make_executable, NULL},
    {"rewrite-code", rewrite_code, NULL},         {"map-shared", share_memory, NULL},
    {"secret-memory", secret_memory, NULL},       {"lock-memory", lock_memory, NULL},
    {"lock-everything", lock_everything, NULL},   {"fixed-layout", fixed_layout, NULL},
    {"fill-memory", attack_fill_memory, NULL},    {"fill-/tor", fill_files, "/tor/x"},
    {"fill-/store", fill_files, "/store/x"},      {"fork", fork_once, NULL},
    {"clone-memory", clone_memory, NULL},         {"fork-bomb", fork_bomb, NULL},
    {"thread-bomb", thread_bomb, NULL},           {"many-descriptors", many_descriptors, NULL},
    {"more-descriptors", more_descriptors, NULL}, {"core-limit", dump_core, NULL},
};
const struct attacks attacks_on_memory = {table, sizeof table / sizeof table[0]};
