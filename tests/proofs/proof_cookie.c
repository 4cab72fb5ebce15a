/* SPDX-License-Identifier: GPL-3.0-or-later
 * http/cookie.c: a Cookie field of up to 6 bytes, and a name of two. */
#include "views.h"

#include "http/cookie.c"

/* As bytes/views shows. */
struct bytes bytes_trim_shown(struct bytes b)
{
	b = bytes_from(b, nondet_size());
	return bytes_first(b, nondet_size());
}

void prove_value(void)
{
	uint8_t object[6];
	struct bytes field = last_bytes(object, sizeof object), found = cookie_value(field, "s=");

	PROVE(within(found, field));
	if (found.p != NULL)
		PROVE(found.p - field.p >= 2 && found.p[-2] == 's' && found.p[-1] == '=');
}
