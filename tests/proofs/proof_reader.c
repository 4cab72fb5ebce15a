/* SPDX-License-Identifier: GPL-3.0-or-later
 * console/reader.c: any byte in any state. */
#include "proof.h"

#include "console/reader.c"

static bool sound(const struct key_reader *r)
{
	return (r->state != READER_ESCAPE && r->state != READER_SEQUENCE) || r->length < LIMIT_KEY_SEQUENCE;
}

void prove_take(void)
{
	struct key_reader r;
	uint8_t key;

	ASSUME(sound(&r));
	key = reader_take(&r, nondet_byte());
	PROVE(sound(&r));
	PROVE(key >= ' ' || key == KEY_NONE || key == KEY_BACKSPACE || key == KEY_TAB || key == KEY_ENTER ||
	      key == KEY_CLEAR || key == KEY_ESCAPE);
}
