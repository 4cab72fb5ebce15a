/* SPDX-License-Identifier: GPL-3.0-or-later
 * What another process holds in its memory: for those that live long and must keep nothing of what passes by. What is
 * looked for must be drawn after that process was forked. */
#ifndef PROCESS_MEMORY_H
#define PROCESS_MEMORY_H

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/bytes.h"

static bool memory_holds(pid_t pid, struct bytes what)
{
	static uint8_t piece[1 << 20];
	char path[64], line[512];
	bool found = false;
	FILE *maps;
	int memory;

	SKIP_IF_SANITIZED(); /* ASan's own memory is terabytes; all that comes before this is checked */
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	maps = fopen(path, "r");
	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(maps != NULL && memory >= 0);
	while (!found && fgets(line, sizeof line, maps) != NULL) {
		unsigned long long at, end;

		assert_int_equal(sscanf(line, "%llx-%llx", &at, &end), 2);
		/* Pieces overlap by what a needle is long. Pages of secret memory can't be read: see
		 * test_keeper_secrecy.c. */
		for (; !found && at < end; at += sizeof piece - 4096) {
			ssize_t n = pread(memory, piece, end - at < sizeof piece ? end - at : sizeof piece, (off_t)at);
			found = n > 0 && memmem(piece, (size_t)n, what.p, what.n) != NULL;
		}
	}
	fclose(maps);
	close(memory);
	return found;
}

/* It has some time to look at it first. */
__attribute__((unused)) static bool memory_forgets(pid_t pid, struct bytes what)
{
	for (int i = 0; i < 400; i++) {
		poll(NULL, 0, 80);
		if (!memory_holds(pid, what))
			return true;
	}
	return false;
}

#endif
