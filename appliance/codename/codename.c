/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codename/codename.h"

#include <string.h>

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "codename/wordlist.h"

#define WORD_BITS 11

_Static_assert(CODENAME_BITS_LEN * 8 == (CODENAME_WORDS - 1) * WORD_BITS, "eight words of secret, one of check");

/* A codename is a number of 99 bits: nine words of 11, the most significant first, the last one the check. */
struct numbers {
	uint16_t word[CODENAME_WORDS];
};

static uint16_t check_word(const struct codename *c)
{
	static const char label[] = "Silent Courier codename check v1";
	uint8_t in[sizeof label - 1 + CODENAME_BITS_LEN];
	uint8_t hash[32];
	uint16_t check;

	memcpy(in, label, sizeof label - 1);
	memcpy(in + sizeof label - 1, c->bits, CODENAME_BITS_LEN);
	sha256(BYTES_ARRAY(in), hash);
	check = (uint16_t)(hash[0] << 3 | hash[1] >> 5);
	SECRET_WIPE(in);
	SECRET_WIPE(hash);
	return check;
}

static void to_numbers(const struct codename *c, struct numbers *n)
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t at = 0;

	for (size_t i = 0; i < CODENAME_BITS_LEN; i++) {
		acc = (acc << 8 | c->bits[i]) & 0xfffff;
		bits += 8;
		if (bits >= WORD_BITS) {
			bits -= WORD_BITS;
			n->word[at++] = (uint16_t)(acc >> bits & 2047);
		}
	}
	n->word[at] = check_word(c);
}

static bool from_numbers(const struct numbers *n, struct codename *c)
{
	struct codename found = {{0}};
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t at = 0;
	uint16_t want;
	bool right;

	for (size_t i = 0; i < CODENAME_WORDS - 1; i++) {
		acc = (acc << WORD_BITS | n->word[i]) & 0xfffff;
		for (bits += WORD_BITS; bits >= 8; bits -= 8)
			found.bits[at++] = (uint8_t)(acc >> (bits - 8));
	}
	want = check_word(&found);
	right = secret_equal(&want, &n->word[CODENAME_WORDS - 1], sizeof want);
	if (right)
		*c = found;
	SECRET_WIPE(found);
	return right;
}

void codename_new(struct codename *c)
{
	random_fill(c->bits, sizeof c->bits);
}

enum err codename_words(struct buf *out, const struct codename *c, const char *language)
{
	size_t list = wordlist_of(language);
	struct numbers n;

	if (list == wordlist_count)
		return ERR_NOT_FOUND;
	to_numbers(c, &n);
	for (size_t w = 0; w < CODENAME_WORDS; w++) {
		buf_str(out, w > 0 ? wordlists[list].gap : "");
		buf_str(out, wordlist_word(list, n.word[w]));
	}
	SECRET_WIPE(n);
	return ERR_OK;
}

const char *codename_word(size_t number, const char *language)
{
	size_t list = wordlist_of(language);

	return wordlist_word(list == wordlist_count ? wordlist_of("en") : list, number);
}

static void to_digits(const struct codename *c, uint8_t digits[static CODENAME_DIGITS])
{
	struct numbers n;

	to_numbers(c, &n);
	/* Long division; a compiler turns a division by ten into a product, so its time does not tell the number. */
	for (size_t i = CODENAME_DIGITS; i > 0; i--) {
		uint32_t rest = 0;
		for (size_t w = 0; w < CODENAME_WORDS; w++) {
			uint32_t part = rest << WORD_BITS | n.word[w];
			n.word[w] = (uint16_t)(part / 10);
			rest = part % 10;
		}
		digits[i - 1] = (uint8_t)rest;
	}
	SECRET_WIPE(n);
}

/* zero: the numeral for 0, up to three bytes of UTF-8; the other nine follow it in their last byte. */
static void put_digits(struct buf *out, const struct codename *c, struct bytes zero)
{
	uint8_t digits[CODENAME_DIGITS];

	to_digits(c, digits);
	for (size_t i = 0; i < CODENAME_DIGITS; i++) {
		buf_str(out, i > 0 && i % 5 == 0 ? " " : "");
		buf_put(out, bytes_first(zero, zero.n - 1));
		buf_byte(out, (uint8_t)(zero.p[zero.n - 1] + digits[i]));
	}
	SECRET_WIPE(digits);
}

void codename_digits(struct buf *out, const struct codename *c)
{
	put_digits(out, c, BYTES_LITERAL("0"));
}

enum err codename_digits_in(struct buf *out, const struct codename *c, const char *language)
{
	/* Languages in which people count in numerals other than 0 to 9. */
	static const struct {
		char language[4];
		char zero[4];
	} numerals[] = {
	    {"ar", "\u0660"}, {"as", "\u09e6"}, {"bn", "\u09e6"}, {"bo", "\u0f20"}, {"ckb", "\u0660"},
	    {"dz", "\u0f20"}, {"fa", "\u06f0"}, {"gu", "\u0ae6"}, {"hi", "\u0966"}, {"km", "\u17e0"},
	    {"kn", "\u0ce6"}, {"lo", "\u0ed0"}, {"ml", "\u0d66"}, {"mr", "\u0966"}, {"my", "\u1040"},
	    {"ne", "\u0966"}, {"or", "\u0b66"}, {"pa", "\u0a66"}, {"ps", "\u06f0"}, {"sd", "\u06f0"},
	    {"ta", "\u0be6"}, {"te", "\u0c66"}, {"th", "\u0e50"}, {"ug", "\u06f0"}, {"ur", "\u06f0"},
	};

	for (size_t i = 0; i < sizeof numerals / sizeof numerals[0]; i++)
		if (strcmp(numerals[i].language, language) == 0) {
			put_digits(out, c, bytes_str(numerals[i].zero));
			return ERR_OK;
		}
	return ERR_NOT_FOUND;
}

/* ---- what was typed */

/* One more than can be right, so that "too many" is seen; the rest is counted. */
#define PIECES (CODENAME_WORDS + 1)

struct typed {
	struct piece words[PIECES];
	size_t word_count;
	uint8_t digits[CODENAME_DIGITS + 1]; /* their values */
	size_t digit_count;
};

static void take_pieces(struct bytes text, struct typed *t)
{
	struct piece p;
	size_t number_digits = 0;

	memset(t, 0, sizeof *t);
	while (piece_next(&text, &p)) {
		if (!p.digits) {
			if (t->word_count < PIECES)
				t->words[t->word_count] = p;
			t->word_count++;
			continue;
		}
		if (p.key.len <= 2)
			number_digits += p.key.len;
		for (size_t i = 0; i < p.key.len; i++, t->digit_count++)
			if (i < CODENAME_KEY_MAX && t->digit_count < CODENAME_DIGITS)
				t->digits[t->digit_count] = (uint8_t)(p.key.letters[i] - '0');
	}
	/* Beside words, short numbers are a list's: "1. harbour 2. garden". */
	if (t->word_count > 0 && t->digit_count == number_digits)
		t->digit_count = 0;
	SECRET_WIPE(p);
}

static enum err parse_digits(const struct typed *t, struct codename *c, struct codename_problem *p)
{
	struct numbers n = {0};
	uint32_t over = 0;
	bool right;

	if (t->digit_count != CODENAME_DIGITS) {
		p->fault = CODENAME_DIGIT_COUNT;
		p->count = t->digit_count;
		return ERR_FORMAT;
	}
	for (size_t i = 0; i < CODENAME_DIGITS; i++) {
		uint32_t carry = t->digits[i];
		for (size_t w = CODENAME_WORDS; w > 0; w--) {
			carry += n.word[w - 1] * 10u;
			n.word[w - 1] = (uint16_t)(carry & 2047);
			carry >>= WORD_BITS;
		}
		over |= carry;
	}
	p->fault = CODENAME_CHECK;
	right = over == 0 && from_numbers(&n, c);
	SECRET_WIPE(n);
	return right ? ERR_OK : ERR_FORMAT;
}

/* How a list fits what was typed. */
struct fit {
	size_t list;
	size_t known;
	const struct piece *unknown; /* the first one */
};

static enum err try_list(const struct typed *t, size_t list, struct codename *c, struct fit *fit)
{
	size_t count = t->word_count < PIECES ? t->word_count : PIECES;
	int16_t numbers[PIECES];
	struct numbers n = {0};
	enum err e = ERR_FORMAT;

	*fit = (struct fit){.list = list};
	wordlist_find(list, t->words, count, numbers);
	for (size_t i = 0; i < count; i++) {
		if (numbers[i] >= 0)
			fit->known++;
		else if (fit->unknown == NULL)
			fit->unknown = &t->words[i];
		if (i < CODENAME_WORDS)
			n.word[i] = (uint16_t)numbers[i];
	}
	if (count == CODENAME_WORDS && fit->known == count && from_numbers(&n, c))
		e = ERR_OK;
	SECRET_WIPE(numbers);
	SECRET_WIPE(n);
	return e;
}

/* Of the list that knows most of the words; where none knows one, of the page's, and if that has none, of all. */
static void name_unknown(const struct fit *best, struct codename_problem *p)
{
	const struct key *key = &best->unknown->key;
	size_t steps[CODENAME_NEAREST];

	p->fault = CODENAME_UNKNOWN_WORD;
	p->word = best->unknown->typed;
	wordlist_nearest(best->list, key, p->nearest, steps, CODENAME_NEAREST);
	if (best->known > 0 || p->nearest[0] != NULL)
		return;
	for (size_t list = 0; list < wordlist_count; list++)
		wordlist_nearest(list, key, p->nearest, steps, CODENAME_NEAREST);
}

/* The page's list first, then the others; where two have all the words, the check decides. */
static enum err parse_words(const struct typed *t, const char *language, struct codename *c, struct codename_problem *p)
{
	size_t first = wordlist_of(language);
	struct fit best, fit;
	enum err e;

	first = first == wordlist_count ? 0 : first;
	e = try_list(t, first, c, &best);
	for (size_t list = 0; list < wordlist_count && e != ERR_OK; list++) {
		if (list == first)
			continue;
		e = try_list(t, list, c, &fit);
		if (fit.known > best.known)
			best = fit;
	}
	if (e == ERR_OK)
		return e;
	p->count = t->word_count;
	if (best.unknown != NULL)
		name_unknown(&best, p);
	else
		p->fault = t->word_count == CODENAME_WORDS ? CODENAME_CHECK : CODENAME_WORD_COUNT;
	return e;
}

enum err codename_parse(struct bytes text, const char *language, struct codename *c, struct codename_problem *p)
{
	struct codename_problem unseen;
	struct typed t;
	enum err e = ERR_FORMAT;

	p = p == NULL ? &unseen : p;
	memset(p, 0, sizeof *p);
	if (text.n > CODENAME_TEXT_MAX) {
		p->fault = CODENAME_TOO_LONG;
		return ERR_FORMAT;
	}
	take_pieces(text, &t);
	if (t.word_count > 0 && t.digit_count > 0)
		p->fault = CODENAME_MIXED;
	else if (t.word_count > 0)
		e = parse_words(&t, language, c, p);
	else if (t.digit_count > 0)
		e = parse_digits(&t, c, p);
	else
		p->fault = CODENAME_EMPTY;
	SECRET_WIPE(t);
	return e;
}
