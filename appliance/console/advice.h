/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the operator can do about what the status page says. No system call here. */
#ifndef CONSOLE_ADVICE_H
#define CONSOLE_ADVICE_H

#include "console/screen.h"

/* The sentences that hold, from `row` to the keys, the most pressing first, as many as fit; "Nothing to do." if none
 * does. */
void advice_draw(const struct screen_state *s, struct screen *out, size_t row);

#endif
