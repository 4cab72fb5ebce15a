/* SPDX-License-Identifier: GPL-3.0-or-later
 * What hostile code tries inside a role's sandbox. */
#ifndef ATTACK_PROBE_H
#define ATTACK_PROBE_H

#include <errno.h>
#include <stddef.h>

/* The abstract name at which the role listens, outside its sandbox. */
extern char outside[32];

/* Tries one thing. 0: it worked, which is bad unless the test names a reason; else errno. It may as well be killed. */
struct attack {
	const char *name;
	int (*attempt)(const char *argument);
	const char *argument;
};

struct attacks {
	const struct attack *table;
	size_t count;
};
extern const struct attacks attacks_on_files, attacks_on_processes, attacks_on_networks, attacks_on_machine,
    attacks_on_memory;

/* errno of what just failed, 0 if it didn't. */
static inline int result_of(long value)
{
	return value >= 0 ? 0 : errno;
}

/* Takes memory until there is none. */
int attack_fill_memory(const char *unused);

/* A worker that somebody has taken over: does what the connection says, until it ends. Never returns. */
__attribute__((noreturn)) void owned(int connection);

#endif
