/* SPDX-License-Identifier: GPL-3.0-or-later
 * verify/field.c: views and numbers at any offset of any bytes. */
#include "views.h"

#include "verify/field.c"

void prove_view(void)
{
	uint8_t object[6];
	struct bytes all = last_bytes(object, sizeof object), view = {NULL, 77};
	uint64_t at = nondet_u64(), n = nondet_u64();

	if (field_view(all, at, n, &view))
		PROVE(view.n == n && within(view, all) && (n == 0 || view.p == all.p + at));
	else
		PROVE(view.n == 77 && (at > all.n || n > all.n - at));
}

void prove_numbers(void)
{
	uint8_t object[6];
	struct bytes all = last_bytes(object, sizeof object);
	uint64_t a = 77, b = 77;
	const struct field fields[] = {{nondet_u64(), nondet_bool() ? 1 : 2, &a}, {nondet_u64(), 4, &b}};

	if (!field_numbers(all, fields, 2))
		return;
	PROVE(fields[1].at <= all.n - 4 && b <= UINT32_MAX && a <= (fields[0].width == 1 ? 0xff : 0xffff));
	PROVE(b == ((uint32_t)all.p[fields[1].at + 3] << 24 | (uint32_t)all.p[fields[1].at + 2] << 16 |
		    (uint32_t)all.p[fields[1].at + 1] << 8 | all.p[fields[1].at]));
}
