/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/field.h"

bool field_view(struct bytes b, uint64_t at, uint64_t n, struct bytes *view)
{
	if (at > b.n || n > b.n - at)
		return false;
	*view = bytes_of(b.p + at, n);
	return true;
}

bool field_numbers(struct bytes b, const struct field *fields, size_t count)
{
	for (const struct field *f = fields; f < fields + count; f++) {
		struct bytes digits;

		if (!field_view(b, f->at, f->width, &digits))
			return false;
		*f->value = 0;
		for (size_t i = digits.n; i > 0; i--)
			*f->value = *f->value << 8 | digits.p[i - 1];
	}
	return true;
}
