/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/qr.h"

#include <qrcodegen.h>

#include "base/secret.h"
#include "onion/url.h"

enum { VERSION_MAX = 6, TEXT_MAX = 160 }; /* version 6 is 41 modules wide; with margins 25 rows are its most */

static bool is_light(const uint8_t *code, int x, int y)
{
	return !qrcodegen_getModule(code, x - QR_QUIET, y - QR_QUIET); /* outside counts as light */
}

static void draw_row(struct buf *line, const uint8_t *code, int size, int y)
{
	for (int x = 0; x < size; x++) {
		bool top = is_light(code, x, y);
		bool bottom = y + 1 < size && is_light(code, x, y + 1);
		buf_str(line, top && bottom ? "█" : top ? "▀" : bottom ? "▄" : " ");
	}
}

size_t qr_draw(struct screen *out, size_t row, size_t column, struct bytes text, size_t *columns)
{
	uint8_t code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	uint8_t work[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	char copy[TEXT_MAX];
	struct buf t = buf_over(copy, sizeof copy);
	size_t rows = 0;
	int size;

	buf_put(&t, text);
	buf_byte(&t, 0);
	if (t.failed ||
	    !qrcodegen_encodeText(copy, work, code, qrcodegen_Ecc_MEDIUM, 1, VERSION_MAX, qrcodegen_Mask_AUTO, true))
		goto out;
	size = qrcodegen_getSize(code) + 2 * QR_QUIET;
	if (row + ((size_t)size + 1) / 2 > SHEET_KEYS_ROW - 1 || column + (size_t)size > SCREEN_COLUMNS)
		goto out;
	rows = ((size_t)size + 1) / 2;
	*columns = (size_t)size;
	for (size_t r = 0; r < rows; r++) {
		struct buf line = sheet_row(out, row + r);

		buf_fill(&line, ' ', column);
		draw_row(&line, code, size, 2 * (int)r);
		sheet_row_end(out, row + r, &line);
	}
out:
	SECRET_WIPE(code);
	SECRET_WIPE(work);
	SECRET_WIPE(copy);
	return rows;
}

size_t qr_draw_address(struct screen *out, size_t row, size_t column, struct bytes address)
{
	uint8_t storage[TEXT_MAX];
	struct buf url = buf_over(storage, sizeof storage);
	size_t columns;

	return onion_capital_url(&url, address) ? qr_draw(out, row, column, buf_view(&url), &columns) : 0;
}
