/* SPDX-License-Identifier: GPL-3.0-or-later
 * door/proxy_line.c: its two pieces, over any bytes. */
#include "proof.h"

#include "base/bytes.c"
#include "door/proxy_line.c"

void prove_number(void)
{
	struct bytes all = any_bytes(7), rest = all;
	bool hexadecimal = nondet_bool();
	uint32_t value = 77;
	enum err e = take_number(&rest, hexadecimal ? 16 : 10, hexadecimal ? 4 : 5, UINT16_MAX, &value);

	if (e == ERR_OK)
		PROVE(value <= UINT16_MAX && rest.n > 0 && rest.n < all.n && rest.p + rest.n == all.p + all.n);
	else
		PROVE(value == 77 && rest.n == all.n && (e == ERR_FORMAT || e == ERR_END));
}

void prove_text(void)
{
	struct bytes all = any_bytes(7), rest = all;
	enum err e = take_text(&rest, " ::1 ");

	PROVE(rest.n <= all.n);
	PROVE(e == ERR_OK ? all.n - rest.n == 5 : e == ERR_END ? rest.n == 0 : e == ERR_FORMAT);
}
