/* SPDX-License-Identifier: GPL-3.0-or-later
 * From a terminal's bytes to keys. No system call here. */
#ifndef CONSOLE_READER_H
#define CONSOLE_READER_H

#include <stdbool.h>
#include <stdint.h>

enum { KEY_NONE = 0, KEY_BACKSPACE = 8, KEY_TAB = 9, KEY_ENTER = 13, KEY_CLEAR = 21, KEY_ESCAPE = 27 };

/* One for each terminal; all zeros to begin with. */
struct key_reader {
	enum { READER_PLAIN, READER_ESCAPE, READER_SEQUENCE, READER_LAST } state;
	uint8_t length; /* of the sequence so far */
};

/* The key that this byte completes: a byte of text from 0x20 on, one of the names above, or KEY_NONE. Arrows, function
 * keys and keys with Alt are sequences that begin with ESC; they mean nothing, and a sequence that doesn't end is given
 * up after LIMIT_KEY_SEQUENCE bytes. */
uint8_t reader_take(struct key_reader *r, uint8_t byte);
/* ESC came last: if nothing follows within READER_WAIT_MS it was the key, which reader_timeout() then returns. */
enum { READER_WAIT_MS = 50 };
bool reader_waits(const struct key_reader *r);
uint8_t reader_timeout(struct key_reader *r);

#endif
