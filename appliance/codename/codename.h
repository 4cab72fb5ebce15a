/* SPDX-License-Identifier: GPL-3.0-or-later
 * The source's secret: made, shown, typed back in, and what is derived from it. docs/CODENAME.md has the layout. */
#ifndef CODENAME_CODENAME_H
#define CODENAME_CODENAME_H

#include "age/age.h"
#include "base/bytes.h"

enum {
	CODENAME_BITS_LEN = 11,                        /* 88 random bits */
	CODENAME_WORDS = 9,                            /* 9 * 11 = 88 + 11 check bits */
	CODENAME_DIGITS = 30,                          /* 10^30 > 2^99 */
	CODENAME_WORDS_MAX = 512,                      /* room for codename_words in any language */
	CODENAME_DIGITS_MAX = CODENAME_DIGITS * 3 + 5, /* numerals of any script */
	CODENAME_TEXT_MAX = 1024,                      /* what a source typed; more is refused unread */
	CODENAME_NEAREST = 3,
};

/* Secret: SECRET_WIPE() it, and the texts made from it. */
struct codename {
	uint8_t bits[CODENAME_BITS_LEN];
};

void codename_new(struct codename *c);
/* CODENAME_WORDS words with one space between, an ideographic one in Japanese. `language` as in pages/, "zh-Hans".
 * ERR_NOT_FOUND: no list for that language (use the digits). */
enum err codename_words(struct buf *out, const struct codename *c, const char *language) MUST_CHECK;
/* A single word, 0 to 2047, of the language's list, or of the English one where there is none. Static storage. */
const char *codename_word(size_t number, const char *language);
/* Six groups of five digits with one space between. */
void codename_digits(struct buf *out, const struct codename *c);
/* The same in the numerals that the language's own script has. The groups stand in the order in which they are typed;
 * a page shows them left to right whatever its direction. ERR_NOT_FOUND: it has none but 0 to 9. */
enum err codename_digits_in(struct buf *out, const struct codename *c, const char *language) MUST_CHECK;

enum codename_fault {
	CODENAME_EMPTY,        /* nothing was typed */
	CODENAME_TOO_LONG,     /* past CODENAME_TEXT_MAX */
	CODENAME_UNKNOWN_WORD, /* `word` is in no list; `nearest` has up to three that are */
	CODENAME_WORD_COUNT,   /* all are known, but they are `count` and not 9 */
	CODENAME_DIGIT_COUNT,  /* digits, but `count` and not 30 */
	CODENAME_MIXED,        /* digits and letters, more than a list's numbers */
	CODENAME_CHECK,        /* one word or digit is probably wrong, or two are swapped */
};

struct codename_problem {
	enum codename_fault fault;
	struct bytes word; /* UNKNOWN_WORD: a view into the text as typed; secret, as far as it is right */
	size_t count;
	const char *nearest[CODENAME_NEAREST]; /* static storage, the nearest first, NULL where there are fewer */
};

/* Forgives: case; spaces, line breaks, hyphens, commas, full stops in any number, and none between ideographs; accents,
 * Unicode's forms, half and full width, katakana; words cut after their first four letters, or wrong after them; a
 * list's numbers (1. to 9.); digits of other scripts. Words of any list there is; `language`, the page's, is the first
 * to be tried and is whose words are named where nothing else tells. ERR_FORMAT: *p says why; *c is unchanged. p may be
 * NULL. At most some ten milliseconds, whatever was typed. */
enum err codename_parse(struct bytes text, const char *language, struct codename *c,
			struct codename_problem *p) MUST_CHECK;

/* Secret: SECRET_WIPE() it. */
struct codename_keys {
	uint8_t conversation[16];
	uint8_t proof[32];
	struct age_identity identity;
};

/* Argon2id (19 MiB, t = 2, p = 1) and then HKDF, one label per use. `salt` is the deployment's, from the site file;
 * kind: of the identity, AGE_X25519 or AGE_HYBRID, as the site's desks are: conversation and proof are the same.
 * Takes tens of milliseconds and 19 MiB of heap, no thread, no file; docs/CODENAME.md lists the system calls.
 * ERR_NO_MEMORY, ERR_LIBRARY: *k is zero. */
enum err codename_derive(const struct codename *c, const uint8_t salt[static 32], enum age_kind kind,
			 struct codename_keys *k) MUST_CHECK;

#endif
