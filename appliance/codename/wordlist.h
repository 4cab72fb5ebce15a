/* SPDX-License-Identifier: GPL-3.0-or-later
 * The word lists and folding tables that embed.py writes, the folding itself, and finding words. */
#ifndef CODENAME_WORDLIST_H
#define CODENAME_WORDLIST_H

#include "base/bytes.h"

#define WORDLIST_WORDS   2048
#define CODENAME_KEY_MAX 32 /* letters of a folded word; what is longer is no word */

/* Tables without one pointer in them: each would be relocated at every start of a worker. */
struct wordlist {
	char language[8]; /* as in pages/ */
	char gap[4];      /* what is shown between two words */
	uint32_t start;   /* of its words, in wordlist_text */
	uint16_t low;     /* the first and the last letter of its folded words, by code point */
	uint16_t high;
	uint8_t twin; /* the list whose words may stand among these (Chinese, the other script), or this one */
};

/* A code point and the letters that stand for it; unused ones are 0. Ascending. */
struct fold_row {
	uint16_t from;
	uint16_t to[3];
};

extern const struct wordlist wordlists[];
extern const size_t wordlist_count;
extern const char wordlist_text[];   /* every list's words as they are shown, NUL-terminated, one after the other */
extern const uint16_t wordlist_at[]; /* WORDLIST_WORDS a list: where in its words each begins */
extern const struct fold_row fold_rows[];
extern const size_t fold_row_count;
extern const uint32_t digit_zeros[]; /* the zero of every decimal digit row in Unicode, ascending */
extern const size_t digit_zero_count;

/* The list of a language, in any case; wordlist_count: none. */
size_t wordlist_of(const char *language);
const char *wordlist_word(size_t list, size_t number);

/* A word as it is looked for: plain letters of the basic plane, without case and marks, Hangul taken apart. `len` past
 * CODENAME_KEY_MAX: too long to be a word, `letters` is cut. */
struct key {
	uint16_t letters[CODENAME_KEY_MAX];
	size_t len;
};

void key_of(struct key *key, struct bytes word);

/* What a source typed, in pieces between separators; a number is a piece of its own, and so is each ideograph. `typed`
 * is a view into the text. */
struct piece {
	struct bytes typed;
	struct key key; /* of a number: ASCII digits, whatever their script */
	bool digits;
};

/* The next piece off the front of *rest. False when there is none. */
bool piece_next(struct bytes *rest, struct piece *p);

/* The number of each piece's word in the list or its twin, -1: it has none. A word is named by all its letters, or by
 * the longest beginning, of four letters or more, that one word alone shares with what was typed. */
void wordlist_find(size_t list, const struct piece *pieces, size_t count, int16_t *numbers);

/* Up to `count` words of the list that are nearest to key, nearest first: those that begin with it, then those no
 * further than half of it or three steps; those that nearest[] and steps[] hold already stay if they are no further.
 * Static storage. */
void wordlist_nearest(size_t list, const struct key *key, const char **nearest, size_t *steps, size_t count);

#endif
