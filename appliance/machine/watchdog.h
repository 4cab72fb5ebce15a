/* SPDX-License-Identifier: GPL-3.0-or-later
 * The watchdogs: timers that reset the machine unless somebody says in time that it is well. One in the hardware, where
 * there is one; the kernel's own, which ends a hung init but not a hung kernel. */
#ifndef MACHINE_WATCHDOG_H
#define MACHINE_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/message.h"

enum { WATCHDOGS_MAX = 4 };

struct watchdogs {
	int fds[WATCHDOGS_MAX];
	size_t count;
	enum watchdog_kind kind; /* the best of them */
	uint64_t pet_ms;         /* when it was said last */
};

/* Starts all there are: each resets the machine LIMIT_WATCHDOG_S (the kernel's own: LIMIT_WATCHDOG_KERNEL_S) after
 * the last watchdogs_pet(). Once started none can be stopped. */
void watchdogs_open(struct watchdogs *w, uint64_t now_ms);
/* All is well. Does nothing if it was said less than LIMIT_WATCHDOG_PET_MS ago. */
void watchdogs_pet(struct watchdogs *w, uint64_t now_ms);
/* When to say it next; DEADLINE_NONE without a watchdog. */
uint64_t watchdogs_next_ms(const struct watchdogs *w);
/* The last time: so many seconds from now the machine is reset; sooner by one that can't wait so long. */
void watchdogs_last(struct watchdogs *w, unsigned seconds);

#endif
