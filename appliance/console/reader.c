/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/reader.h"

#include "limits.h"

static uint8_t plain(struct key_reader *r, uint8_t byte)
{
	r->length = 0;
	r->state = byte == KEY_ESCAPE ? READER_ESCAPE : READER_PLAIN;
	if (byte == '\n')
		return KEY_ENTER;
	if (byte == 127)
		return KEY_BACKSPACE;
	if (byte == KEY_BACKSPACE || byte == KEY_TAB || byte == KEY_ENTER || byte == KEY_CLEAR || byte >= ' ')
		return byte;
	return KEY_NONE;
}

uint8_t reader_take(struct key_reader *r, uint8_t byte)
{
	switch (r->state) {
	case READER_ESCAPE:
		if (byte == KEY_ESCAPE)
			return KEY_ESCAPE; /* the first of two */
		/* ECMA-48: "[" begins a sequence with parameters; "O" and, from Linux' function keys, "[[" one byte. */
		r->state = byte == '[' ? READER_SEQUENCE : byte == 'O' ? READER_LAST : READER_PLAIN;
		return byte < ' ' ? plain(r, byte) : KEY_NONE;
	case READER_SEQUENCE:
		if (byte < ' ')
			return plain(r, byte); /* cut off */
		if (byte == '[' && r->length == 0)
			r->state = READER_LAST;
		else if ((byte >= '@' && byte <= '~') || byte > '~' || ++r->length == LIMIT_KEY_SEQUENCE)
			r->state = READER_PLAIN;
		return KEY_NONE;
	case READER_LAST:
		r->state = READER_PLAIN;
		return byte < ' ' ? plain(r, byte) : KEY_NONE;
	case READER_PLAIN:
	default:
		return plain(r, byte);
	}
}

bool reader_waits(const struct key_reader *r)
{
	return r->state == READER_ESCAPE;
}

uint8_t reader_timeout(struct key_reader *r)
{
	r->state = READER_PLAIN;
	return KEY_ESCAPE;
}
