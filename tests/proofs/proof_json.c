/* SPDX-License-Identifier: GPL-3.0-or-later
 * base/json.c: each piece of the grammar over any text of a few bytes; a value and a list stand for each other, so
 * what is shown holds for any nesting. */
#include "views.h"

#include "base/json.c"

enum { TEXT_MAX = 5 };

bool text_is_visible_shown(uint32_t c)
{
	PROVE(c <= 0x10ffff);
	return nondet_bool();
}

static bool any_beginning(struct bytes *rest)
{
	*rest = bytes_from(*rest, nondet_size());
	return nondet_bool();
}

enum err hex_decode_shown(struct bytes text, uint8_t *out, size_t cap, size_t *out_len)
{
	PROVE(__CPROVER_r_ok(text.p, text.n) && __CPROVER_w_ok(out, cap));
	*out_len = 2;
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_escape(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all;

	if (take_escape(&rest))
		PROVE(all.n - rest.n == (all.p[0] == 'u' ? 5 : 1));
	PROVE(is_rest(rest, all));
}

bool take_escape_shown(struct bytes *rest)
{
	return any_beginning(rest);
}

enum err utf8_next_shown(struct bytes *rest, uint32_t *character)
{
	size_t n = nondet_size();

	if (rest->n == 0 || nondet_bool())
		return ERR_FORMAT;
	ASSUME(n >= 1 && n <= 4 && n <= rest->n);
	*character = n == 1 ? rest->p[0] : 0x10ffff;
	*rest = bytes_from(*rest, n);
	return ERR_OK;
}

void prove_string(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all;

	if (take_string(&rest))
		PROVE(rest.n + 2 <= all.n && all.p[0] == '"' && all.p[all.n - rest.n - 1] == '"');
	PROVE(is_rest(rest, all));
}

bool take_string_shown(struct bytes *rest)
{
	return any_beginning(rest);
}

void prove_number(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all;

	if (take_number(&rest))
		PROVE(rest.n < all.n && all.p[all.n - rest.n - 1] >= '0' && all.p[all.n - rest.n - 1] <= '9');
	PROVE(is_rest(rest, all));
}

bool take_number_shown(struct bytes *rest)
{
	return any_beginning(rest);
}

/* One that is sound is not empty. */
bool take_value_shown(struct bytes *rest, unsigned depth)
{
	size_t before = rest->n;

	PROVE(depth <= DEPTH_MAX + 1);
	return any_beginning(rest) && rest->n < before;
}

void prove_list(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all;
	unsigned depth = nondet_u32();

	ASSUME(depth <= DEPTH_MAX);
	if (take_list(&rest, nondet_bool(), depth))
		PROVE(rest.n < all.n);
	PROVE(is_rest(rest, all));
}

bool take_list_shown(struct bytes *rest, bool object, unsigned depth)
{
	(void)object;
	PROVE(depth <= DEPTH_MAX);
	return any_beginning(rest);
}

void prove_value(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all;

	(void)take_value(&rest, nondet_u32());
	PROVE(is_rest(rest, all));
}

void prove_member(void)
{
	uint8_t object[TEXT_MAX + 1];
	struct bytes all = last_bytes(object, sizeof object), value = {NULL, 77}, text = {NULL, 77};

	if (!json_member(all, "k", &value))
		PROVE(value.n == 77);
	else
		PROVE(within(value, all));
	if (json_string(all, &text))
		PROVE(within(text, all) && text.n + 2 == all.n);
}

void prove_element(void)
{
	uint8_t object[TEXT_MAX];
	struct bytes all = last_bytes(object, sizeof object), rest = all, element;

	if (json_element(&rest, &element))
		PROVE(element.n > 0 && within(element, all) && rest.n < all.n);
	PROVE(is_rest(rest, all));
}
