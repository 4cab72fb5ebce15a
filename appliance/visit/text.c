/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/text.h"

/* The length of the UTF-8 sequence that begins here; 0 if there is none. RFC 3629 clause 4: no overlong forms, no
 * surrogates, nothing past U+10FFFF. */
static size_t sequence_len(struct bytes b)
{
	uint8_t c = b.p[0];
	size_t n = c < 0x80 ? 1 : c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;

	if (n == 0 || b.n < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((b.p[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && b.p[1] < 0xa0) || (c == 0xed && b.p[1] > 0x9f) || (c == 0xf0 && b.p[1] < 0x90) ||
	    (c == 0xf4 && b.p[1] > 0x8f))
		return 0;
	return n;
}

static void clean(struct buf *out, struct bytes in, bool one_line)
{
	while (in.n > 0) {
		size_t n = sequence_len(in);
		uint8_t c = in.p[0];
		if (c == '\r' || c == '\n') {
			n = c == '\r' && in.n > 1 && in.p[1] == '\n' ? 2 : 1;
			buf_byte(out, one_line ? ' ' : '\n');
		} else if (c == '\t') {
			buf_byte(out, one_line ? ' ' : '\t');
		} else if (n == 0 || c < ' ' || c == 0x7f) {
			n = 1;
			buf_str(out, "\xef\xbf\xbd");
		} else {
			buf_put(out, bytes_first(in, n));
		}
		in = bytes_from(in, n);
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
