/* SPDX-License-Identifier: GPL-3.0-or-later
 * Fields of formats that are laid out by offsets, in bytes that nobody has vouched for. */
#ifndef VERIFY_FIELD_H
#define VERIFY_FIELD_H

#include "base/bytes.h"

/* *view becomes the n bytes of b at `at`. False, with *view unchanged, if b hasn't all of them. */
bool field_view(struct bytes b, uint64_t at, uint64_t n, struct bytes *view) MUST_CHECK;

/* An unsigned number of at most 8 bytes, the lowest first. */
struct field {
	uint64_t at;
	size_t width;
	uint64_t *value;
};

/* False if b hasn't all of them; some may be set then. */
bool field_numbers(struct bytes b, const struct field *fields, size_t count) MUST_CHECK;

#endif
