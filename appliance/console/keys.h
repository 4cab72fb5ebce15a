/* SPDX-License-Identifier: GPL-3.0-or-later
 * Keys pressed. No system call here. */
#ifndef CONSOLE_KEYS_H
#define CONSOLE_KEYS_H

#include "console/console.h"
#include "console/screen.h"

/* The bytes of one read from a terminal. Changes the page and the answer. Returns true once an order was confirmed by
 * YES and Enter; the page is then PAGE_LEAVING. A sequence that begins with ESC (an arrow, a function key) is one key
 * that means nothing; ESC alone goes back. */
bool keys_take(struct screen_state *s, struct bytes typed, enum console_order *order);

#endif
