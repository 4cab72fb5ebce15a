/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spawn/scrub.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 8 };

static uint8_t zeros[256 * 1024]; /* never written: not const, so that it takes no room in the file */

/* Only what is there: a hole has no page that could hold anything. */
static void overwrite(int fd)
{
	off_t at = 0;

	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		off_t end = lseek(fd, at, SEEK_HOLE);
		while (at < end) {
			size_t n = end - at < (off_t)sizeof zeros ? (size_t)(end - at) : sizeof zeros;
			ssize_t put = pwrite(fd, zeros, n, at);
			if (put <= 0)
				return;
			at += put;
		}
	}
}

static void scrub(int directory, int depth)
{
	DIR *d = fdopendir(directory);

	if (d == NULL) {
		close(directory);
		return;
	}
	for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d)) {
		struct stat st;
		int fd;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
			fd = openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (fd >= 0)
				scrub(fd, depth + 1);
			continue;
		}
		if (S_ISREG(st.st_mode)) {
			fd = openat(directory, entry->d_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
			if (fd >= 0) {
				overwrite(fd);
				close(fd);
			}
		}
		unlinkat(directory, entry->d_name, 0);
	}
	closedir(d);
}

void scrub_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		scrub(fd, 0);
}
