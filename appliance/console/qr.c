/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/qr.h"

#include <qrcodegen.h>

enum { VERSION_MAX = 6, TEXT_MAX = 100 }; /* version 6 is 41 modules wide; with margins 25 rows are its most */

static bool put_text(struct buf *text, struct bytes address)
{
	buf_str(text, "HTTP://");
	for (size_t i = 0; i < address.n; i++) {
		uint8_t c = address.p[i];

		if (c >= 'a' && c <= 'z')
			c = (uint8_t)(c - ('a' - 'A'));
		else if (!(c >= '0' && c <= '9') && c != '.')
			return false;
		buf_byte(text, c);
	}
	buf_put(text, BYTES_LITERAL("/\0"));
	return !text->failed;
}

static bool is_light(const uint8_t *code, int x, int y)
{
	return !qrcodegen_getModule(code, x - QR_QUIET, y - QR_QUIET); /* outside counts as light */
}

size_t qr_draw(struct screen *out, size_t row, size_t column, struct bytes address)
{
	uint8_t code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	uint8_t work[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	char text[TEXT_MAX];
	struct buf t = buf_over(text, sizeof text);
	size_t rows;
	int size;

	if (!put_text(&t, address) ||
	    !qrcodegen_encodeText(text, work, code, qrcodegen_Ecc_MEDIUM, 1, VERSION_MAX, qrcodegen_Mask_AUTO, true))
		return 0;
	size = qrcodegen_getSize(code) + 2 * QR_QUIET;
	rows = ((size_t)size + 1) / 2;
	if (row + rows > SCREEN_ROWS || column + (size_t)size > SCREEN_COLUMNS)
		return 0;
	for (size_t r = 0; r < rows; r++) {
		struct buf line = buf_over(out->text[row + r], sizeof out->text[row + r]);

		buf_fill(&line, ' ', column);
		for (int x = 0; x < size; x++) {
			bool top = is_light(code, x, (int)(2 * r));
			bool bottom = 2 * (int)r + 1 < size && is_light(code, x, (int)(2 * r) + 1);
			buf_str(&line, top && bottom ? "█" : top ? "▀" : bottom ? "▄" : " ");
		}
		out->len[row + r] = line.len;
	}
	return rows;
}
