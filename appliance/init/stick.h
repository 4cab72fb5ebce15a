/* SPDX-License-Identifier: GPL-3.0-or-later
 * The boot stick, pulled: told by the kernel's own messages about devices. There is no driver for disks here; the
 * kernel knows a stick all the same, as a USB device with an interface of the class "mass storage". */
#ifndef INIT_STICK_H
#define INIT_STICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { STICKS_MAX = 4, STICK_PATH_MAX = 256 };

struct sticks {
	int events; /* a descriptor to watch; -1: not armed */
	size_t count;
	char paths[STICKS_MAX][STICK_PATH_MAX]; /* interfaces, as the kernel names them: "/devices/..." */
};

/* Nothing is watched. */
void sticks_init(struct sticks *s);
/* From now on; counts those that are there. If there are none, the first that appears is one. ERR_IO: this kernel
 * tells nothing. */
enum err sticks_arm(struct sticks *s) MUST_CHECK;
/* Hears what happened. True: one of them is gone. */
bool sticks_pulled(struct sticks *s);

/* ---- without a system call, for sticks_pulled() and its test */

/* One message of the kernel, "ACTION@PATH" NUL "KEY=VALUE" NUL ... True: one of the sticks is gone. A message of
 * another form says nothing. */
bool sticks_event(struct sticks *s, struct bytes message);

#endif
