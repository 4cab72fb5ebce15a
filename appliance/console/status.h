/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the status page says, line by line. No system call here. */
#ifndef CONSOLE_STATUS_H
#define CONSOLE_STATUS_H

#include "console/screen.h"

/* Everything between the title and the keys. */
void status_draw(const struct screen_state *s, struct screen *out);
/* The machine: the program's hash, what its start noted. */
void status_draw_machine(const struct screen_state *s, struct screen *out);
/* "1 conversation, 12 messages", and when the desk was seen, from `row` on; for the questions. */
void status_draw_held(const struct screen_state *s, struct screen *out, size_t row);

/* Days since the desk was seen, at most since the box started; the clock may have been put right in between. */
uint32_t status_desk_away_days(const struct screen_state *s);

#endif
