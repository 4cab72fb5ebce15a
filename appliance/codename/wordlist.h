/* SPDX-License-Identifier: GPL-3.0-or-later
 * The word lists and folding tables that embed.py writes, and the folding itself. */
#ifndef CODENAME_WORDLIST_H
#define CODENAME_WORDLIST_H

#include "base/bytes.h"

#define WORDLIST_WORDS   2048
#define CODENAME_KEY_MAX 32 /* bytes of a folded word; what is longer is no word */

/* Words as they are shown, and their keys: folded, as they are looked for. NUL-terminated, one after the other; offsets
 * instead of pointers, because each pointer would be relocated at every start of a worker. */
struct wordlist {
	const char *language;
	const char *words;
	const uint16_t *word_at;
	const char *keys;
	const uint16_t *key_at;
	unsigned prefix; /* so many first characters of a key name it; 0: only the whole does */
};

/* A code point and what stands for it, in UTF-8. Ascending. */
struct fold_row {
	uint16_t from;
	char to[8];
};

extern const struct wordlist wordlists[];
extern const size_t wordlist_count;
extern const struct fold_row fold_rows[];
extern const size_t fold_row_count;
extern const uint32_t digit_zeros[]; /* the zero of every decimal digit row in Unicode, ascending */
extern const size_t digit_zero_count;

/* What a source typed, in pieces between separators. `typed` is a view into the text. A piece with only digits has them
 * as ASCII in key, whatever their script. key_len past CODENAME_KEY_MAX: too long to be a word, key is cut. */
struct piece {
	struct bytes typed;
	uint8_t key[CODENAME_KEY_MAX];
	size_t key_len;
	bool digits; /* nothing but digits */
};

/* The next piece off the front of *rest. False when there is none. */
bool piece_next(struct bytes *rest, struct piece *p);

#endif
