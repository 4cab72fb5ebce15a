/* SPDX-License-Identifier: GPL-3.0-or-later
 * The door at work, as a function of its descriptors. */
#ifndef DOOR_SERVE_H
#define DOOR_SERVE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct door_setup {
	int up;               /* channel to init */
	int listeners[2];     /* source door, desk door */
	uint16_t visit_slots; /* 1 .. LIMIT_VISIT_SLOTS */
	bool proxy_lines;     /* else each connection counts as a circuit of its own */
};

/* Sends READY and serves until STOP or init's end (ERR_OK). Another error: init broke the protocol or the system
 * failed. */
enum err door_serve(const struct door_setup *setup) MUST_CHECK;

#endif
