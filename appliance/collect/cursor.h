/* SPDX-License-Identifier: GPL-3.0-or-later
 * A cursor as the desk sees it: BOOT.NUMBER.CHANGE, the box's boot id in hexadecimal, the keeper's cursor of messages
 * and its count of changes in decimal. A box forgets everything when it restarts and counts anew; so numbers alone
 * could skip what came after. To the desk it is an opaque word of [0-9a-f.]. */
#ifndef COLLECT_CURSOR_H
#define COLLECT_CURSOR_H

#include "collect/collect.h"

struct cursor {
	uint8_t boot[16];
	uint64_t number; /* all messages up to it are at the desk */
	uint64_t change; /* and all states up to it */
};

enum { CURSOR_TEXT_MAX = 32 + 1 + 20 + 1 + 20 };

/* ERR_FORMAT, ERR_TOO_BIG; *cursor is unchanged on error. */
enum err cursor_parse(struct bytes text, struct cursor *cursor) MUST_CHECK;
void cursor_text(struct buf *out, const struct cursor *cursor);

/* This boot's id, from the keeper. Errors of ask(). */
enum err cursor_ask_boot(struct collect *c, uint8_t boot[static 16]) MUST_CHECK;

#endif
