/* SPDX-License-Identifier: GPL-3.0-or-later
 * The boot stick, pulled: told by the kernel's own messages about devices. There is no driver for disks here; the
 * kernel knows a stick all the same, as a USB device with an interface of the class "mass storage". */
#ifndef MACHINE_STICK_H
#define MACHINE_STICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "limits.h"

struct sticks {
	int events; /* a descriptor to watch; -1: not armed */
	uint64_t settled_ms;
	size_t count;
	char paths[LIMIT_STICKS][LIMIT_STICK_PATH]; /* interfaces, as the kernel names them: "/devices/..." */
};

/* Nothing is watched. */
void sticks_init(struct sticks *s);
/* From now on. Counts those that are there and those that appear within LIMIT_STICK_SETTLE_MS; if there are none then,
 * the first that appears. ERR_IO: this kernel tells nothing. */
enum err sticks_arm(struct sticks *s, uint64_t now_ms) MUST_CHECK;
/* Hears what happened. True: one of them is gone. */
bool sticks_pulled(struct sticks *s, uint64_t now_ms);

/* ---- without a system call, for sticks_pulled() and its test */

/* One message of the kernel, "ACTION@PATH" NUL "KEY=VALUE" NUL ... True: one of the sticks is gone. A message of
 * another form says nothing. */
bool sticks_event(struct sticks *s, struct bytes message, uint64_t now_ms);

#endif
