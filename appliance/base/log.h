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
/* Opens a terminal for the log's lines, which the caller makes standard error of all roles. What it can't take at once
 * is lost: a terminal takes one writer at a time, and a role that was taken over could write a hundred megabytes to it
 * while everybody waits, init too. -1 as open(2). */
int log_open_terminal(const char *path);
/* Never fails the caller: a line that can't be written is lost. */
void log_event(enum log_event event, uint64_t a, uint64_t b);

#endif
