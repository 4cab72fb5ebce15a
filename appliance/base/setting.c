/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/setting.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum err setting_write(int folder, const char *path, const char *value)
{
	int fd = openat(folder, path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return ERR_IO;
	n = write(fd, value, strlen(value));
	close(fd);
	return n == (ssize_t)strlen(value) ? ERR_OK : ERR_IO;
}
