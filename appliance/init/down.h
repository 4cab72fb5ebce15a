/* SPDX-License-Identifier: GPL-3.0-or-later
 * The way down: one for all reasons. docs/ARCHITECTURE.md, "Going down". */
#ifndef INIT_DOWN_H
#define INIT_DOWN_H

#include "init/supervisor.h"

/* A line on the terminals: "courier: " and the two together. */
void down_say(const struct supervisor *s, const char *what, const char *why);
/* Says why on the terminals; stops the door, ends everybody, wipes keys, parts and files, has every page of memory that
 * is free zeroed, and switches off, or starts again where `reason` means that. Bounded in time: when it takes longer
 * than LIMIT_DOWN_MS and what the memory's size adds, the machine is switched off or reset with what is done by then.
 */
__attribute__((noreturn)) void go_down(struct supervisor *s, enum end_reason reason);

#endif
