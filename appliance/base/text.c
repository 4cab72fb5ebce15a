/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include "base/utf8.h"

bool text_is_visible(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
	    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f},   {0x061c, 0x061c},
	    {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200b},   {0x200e, 0x200f},
	    {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
	    {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
	};

	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return true;
}

bool text_is_line(struct bytes text)
{
	uint32_t c;

	while (text.n > 0)
		if (utf8_next(&text, &c) != ERR_OK || !text_is_visible(c))
			return false;
	return true;
}

static void hex_digits(struct buf *out, uint32_t v, unsigned at_least)
{
	unsigned n = 8;

	while (n > at_least && v >> (4 * (n - 1)) == 0)
		n--;
	for (; n > 0; n--)
		buf_byte(out, (uint8_t)"0123456789ABCDEF"[v >> (4 * (n - 1)) & 15u]);
}

static void escape(struct buf *out, uint32_t c)
{
	if (c == '\\') {
		buf_str(out, "\\\\");
	} else if (c == '\n') {
		buf_str(out, "\\n");
	} else if (c == '\t') {
		buf_str(out, "\\t");
	} else {
		buf_str(out, "\\u{");
		hex_digits(out, c, 4);
		buf_byte(out, '}');
	}
}

void text_escape(struct buf *out, struct bytes text, bool lines)
{
	while (text.n > 0) {
		struct bytes before = text;
		uint32_t c;

		if (utf8_next(&text, &c) != ERR_OK) {
			buf_str(out, "\\x");
			hex_digits(out, text.p[0], 2);
			text = bytes_from(text, 1);
		} else if (lines && c == '\r' && text.n > 0 && text.p[0] == '\n') {
			continue;
		} else if ((text_is_visible(c) && c != '\\') || (lines && (c == '\n' || c == '\t'))) {
			buf_put(out, bytes_first(before, before.n - text.n));
		} else {
			escape(out, c);
		}
	}
}
