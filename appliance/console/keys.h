/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a key does. No system call here. */
#ifndef CONSOLE_KEYS_H
#define CONSOLE_KEYS_H

#include "console/console.h"
#include "console/screen.h"

enum keys_event {
	KEYS_NOTHING,
	KEYS_ORDER,  /* confirmed by YES and Enter; the page is then PAGE_LEAVING */
	KEYS_ANSWER, /* the question of s->ask is answered */
	KEYS_REDRAW, /* all anew, whatever a terminal shows by now */
};

/* One key, as console/reader.h names it. Changes the page and what is typed. *order is set with KEYS_ORDER. */
enum keys_event keys_take(struct screen_state *s, uint8_t key, enum console_order *order);
/* To the page that nothing was asked for. */
void keys_go_home(struct screen_state *s);

#endif
