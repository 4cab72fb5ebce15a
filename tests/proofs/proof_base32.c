/* SPDX-License-Identifier: GPL-3.0-or-later
 * base/bytes.c: base32, any text of up to 8 characters into a buffer of up to 5 bytes. */
#include "proof.h"

#include "base/bytes.c"

void prove_decode(void)
{
	struct bytes text = any_bytes(8);
	uint8_t out[5] = {7, 7, 7, 7, 7};
	size_t cap = nondet_size(), n = 77;
	enum err e;

	ASSUME(cap <= sizeof out);
	e = base32_decode(text, out + (sizeof out - cap), cap, &n);
	PROVE(e == ERR_OK ? n <= cap : n == 77 && out[0] == 7 && out[4] == 7);
}
