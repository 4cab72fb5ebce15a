/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spawn/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/setting.h"
#include "confine/table.h"

__attribute__((format(printf, 3, 4))) static enum err set(int group, const char *file, const char *format, ...)
{
	char text[64];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return setting_write(group, file, text);
}

static enum err make_group(int root, enum role r, uint64_t memory, int *group)
{
	const struct confinement *c = &confinements[r];
	enum err e = ERR_IO;
	int fd;

	if (mkdirat(root, role_name(r), 0755) != 0 && errno != EEXIST)
		return ERR_IO;
	fd = openat(root, role_name(r), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	TRY(set(fd, "memory.max", "%llu", (unsigned long long)(memory / 100 * c->memory_percent)));
	TRY(set(fd, "pids.max", "%u", c->pids));
	TRY(set(fd, "cpu.weight", "%u", c->cpu_weight));
	*group = fd;
out:
	if (e != ERR_OK)
		close(fd);
	return e;
}

enum err cgroups_make(const char *root, uint64_t memory, int fds[static ROLE_COUNT])
{
	int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e;

	if (top < 0)
		return ERR_IO;
	fds[ROLE_INIT] = -1;
	TRY(set(top, "cgroup.subtree_control", "+memory +pids +cpu"));
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		TRY(make_group(top, r, memory, &fds[r]));
out:
	close(top);
	return e;
}
