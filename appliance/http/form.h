/* SPDX-License-Identifier: GPL-3.0-or-later
 * application/x-www-form-urlencoded (WHATWG URL, "urlencoded parsing"), in memory and in place. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "base/bytes.h"
#include "limits.h"

struct form_field {
	struct bytes name;
	struct bytes value;
};

struct form {
	struct form_field fields[LIMIT_FORM_FIELDS];
	size_t count;
};

/* Decodes body[0 .. n) where it lies; the fields are views into it. "+" is a blank, "%" stands before two hex digits.
 * ERR_FORMAT: a broken code, a byte that no browser leaves as it is (control characters, blanks, over 0x7e), a field
 * without name. ERR_TOO_BIG: too many fields, or a name past LIMIT_FORM_NAME. *f is empty on error. */
enum err form_parse(uint8_t *body, size_t n, struct form *f) MUST_CHECK;
/* The value of the one field of that name; {NULL, 0} if there is none, or more than one. */
struct bytes form_value(const struct form *f, const char *name);
/* The request's Content-Type is this format, with any parameters. */
bool form_type(struct bytes content_type);

#endif
