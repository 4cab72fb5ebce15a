/* SPDX-License-Identifier: GPL-3.0-or-later
 * base/utf8.c: any 5 bytes: one more than the longest character has. */
#include "proof.h"

#include "base/utf8.c"

void prove_next(void)
{
	struct bytes all = any_bytes(5), rest = all;
	uint32_t c = 77;
	enum err e = utf8_next(&rest, &c);
	size_t n = all.n - rest.n;

	if (e != ERR_OK) {
		PROVE(e == ERR_FORMAT && rest.n == all.n && c == 77);
		return;
	}
	PROVE(n >= 1 && n <= 4 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
	/* The shortest form, and no other. */
	PROVE(n == (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4));
}
