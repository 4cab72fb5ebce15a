/* SPDX-License-Identifier: GPL-3.0-or-later
 * age/bech32.c: any text of up to 14 characters, into a buffer of any size up to 3. */
#include "proof.h"

#include "base/bytes.c"
#include "age/bech32.c"

void prove_decode(void)
{
	struct bytes text = any_bytes(14);
	size_t cap = nondet_size(), n = 77;
	uint8_t *out;
	enum err e;

	ASSUME(cap <= 3);
	out = malloc(cap);
	ASSUME(out != NULL || cap == 0);
	e = bech32_decode(text, "age", out, cap, &n);
	PROVE(e == ERR_OK ? n <= cap : n == 77);
}

void prove_prefix(void)
{
	struct bytes text = any_bytes(14), prefix = bech32_prefix(text);

	PROVE(prefix.n == 0 || (prefix.n < text.n && text.p[prefix.n] == '1'));
}
