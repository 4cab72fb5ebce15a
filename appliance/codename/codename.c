/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codename/codename.h"

#include <string.h>

#include "base/crypto.h"
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
	struct codename found;
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
	struct numbers n;

	for (size_t i = 0; i < wordlist_count; i++) {
		const struct wordlist *list = &wordlists[i];
		if (strcmp(list->language, language) != 0)
			continue;
		to_numbers(c, &n);
		for (size_t w = 0; w < CODENAME_WORDS; w++) {
			buf_str(out, w > 0 ? " " : "");
			buf_str(out, list->words + list->word_at[n.word[w]]);
		}
		SECRET_WIPE(n);
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

void codename_digits(struct buf *out, const struct codename *c)
{
	uint8_t digits[CODENAME_DIGITS];
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
		digits[i - 1] = (uint8_t)('0' + rest);
	}
	for (size_t i = 0; i < CODENAME_DIGITS; i += 5) {
		buf_str(out, i > 0 ? " " : "");
		buf_put(out, bytes_of(digits + i, 5));
	}
	SECRET_WIPE(n);
	SECRET_WIPE(digits);
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
		if (p.key_len <= 2)
			number_digits += p.key_len;
		for (size_t i = 0; i < p.key_len; i++, t->digit_count++)
			if (i < CODENAME_KEY_MAX && t->digit_count < CODENAME_DIGITS)
				t->digits[t->digit_count] = (uint8_t)(p.key[i] - '0');
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

/* The number of a word, or -1. */
static int find_word(const struct wordlist *list, const struct piece *p)
{
	int by_prefix = -1;

	if (p->key_len > CODENAME_KEY_MAX)
		return -1;
	for (int i = 0; i < WORDLIST_WORDS; i++) {
		const char *key = list->keys + list->key_at[i];
		size_t n = strlen(key);
		if (n == p->key_len && memcmp(key, p->key, n) == 0)
			return i;
		if (list->prefix > 0 && n >= list->prefix && p->key_len >= list->prefix &&
		    memcmp(key, p->key, list->prefix) == 0)
			by_prefix = i;
	}
	return by_prefix;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, changes and swaps of neighbours that make one of the other. */
static size_t distance(struct bytes a, struct bytes b)
{
	uint8_t rows[3][CODENAME_KEY_MAX + 1];
	uint8_t *before = rows[0];
	uint8_t *last = rows[1];
	uint8_t *row = rows[2];

	for (size_t j = 0; j <= b.n; j++)
		last[j] = (uint8_t)j;
	memset(before, 0, sizeof rows[0]);
	for (size_t i = 1; i <= a.n; i++) {
		row[0] = (uint8_t)i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t d = smaller(last[j] + 1u, row[j - 1] + 1u);
			d = smaller(d, last[j - 1] + (a.p[i - 1] != b.p[j - 1] ? 1u : 0u));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				d = smaller(d, before[j - 2] + 1u);
			row[j] = (uint8_t)d;
		}
		uint8_t *free_row = before;
		before = last;
		last = row;
		row = free_row;
	}
	return last[b.n];
}

/* The three nearest words of one list, or of all lists for NULL; none further than half the word or three steps. */
static void find_nearest(const struct wordlist *only, const struct piece *p,
			 const char *nearest[static CODENAME_NEAREST])
{
	struct bytes key = bytes_of(p->key, smaller(p->key_len, CODENAME_KEY_MAX));
	size_t steps[CODENAME_NEAREST + 1];

	for (size_t i = 0; i < CODENAME_NEAREST; i++) {
		nearest[i] = NULL;
		steps[i] = smaller(3, key.n / 2) + 1;
	}
	for (size_t l = 0; l < wordlist_count; l++) {
		const struct wordlist *list = &wordlists[l];
		if (only != NULL && list != only)
			continue;
		for (size_t i = 0; i < WORDLIST_WORDS; i++) {
			struct bytes other = bytes_str(list->keys + list->key_at[i]);
			size_t longer = key.n > other.n ? key.n - other.n : other.n - key.n;
			if (longer >= steps[CODENAME_NEAREST - 1])
				continue;
			size_t d = distance(key, other);
			size_t at = CODENAME_NEAREST;
			while (at > 0 && d < steps[at - 1])
				at--;
			for (size_t k = CODENAME_NEAREST - 1; k > at; k--) {
				steps[k] = steps[k - 1];
				nearest[k] = nearest[k - 1];
			}
			if (at < CODENAME_NEAREST) {
				steps[at] = d;
				nearest[at] = list->words + list->word_at[i];
			}
		}
	}
}

/* The lists are tried one after the other; where two have all the words, the check decides. */
static enum err parse_words(const struct typed *t, struct codename *c, struct codename_problem *p)
{
	const struct wordlist *best = NULL;
	const struct piece *stranger = &t->words[0];
	struct numbers n;
	size_t count = smaller(t->word_count, PIECES);
	size_t best_known = 0;
	enum err e = ERR_FORMAT;

	for (size_t l = 0; l < wordlist_count && e != ERR_OK; l++) {
		const struct piece *unknown = NULL;
		size_t known = 0;
		for (size_t i = 0; i < count; i++) {
			int number = find_word(&wordlists[l], &t->words[i]);
			if (number < 0)
				unknown = unknown == NULL ? &t->words[i] : unknown;
			else
				known++;
			if (i < CODENAME_WORDS)
				n.word[i] = (uint16_t)number;
		}
		if (known == CODENAME_WORDS && count == CODENAME_WORDS && from_numbers(&n, c))
			e = ERR_OK;
		if (known > best_known) {
			best = &wordlists[l];
			best_known = known;
			stranger = unknown;
		}
	}
	SECRET_WIPE(n);
	if (e == ERR_OK)
		return e;
	p->count = t->word_count;
	if (stranger == NULL) {
		p->fault = t->word_count == CODENAME_WORDS ? CODENAME_CHECK : CODENAME_WORD_COUNT;
		return e;
	}
	p->fault = CODENAME_UNKNOWN_WORD;
	p->word = stranger->typed;
	find_nearest(best, stranger, p->nearest);
	return e;
}

enum err codename_parse(struct bytes text, struct codename *c, struct codename_problem *p)
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
		e = parse_words(&t, c, p);
	else if (t.digit_count > 0)
		e = parse_digits(&t, c, p);
	else
		p->fault = CODENAME_EMPTY;
	SECRET_WIPE(t);
	return e;
}
