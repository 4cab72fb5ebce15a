/* SPDX-License-Identifier: GPL-3.0-or-later
 * pages/language.c: weights, and the field of what a browser says of languages. */
#include "proof.h"

#include "pages/language.c"

void prove_weight(void)
{
	int q = weight(any_bytes(8));

	PROVE(q >= -1 && q <= Q_ONE);
}

int weight_shown(struct bytes text)
{
	PROVE(text.n == 0 || __CPROVER_r_ok(text.p, text.n));
	return nondet_bool() ? -1 : (int)(nondet_u32() % (Q_ONE + 1));
}

bool bytes_eq_nocase_shown(struct bytes a, const char *s)
{
	(void)s;
	PROVE(a.n == 0 || __CPROVER_r_ok(a.p, a.n));
	return nondet_bool();
}

void prove_part(void)
{
	uint8_t object[4];

	(void)has_part(last_bytes(object, sizeof object), "tw");
}

bool has_part_shown(struct bytes tag, const char *part)
{
	(void)part;
	PROVE(tag.n == 0 || __CPROVER_r_ok(tag.p, tag.n));
	return nondet_bool();
}

void prove_range(void)
{
	uint8_t object[4];
	enum page_language language = (enum page_language)0;

	(void)from_range(last_bytes(object, sizeof object), &language);
	PROVE((unsigned)language < LANGUAGE_COUNT);
}

bool from_range_shown(struct bytes range, enum page_language *language)
{
	unsigned any = nondet_u32();

	PROVE(range.n == 0 || __CPROVER_r_ok(range.p, range.n));
	ASSUME(any < LANGUAGE_COUNT);
	*language = (enum page_language)any;
	return nondet_bool();
}

void prove_accept(void)
{
	uint8_t object[4];

	PROVE((unsigned)page_language_from_accept(last_bytes(object, sizeof object)) < LANGUAGE_COUNT);
}
