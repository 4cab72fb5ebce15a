/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workstation/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static enum err sync_folder_of(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;
	int failed;

	if (slash == NULL)
		(void)snprintf(folder, sizeof folder, ".");
	else if (slash == path)
		(void)snprintf(folder, sizeof folder, "/");
	else if (snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) >= (int)sizeof folder)
		return ERR_TOO_BIG;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	/* Some network file systems have no fsync for folders; nothing better exists there. */
	failed = fsync(fd) != 0 && errno != EINVAL;
	close(fd);
	return failed ? ERR_IO : ERR_OK;
}

enum err file_write_new(const char *path, struct bytes data, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	enum err e;
	int cause;

	if (fd < 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	e = fd_write_all(fd, data, DEADLINE_NONE);
	if (e == ERR_OK && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		e = ERR_IO;
	cause = errno;
	if (close(fd) != 0 && e == ERR_OK) {
		cause = errno;
		e = ERR_IO;
	}
	if (e == ERR_OK) {
		e = sync_folder_of(path);
		cause = errno;
	}
	if (e == ERR_OK)
		return ERR_OK;
	(void)unlink(path);
	errno = cause;
	return ERR_IO;
}

enum err file_replace(const char *path, struct bytes data, mode_t mode)
{
	char temporary[PATH_MAX];
	enum err e;
	int cause;

	if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	/* What an interrupted run left. */
	if (unlink(temporary) != 0 && errno != ENOENT)
		return ERR_IO;
	e = file_write_new(temporary, data, mode);
	if (e != ERR_OK)
		return e;
	if (rename(temporary, path) != 0) {
		cause = errno;
		(void)unlink(temporary);
		errno = cause;
		return ERR_IO;
	}
	return sync_folder_of(path);
}
