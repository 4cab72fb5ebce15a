/* SPDX-License-Identifier: GPL-3.0-or-later
 * What hostile code tries inside a role's sandbox. */
#ifndef ATTACK_PROBE_H
#define ATTACK_PROBE_H

#include <stddef.h>

/* Tries one thing. 0: it worked, which is bad unless the test names a reason; else errno. It may as well be killed. */
struct attack {
	const char *name;
	int (*attempt)(const char *argument);
	const char *argument;
};
extern const struct attack attacks[];
extern const size_t attack_count;

/* A worker that somebody has taken over: does what the connection says, until it ends. Never returns. */
__attribute__((noreturn)) void owned(int connection);

#endif
