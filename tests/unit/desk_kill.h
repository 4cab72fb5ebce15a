/* SPDX-License-Identifier: GPL-3.0-or-later
 * System calls that change a folder, counted; the n-th kills the process, or fails. They are caught by the linker
 * (--wrap, appliance/Makefile), in the programs that include this alone. */
#ifndef DESK_KILL_H
#define DESK_KILL_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static long left = -1; /* until it is the turn; -1: none comes */
static bool dies;      /* then; else the call fails */
static pid_t counted;  /* the process and thread whose calls count: the box's thread makes some, too */
static unsigned calls;

static bool turn(void)
{
	if (counted != gettid())
		return false;
	calls++;
	if (left < 0 || left-- > 0)
		return false;
	if (dies)
		_exit(99);
	errno = EIO;
	return true;
}

#define WRAP(type, name, parameters, arguments)                                                                        \
	type __real_##name parameters;                                                                                 \
	type __wrap_##name parameters;                                                                                 \
	type __wrap_##name parameters                                                                                  \
	{                                                                                                              \
		return turn() ? -1 : __real_##name arguments;                                                          \
	}

WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, remove, (const char *path), (path))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, syncfs, (int fd), (fd))
WRAP(int, futimens, (int fd, const struct timespec times[2]), (fd, times))

ssize_t __real_write(int fd, const void *data, size_t n);
ssize_t __wrap_write(int fd, const void *data, size_t n);
ssize_t __wrap_write(int fd, const void *data, size_t n)
{
	/* Half of it is on the disk. */
	if (dies && counted == gettid() && left == 0 && n > 1)
		(void)!__real_write(fd, data, n / 2);
	return turn() ? -1 : __real_write(fd, data, n);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	return (flags & O_CREAT) != 0 && turn() ? -1 : __real_open(path, flags, 0600);
}

#endif
