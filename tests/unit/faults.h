/* SPDX-License-Identifier: GPL-3.0-or-later
 * Calls that can be refused for want of memory, room or randomness, counted; the n-th fails. They are caught by the
 * linker (--wrap, appliance/Makefile), the libraries' too, in the programs that include this alone. */
#ifndef FAULTS_H
#define FAULTS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FAULTS_TOLD = 65536 };

/* Seen by the process whose calls fail, and by the test. */
static struct faults {
	unsigned at;              /* the call that fails, from 1; 0: none does */
	unsigned calls;           /* made since */
	const char *name;         /* of the one that failed: the same address in both processes */
	unsigned open;            /* descriptors of a role at its end (role_faults.h) */
	bool memory[FAULTS_TOLD]; /* the call asks for memory; libraries do so thousands of times, and go on without */
} *faults;

static bool faulty; /* calls of this process count */

static void faults_prepare(void)
{
	faults = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (faults == MAP_FAILED)
		abort();
}

static bool fails(const char *name, int code)
{
	if (!faulty)
		return false;
	if (++faults->calls < FAULTS_TOLD)
		faults->memory[faults->calls] = code == ENOMEM;
	if (faults->calls != faults->at)
		return false;
	faults->name = name;
	errno = code;
	return true;
}

#define FAULT(type, name, parameters, arguments, code, result)                                                         \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		return fails(#name, code) ? result : __real_##name arguments;                                          \
	}

FAULT(void *, malloc, (size_t n), (n), ENOMEM, NULL)
FAULT(void *, calloc, (size_t count, size_t n), (count, n), ENOMEM, NULL)
FAULT(void *, mmap, (void *p, size_t n, int protection, int flags, int fd, off_t at), (p, n, protection, flags, fd, at),
      ENOMEM, MAP_FAILED)
FAULT(ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags), ENOSYS, -1)
FAULT(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), ENOSPC, -1)
FAULT(ssize_t, writev, (int fd, const struct iovec *iov, int count), (fd, iov, count), ENOSPC, -1)
FAULT(ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags),
      errno == ENOTSOCK ? ENOTSOCK : ENOBUFS, -1)
FAULT(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags), ENOBUFS, -1)
FAULT(int, fsync, (int fd), (fd), EIO, -1)
FAULT(int, syncfs, (int fd), (fd), EIO, -1)
FAULT(int, ftruncate, (int fd, off_t n), (fd, n), ENOSPC, -1)
FAULT(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n), ENOSPC, -1)
FAULT(int, rename, (const char *from, const char *to), (from, to), ENOSPC, -1)
FAULT(int, link, (const char *from, const char *to), (from, to), ENOSPC, -1)
FAULT(int, mkdir, (const char *path, mode_t mode), (path, mode), ENOSPC, -1)
FAULT(int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), ENOSPC, -1)
FAULT(int, fchmod, (int fd, mode_t mode), (fd, mode), EIO, -1)

ssize_t __real_write(int fd, const void *data, size_t n);
ssize_t __wrap_write(int fd, const void *data, size_t n);
ssize_t __wrap_write(int fd, const void *data, size_t n)
{
	if (!fails("write", ENOSPC))
		return __real_write(fd, data, n);
	/* How a disk that is full shows itself: a part still goes. */
	if (n > 1)
		(void)!__real_write(fd, data, n / 2);
	errno = ENOSPC;
	return -1;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	return (flags & O_CREAT) != 0 && fails("open", ENOSPC) ? -1 : __real_open(path, flags, 0600);
}

#endif
