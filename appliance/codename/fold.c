/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codename/wordlist.h"

#include <string.h>

#include "base/utf8.h"

#define CODE_BROKEN 0xfffd /* stands for bytes that are not UTF-8: in no word */

struct range {
	uint32_t first;
	uint32_t last;
};

/* Between words. ASCII apart: there, everything but letters and digits separates. */
static const struct range separators[] = {
    {0x80, 0xa9},     {0xab, 0xac},     {0xae, 0xb1},     {0xb4, 0xb4},     {0xb6, 0xb8},     {0xbb, 0xbf},
    {0x55a, 0x55f},   {0x589, 0x58a},   {0x5be, 0x5be},   {0x60c, 0x60c},   {0x61b, 0x61b},   {0x6d4, 0x6d4},
    {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2010, 0x2029}, {0x202f, 0x205f}, {0x2212, 0x2212}, {0x3000, 0x3003},
    {0x3008, 0x3011}, {0x30fb, 0x30fb}, {0xfe50, 0xfe63}, {0xff61, 0xff65},
};

/* Unseen or attached: as if not there. */
static const struct range ignored[] = {
    {0xad, 0xad},     {0x300, 0x36f},   {0x200b, 0x200f}, {0x202a, 0x202e},
    {0x2060, 0x206f}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
};

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

static const char *folded(uint32_t code)
{
	size_t low = 0;
	size_t high = fold_row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (fold_rows[middle].from == code)
			return fold_rows[middle].to;
		if (fold_rows[middle].from < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool is_separator(uint32_t code)
{
	const char *to;

	if (code >= 0x80 && (to = folded(code)) != NULL)
		code = (uint8_t)to[0]; /* full-width punctuation */
	if (code < 0x80)
		return !((code | 0x20) >= 'a' && (code | 0x20) <= 'z') && !(code >= '0' && code <= '9');
	return IN(code, separators);
}

static void append(struct piece *p, struct bytes more)
{
	for (size_t i = 0; i < more.n; i++, p->key_len++)
		if (p->key_len < CODENAME_KEY_MAX)
			p->key[p->key_len] = more.p[i];
}

static void add(struct piece *p, uint32_t code, struct bytes as_typed)
{
	int digit = digit_value(code);
	const char *to = folded(code);

	if (digit >= 0) {
		append(p, bytes_of(&(uint8_t){(uint8_t)('0' + digit)}, 1));
		return;
	}
	p->digits = false;
	append(p, to != NULL ? bytes_str(to) : as_typed);
}

bool piece_next(struct bytes *rest, struct piece *p)
{
	size_t len;

	memset(p, 0, sizeof *p);
	p->digits = true;
	for (; rest->n > 0; *rest = bytes_from(*rest, len)) {
		uint32_t code = decode(*rest, &len);
		if (IN(code, ignored))
			continue;
		if (is_separator(code)) {
			if (p->key_len > 0)
				break;
			continue;
		}
		if (p->key_len == 0)
			p->typed.p = rest->p;
		p->typed.n = (size_t)(rest->p + len - p->typed.p);
		add(p, code, bytes_first(*rest, len));
	}
	return p->key_len > 0;
}
