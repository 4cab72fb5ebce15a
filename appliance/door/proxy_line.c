/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/proxy_line.h"

#include "limits.h"

static const char prefix[] = "PROXY TCP6 fc00:dead:beef:4dad::";

/* Takes the text off the front. ERR_END: so far it fits. */
static enum err take_text(struct bytes *rest, const char *text)
{
	struct bytes want = bytes_str(text);
	size_t n = rest->n < want.n ? rest->n : want.n;

	if (!bytes_eq(bytes_first(*rest, n), bytes_first(want, n)))
		return ERR_FORMAT;
	*rest = bytes_from(*rest, n);
	return n == want.n ? ERR_OK : ERR_END;
}

static uint32_t digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) : 16;
}

/* Digits up to the first byte that is none; that byte stays. */
static enum err take_number(struct bytes *rest, uint32_t base, size_t digits_max, uint32_t max, uint32_t *value)
{
	uint32_t v = 0;
	size_t n = 0;

	while (n < rest->n && digit_value(rest->p[n]) < base) {
		v = v * base + digit_value(rest->p[n]);
		n++;
		if (n > digits_max || v > max || (n == 2 && rest->p[0] == '0'))
			return ERR_FORMAT;
	}
	if (n == rest->n)
		return ERR_END;
	if (n == 0)
		return ERR_FORMAT;
	*rest = bytes_from(*rest, n);
	*value = v;
	return ERR_OK;
}

enum err proxy_line_parse(struct bytes head, size_t *line_len, uint32_t *circuit)
{
	struct bytes rest = bytes_first(head, LIMIT_PROXY_LINE);
	uint32_t high;
	uint32_t low;
	uint32_t port;
	enum err e;

	TRY(take_text(&rest, prefix));
	TRY(take_number(&rest, 16, 4, UINT16_MAX, &high));
	TRY(take_text(&rest, ":"));
	TRY(take_number(&rest, 16, 4, UINT16_MAX, &low));
	TRY(take_text(&rest, " ::1 "));
	TRY(take_number(&rest, 10, 5, UINT16_MAX, &port));
	TRY(take_text(&rest, " "));
	TRY(take_number(&rest, 10, 5, UINT16_MAX, &port));
	TRY(take_text(&rest, "\r\n"));
	*line_len = (head.n < LIMIT_PROXY_LINE ? head.n : LIMIT_PROXY_LINE) - rest.n;
	*circuit = high << 16 | low;
out:
	/* The grammar's longest line is shorter than the maximum, so a line never ends because the view does. */
	return e;
}
