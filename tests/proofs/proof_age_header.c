/* SPDX-License-Identifier: GPL-3.0-or-later
 * age/header.c: the grammar's pieces over any text. */
#include "proof.h"

#include "base/bytes.c"
#include "age/header.c"

void prove_argument(void)
{
	struct bytes all = any_bytes(6), rest = all, argument;

	if (age_argument_next(&rest, &argument))
		PROVE(argument.n + rest.n <= all.n && argument.p >= all.p && argument.p + argument.n <= all.p + all.n);
}

void prove_body(void)
{
	struct age_stanza s = {.body = any_bytes(4)};
	uint8_t out[3] = {7, 7, 7};

	(void)age_stanza_body(&s, out, 3);
}

void prove_version(void)
{
	struct bytes all = any_bytes(23), rest = all;
	enum err e = age_version_take(&rest);

	PROVE(rest.n <= all.n);
	PROVE(e == ERR_OK || e == ERR_FORMAT || e == ERR_UNSUPPORTED);
}

void prove_next(void)
{
	struct bytes all = any_bytes(4), rest = all;
	struct age_stanza s;

	if (age_header_next(&rest, &s))
		PROVE(rest.n < all.n);
}
