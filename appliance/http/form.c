/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/form.h"

#include <string.h>

static enum err decode(uint8_t *p, size_t n, struct bytes *out)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = p[i];
		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			size_t one;
			if (n - i < 3 || hex_decode(bytes_of(p + i + 1, 2), &c, 1, &one) != ERR_OK)
				return ERR_FORMAT;
			i += 2;
		} else if (c <= ' ' || c > '~') {
			return ERR_FORMAT;
		}
		p[to++] = c;
	}
	*out = bytes_of(p, to);
	return ERR_OK;
}

static enum err add(struct form *f, uint8_t *pair, size_t n)
{
	uint8_t *equals = memchr(pair, '=', n);
	size_t name_len = equals == NULL ? n : (size_t)(equals - pair);
	struct form_field field = {.value = {pair + n, 0}};
	enum err e;

	if (n == 0)
		return ERR_OK; /* "a=b&&c=d" */
	e = decode(pair, name_len, &field.name);
	if (e == ERR_OK && equals != NULL)
		e = decode(equals + 1, n - name_len - 1, &field.value);
	if (e != ERR_OK)
		return e;
	if (field.name.n == 0)
		return ERR_FORMAT;
	if (field.name.n > LIMIT_FORM_NAME || f->count == LIMIT_FORM_FIELDS)
		return ERR_TOO_BIG;
	f->fields[f->count++] = field;
	return ERR_OK;
}

enum err form_parse(uint8_t *body, size_t n, struct form *f)
{
	f->count = 0;
	while (n > 0) {
		uint8_t *end = memchr(body, '&', n);
		size_t len = end == NULL ? n : (size_t)(end - body);
		enum err e = add(f, body, len);
		if (e != ERR_OK) {
			f->count = 0;
			return e;
		}
		len += end == NULL ? 0 : 1;
		body += len;
		n -= len;
	}
	return ERR_OK;
}

struct bytes form_value(const struct form *f, const char *name)
{
	struct bytes found = {NULL, 0};

	for (size_t i = 0; i < f->count; i++) {
		if (!bytes_eq_str(f->fields[i].name, name))
			continue;
		if (found.p != NULL)
			return (struct bytes){NULL, 0};
		found = f->fields[i].value;
	}
	return found;
}

bool form_type(struct bytes content_type)
{
	struct bytes type = bytes_first(content_type, bytes_find(content_type, BYTES_LITERAL(";")));

	return bytes_eq_nocase(bytes_trim(type), "application/x-www-form-urlencoded");
}
