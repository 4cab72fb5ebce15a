/* SPDX-License-Identifier: GPL-3.0-or-later
 * What another process holds in its memory: for those that live long and must keep nothing of what passes by. What is
 * looked for must be drawn after that process was forked. */
#ifndef PROCESS_MEMORY_H
#define PROCESS_MEMORY_H

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/bytes.h"

static bool part_holds(int memory, uint64_t from, uint64_t to, struct bytes what)
{
	size_t n = (size_t)(to - from);
	uint8_t *copy = malloc(n);
	ssize_t got;
	bool found;

	assert_non_null(copy);
	got = pread(memory, copy, n, (off_t)from);
	found = got > 0 && memmem(copy, (size_t)got, what.p, what.n) != NULL;
	free(copy);
	return found;
}

static bool memory_holds(pid_t pid, struct bytes what)
{
	char path[64], line[512];
	bool found = false;
	FILE *maps;
	int memory;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	maps = fopen(path, "r");
	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(maps != NULL && memory >= 0);
	while (!found && fgets(line, sizeof line, maps) != NULL) {
		char *end;
		uint64_t from = strtoull(line, &end, 16);
		uint64_t to = strtoull(end + 1, &end, 16);

		/* The store's file is no memory of its own. */
		found = strncmp(end, " rw-p", 5) == 0 && part_holds(memory, from, to, what);
	}
	fclose(maps);
	close(memory);
	return found;
}

/* It has some time to look at it first. */
static bool memory_forgets(pid_t pid, struct bytes what)
{
	for (int i = 0; i < 20; i++) {
		poll(NULL, 0, 80);
		if (!memory_holds(pid, what))
			return true;
	}
	return false;
}

#endif
