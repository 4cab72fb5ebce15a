/* SPDX-License-Identifier: GPL-3.0-or-later
 * codename/find.c: how far two words of up to three letters are apart. */
#include "proof.h"

#include "base/secret.c"
#include "codename/find.c"

#define LETTERS (sizeof(((struct key *)NULL)->letters) / sizeof(uint16_t))

static void any_key(struct key *key)
{
	key->len = nondet_size();
	ASSUME(key->len <= LETTERS);
}

void prove_distance(void)
{
	struct key a, b;
	size_t d;

	any_key(&a);
	any_key(&b);
	d = distance(&a, &b);
	PROVE(d <= (a.len > b.len ? a.len : b.len) && d >= (a.len > b.len ? a.len - b.len : b.len - a.len));
	if (d == 0)
		PROVE(a.len == b.len && memcmp(a.letters, b.letters, a.len * sizeof a.letters[0]) == 0);
}
