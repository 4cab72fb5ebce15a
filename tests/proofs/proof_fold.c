/* SPDX-License-Identifier: GPL-3.0-or-later
 * codename/fold.c: words as they are looked for. Tables of any contents: a character is or isn't in a range; the
 * generated tables have two rows. Words have three letters at most. */
#include "views.h"

#include "codename/wordlist.h"
#include "codename/fold.c"

enum { TEXT_MAX = 4 };

struct fold_row fold_rows[2];
const size_t fold_row_count = 2;
const uint32_t digit_zeros[1] = {'0'};
const size_t digit_zero_count = 1;

void prove_ranges(void)
{
	struct range ranges[2];
	uint32_t code = nondet_u32();
	bool held[2];

	for (size_t i = 0; i < 2; i++)
		held[i] = ranges[i].first <= code && code <= ranges[i].last;
	PROVE(!in_ranges(code, ranges, 0));
	PROVE(in_ranges(code, ranges + 1, 1) == held[1]);
	PROVE(in_ranges(code, ranges, 2) == (held[0] || held[1]));
}

bool in_ranges_shown(uint32_t code, const struct range *ranges, size_t count)
{
	(void)code;
	PROVE(__CPROVER_r_ok(ranges, count * sizeof *ranges));
	return nondet_bool();
}

enum err utf8_next_shown(struct bytes *rest, uint32_t *character)
{
	size_t n = nondet_size();
	uint32_t c = nondet_u32();

	if (rest->n == 0 || nondet_bool())
		return ERR_FORMAT;
	ASSUME(n >= 1 && n <= 4 && n <= rest->n && c <= 0x10ffff);
	*rest = bytes_from(*rest, n);
	*character = c;
	return ERR_OK;
}

const struct fold_row *row_of_shown(uint32_t code)
{
	static struct fold_row row;

	(void)code;
	row = (struct fold_row){.to = {(uint16_t)nondet_u32(), (uint16_t)nondet_u32(), (uint16_t)nondet_u32()}};
	return nondet_bool() ? &row : NULL;
}

void prove_row(void)
{
	uint32_t code = nondet_u32();
	const struct fold_row *row;

	for (size_t i = 0; i < 2; i++)
		fold_rows[i].from = (uint16_t)nondet_u32();
	row = row_of(code);

	PROVE(row == NULL || (row >= fold_rows && row < fold_rows + 2 && row->from == code));
}

void prove_hangul(void)
{
	struct key key = {.len = 0};
	uint32_t code = nondet_u32();

	ASSUME(code >= 0xac00 && code <= 0xd7a3);
	append_hangul(&key, code);
	PROVE(key.letters[0] >= 0x1100 && key.letters[0] <= 0x1112 && key.letters[1] >= 0x1161 &&
	      key.letters[1] <= 0x1175);
	PROVE(key.len == 2 || (key.len == 3 && key.letters[2] > 0x11a7 && key.letters[2] <= 0x11c2));
}

void prove_key(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes word = last_bytes(object, sizeof object);
	struct key key;

	key_of(&key, word);
	PROVE(key.len <= 3 * word.n);
}

void prove_piece(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all;
	struct piece p;

	if (!piece_next(&rest, &p)) {
		PROVE(rest.n == 0 && p.key.len == 0);
		return;
	}
	PROVE(is_rest(rest, all) && rest.n < all.n && p.typed.n > 0 && within(p.typed, all) && p.key.len > 0);
	for (size_t i = 0; p.digits && i < p.key.len && i < CODENAME_KEY_MAX; i++)
		PROVE(p.key.letters[i] >= '0' && p.key.letters[i] <= '9');
}
