/* SPDX-License-Identifier: GPL-3.0-or-later
 * door/proxy_line.c: its two pieces, over any bytes; and by them a line of any length. */
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

enum err take_text_shown(struct bytes *rest, const char *text)
{
	size_t n = strlen(text);

	if (nondet_bool() || n > rest->n)
		return nondet_bool() ? ERR_END : ERR_FORMAT;
	*rest = bytes_from(*rest, n);
	return ERR_OK;
}

enum err take_number_shown(struct bytes *rest, uint32_t base, size_t digits_max, uint32_t max, uint32_t *value)
{
	size_t n = nondet_size();

	PROVE(base <= 16 && max <= UINT16_MAX);
	if (nondet_bool() || n == 0 || n > digits_max || n >= rest->n)
		return nondet_bool() ? ERR_END : ERR_FORMAT;
	*rest = bytes_from(*rest, n);
	*value = nondet_u32();
	ASSUME(*value <= max);
	return ERR_OK;
}

void prove_line(void)
{
	struct bytes head = any_bytes(LIMIT_PROXY_LINE + 1);
	size_t line_len = 777;
	uint32_t circuit = 77;
	enum err e = proxy_line_parse(head, &line_len, &circuit);

	PROVE(e == ERR_OK ? line_len <= head.n && line_len <= LIMIT_PROXY_LINE : line_len == 777 && circuit == 77);
}
