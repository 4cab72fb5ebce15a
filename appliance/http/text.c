/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/text.h"

#include "base/utf8.h"

static void clean(struct buf *out, struct bytes in, bool one_line)
{
	while (in.n > 0) {
		struct bytes rest = in;
		uint32_t c;

		if (utf8_next(&rest, &c) != ERR_OK) {
			rest = bytes_from(in, 1);
			buf_str(out, "\xef\xbf\xbd");
		} else if (c == '\r' || c == '\n') {
			if (c == '\r' && rest.n > 0 && rest.p[0] == '\n')
				rest = bytes_from(rest, 1);
			buf_byte(out, one_line ? ' ' : '\n');
		} else if (c == '\t') {
			buf_byte(out, one_line ? ' ' : '\t');
		} else if (c < ' ' || c == 0x7f) {
			buf_str(out, "\xef\xbf\xbd");
		} else {
			buf_put(out, bytes_first(in, in.n - rest.n));
		}
		in = rest;
	}
}

void text_clean(struct buf *out, struct bytes in)
{
	clean(out, in, false);
}

void text_clean_line(struct buf *out, struct bytes in)
{
	clean(out, in, true);
}

struct bytes text_first(struct bytes text, size_t max)
{
	size_t n = max;

	if (text.n <= max)
		return text;
	while (n > 0 && (text.p[n] & 0xc0) == 0x80)
		n--;
	return bytes_first(text, n);
}

bool text_is_blank(struct bytes text)
{
	return bytes_trim(text).n == 0;
}
