/* SPDX-License-Identifier: GPL-3.0-or-later
 * codename/codename.c: from bits to numbers and back, and from what was typed to numbers. The check word is any
 * function of the bits; pieces are any that fold/piece shows; where they are taken, a codename has 4 digits and a word
 * 3 letters. */
#include "proof.h"

#include "base/secret.c"
#include "codename/codename.c"

static uint16_t check;

uint16_t check_word_shown(const struct codename *c)
{
	PROVE(__CPROVER_r_ok(c, sizeof *c));
	return check;
}

void prove_numbers(void)
{
	struct codename c, again;
	struct numbers n;

	check = (uint16_t)(nondet_u32() & 2047);
	to_numbers(&c, &n);
	for (size_t i = 0; i < CODENAME_WORDS; i++)
		PROVE(n.word[i] < 2048);
	PROVE(from_numbers(&n, &again));
	PROVE(memcmp(&c, &again, sizeof c) == 0);
	n.word[CODENAME_WORDS - 1] ^= 1;
	PROVE(!from_numbers(&n, &again));
}

bool from_numbers_shown(const struct numbers *n, struct codename *c)
{
	for (size_t i = 0; i < CODENAME_WORDS; i++)
		PROVE(n->word[i] < 2048);
	PROVE(__CPROVER_w_ok(c, sizeof *c));
	return nondet_bool();
}

void prove_digits(void)
{
	struct typed t;
	struct codename c;
	struct codename_problem p = {.count = 77};
	enum err e;

	for (size_t i = 0; i < CODENAME_DIGITS; i++)
		ASSUME(t.digits[i] <= 9);
	e = parse_digits(&t, &c, &p);
	PROVE(e == ERR_OK || e == ERR_FORMAT);
	PROVE(e != ERR_OK || t.digit_count == CODENAME_DIGITS);
}

void prove_to_digits(void)
{
	struct codename c;
	uint8_t digits[CODENAME_DIGITS];

	check = (uint16_t)(nondet_u32() & 2047);
	to_digits(&c, digits);
	for (size_t i = 0; i < CODENAME_DIGITS; i++)
		PROVE(digits[i] <= 9);
}

bool piece_next_shown(struct bytes *rest, struct piece *p)
{
	size_t n = nondet_size();

	if (rest->n == 0 || nondet_bool())
		return false;
	ASSUME(n >= 1 && n <= rest->n);
	p->digits = nondet_bool();
	p->key.len = nondet_size();
	ASSUME(p->key.len >= 1 && p->key.len <= 4);
	for (size_t i = 0; i < sizeof p->key.letters / sizeof p->key.letters[0]; i++) {
		p->key.letters[i] = (uint16_t)nondet_u32();
		ASSUME(!p->digits || i >= p->key.len || (p->key.letters[i] >= '0' && p->key.letters[i] <= '9'));
	}
	*rest = bytes_from(*rest, n);
	return true;
}

void prove_pieces(void)
{
	uint8_t object[3];
	struct typed t;

	take_pieces(last_bytes(object, sizeof object), &t);
	PROVE(t.word_count <= 3 && t.digit_count <= 12);
	for (size_t i = 0; i < CODENAME_DIGITS; i++)
		PROVE(t.digits[i] <= 9);
}
