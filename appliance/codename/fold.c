/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codename/wordlist.h"

#include <string.h>

#include "base/utf8.h"

#define CODE_BROKEN 0xfffd /* stands for bytes that are not UTF-8: in no word */

struct range {
	uint32_t first;
	uint32_t last;
};

/* Between words. ASCII apart: there, everything but letters and digits separates. Circled numbers are a list's; the
 * long vowel mark is what a Japanese keyboard has for a hyphen, and in no word. */
static const struct range separators[] = {
    {0x80, 0xa9},     {0xab, 0xac},     {0xae, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},     {0x55a, 0x55f},
    {0x589, 0x58a},   {0x5be, 0x5be},   {0x60c, 0x60c},   {0x61b, 0x61b},   {0x66a, 0x66d},   {0x6d4, 0x6d4},
    {0x964, 0x965},   {0x104a, 0x104b}, {0x1680, 0x1680}, {0x17d4, 0x17d6}, {0x2000, 0x200a}, {0x2010, 0x2029},
    {0x202f, 0x205f}, {0x2212, 0x2212}, {0x2460, 0x249b}, {0x24ea, 0x24ff}, {0x2776, 0x2793}, {0x3000, 0x3003},
    {0x3008, 0x301f}, {0x30a0, 0x30a0}, {0x30fb, 0x30fc}, {0x3220, 0x3229}, {0x3280, 0x3289}, {0xfe10, 0xfe19},
    {0xfe30, 0xfe63}, {0xff01, 0xff0f}, {0xff1a, 0xff20}, {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xff70, 0xff70},
};

/* Unseen or attached: as if not there. Of the marks, those of the scripts that have lists. */
static const struct range ignored[] = {
    {0xad, 0xad},     {0x300, 0x36f},   {0x483, 0x487},   {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
    {0x202a, 0x202e}, {0x2060, 0x206f}, {0x3099, 0x309c}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xff9e, 0xff9f},
};

/* Each of these characters is a word; those past the basic plane are in no list. */
static const struct range ideographs[] = {
    {0x2e80, 0x2fdf}, {0x3005, 0x3007}, {0x3400, 0x9fff}, {0xf900, 0xfaff}, {0x20000, 0x3ffff}};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

#define IN(code, ranges) in_ranges(code, ranges, sizeof(ranges) / sizeof(ranges)[0])

/* The first character of text, which is not empty. Its length in *len, 1 for a byte that begins none. */
static uint32_t decode(struct bytes text, size_t *len)
{
	struct bytes rest = text;
	uint32_t code;

	*len = 1;
	if (utf8_next(&rest, &code) != ERR_OK)
		return CODE_BROKEN;
	*len = text.n - rest.n;
	return code;
}

/* 0 to 9, or -1. */
static int digit_value(uint32_t code)
{
	for (size_t i = 0; i < digit_zero_count; i++)
		if (code >= digit_zeros[i] && code <= digit_zeros[i] + 9)
			return (int)(code - digit_zeros[i]);
	return -1;
}

static const struct fold_row *row_of(uint32_t code)
{
	size_t low = 0;
	size_t high = fold_row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (fold_rows[middle].from == code)
			return &fold_rows[middle];
		if (fold_rows[middle].from < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void append(struct key *key, uint32_t letter)
{
	if (key->len < CODENAME_KEY_MAX)
		key->letters[key->len] = (uint16_t)(letter > 0xffff ? CODE_BROKEN : letter);
	key->len++;
}

/* The Unicode Standard, 3.12: a syllable is a number of three digits, to the bases 19, 21 and 28. */
static void append_hangul(struct key *key, uint32_t code)
{
	enum { FIRST = 0xac00, LEAD = 0x1100, VOWEL = 0x1161, TAIL = 0x11a7, VOWELS = 21, TAILS = 28 };
	uint32_t n = code - FIRST;

	append(key, LEAD + n / (VOWELS * TAILS));
	append(key, VOWEL + n / TAILS % VOWELS);
	if (n % TAILS != 0)
		append(key, TAIL + n % TAILS);
}

static void append_folded(struct key *key, uint32_t code)
{
	const struct fold_row *row;

	if (code >= 'a' && code <= 'z') {
		append(key, code);
	} else if (code >= 0xac00 && code <= 0xd7a3) {
		append_hangul(key, code);
	} else if ((row = row_of(code)) != NULL) {
		for (size_t i = 0; i < sizeof row->to / sizeof row->to[0] && row->to[i] != 0; i++)
			append(key, row->to[i]);
	} else {
		append(key, code);
	}
}

void key_of(struct key *key, struct bytes word)
{
	uint32_t code;
	size_t len;

	key->len = 0;
	while (word.n > 0) {
		/* Most letters of most lists fold to themselves. */
		for (len = 0; len < word.n && word.p[len] >= 'a' && word.p[len] <= 'z'; len++)
			append(key, word.p[len]);
		word = bytes_from(word, len);
		if (word.n == 0)
			break;
		code = decode(word, &len);
		if (!IN(code, ignored))
			append_folded(key, code);
		word = bytes_from(word, len);
	}
}

static bool is_separator(uint32_t code)
{
	if (code < 0x80)
		return !((code | 0x20) >= 'a' && (code | 0x20) <= 'z') && !(code >= '0' && code <= '9');
	return IN(code, separators);
}

/* Whether a character that is neither ignored nor a separator belongs to the piece, or begins the next. */
static bool joins(const struct piece *p, uint32_t last, uint32_t code)
{
	return p->key.len == 0 ||
	       (p->digits == (digit_value(code) >= 0) && !IN(last, ideographs) && !IN(code, ideographs));
}

bool piece_next(struct bytes *rest, struct piece *p)
{
	uint32_t last = 0;
	size_t len;

	memset(p, 0, sizeof *p);
	for (; rest->n > 0; *rest = bytes_from(*rest, len)) {
		uint32_t code = decode(*rest, &len);
		int digit = digit_value(code);
		if (IN(code, ignored))
			continue;
		if (is_separator(code)) {
			if (p->key.len > 0)
				break;
			continue;
		}
		if (!joins(p, last, code))
			break;
		if (p->key.len == 0)
			p->typed.p = rest->p;
		p->typed.n = (size_t)(rest->p + len - p->typed.p);
		p->digits = digit >= 0;
		if (digit >= 0)
			append(&p->key, (uint32_t)('0' + digit));
		else
			append_folded(&p->key, code);
		last = code;
	}
	return p->key.len > 0;
}
