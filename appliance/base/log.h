/* SPDX-License-Identifier: GPL-3.0-or-later
 * Logging: an event code and two integers, one line on descriptor 2. Never a string. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

enum log_event {
#define EVENT(name, text, numbers) LOG_##name,
#include "base/log.def"
#undef EVENT
	LOG_EVENT_COUNT
};

/* The name that stands before each line, e.g. "keeper". Static storage; set once, at start. */
void log_set_role(const char *name);
/* Never fails the caller: a line that can't be written is lost. */
void log_event(enum log_event event, uint64_t a, uint64_t b);

#endif
