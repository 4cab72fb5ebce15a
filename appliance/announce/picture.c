/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "announce/picture.h"

#include <qrcodegen.h>
#include <string.h>
#include <zlib.h>

#include "onion/url.h"

enum { VERSION_MAX = 6, TEXT_MAX = 100, PNG_SCALE = 16 };
enum { PNG_SIDE_MAX = (PICTURE_SIDE_MAX + 2 * PICTURE_MARGIN) * PNG_SCALE, PNG_ROW_MAX = 1 + (PNG_SIDE_MAX + 7) / 8 };

enum err picture_of_address(struct bytes address, struct picture *out)
{
	uint8_t code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	uint8_t work[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	char storage[TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);

	if (!onion_capital_url(&text, address))
		return text.failed ? ERR_TOO_BIG : ERR_FORMAT;
	buf_byte(&text, 0);
	if (text.failed || !qrcodegen_encodeText(storage, work, code, qrcodegen_Ecc_QUARTILE, 1, VERSION_MAX,
						 qrcodegen_Mask_AUTO, true))
		return ERR_TOO_BIG;
	out->side = (unsigned)qrcodegen_getSize(code);
	for (unsigned y = 0; y < out->side; y++)
		for (unsigned x = 0; x < out->side; x++)
			out->dark[y][x] = qrcodegen_getModule(code, (int)x, (int)y);
	return ERR_OK;
}

unsigned picture_full_side(const struct picture *p)
{
	return p->side + 2 * PICTURE_MARGIN;
}

void picture_path(struct buf *out, const struct picture *p)
{
	for (unsigned y = 0; y < p->side; y++)
		for (unsigned x = 0, run; x < p->side; x += run) {
			for (run = 1; x + run < p->side && p->dark[y][x + run] == p->dark[y][x]; run++)
				;
			if (!p->dark[y][x])
				continue;
			buf_byte(out, 'M');
			buf_decimal(out, x + PICTURE_MARGIN);
			buf_byte(out, ' ');
			buf_decimal(out, y + PICTURE_MARGIN);
			buf_byte(out, 'h');
			buf_decimal(out, run);
			buf_str(out, "v1h-");
			buf_decimal(out, run);
			buf_byte(out, 'z');
		}
}

void picture_svg(struct buf *out, const struct picture *p)
{
	buf_str(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"720\" viewBox=\"0 0 ");
	buf_decimal(out, picture_full_side(p));
	buf_byte(out, ' ');
	buf_decimal(out, picture_full_side(p));
	buf_str(out, "\" shape-rendering=\"crispEdges\">\n<path fill=\"#fff\" d=\"M0 0h99v99h-99z\"/>\n<path d=\"");
	picture_path(out, p);
	buf_str(out, "\"/>\n</svg>\n");
}

static void put_u32(struct buf *out, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_byte(out, (uint8_t)(n >> shift));
}

/* PNG, clause 5.3: the checksum is of the type and the data. */
static void put_chunk(struct buf *out, const char type[static 4], struct bytes data)
{
	uLong sum = crc32(crc32(0, NULL, 0), (const Bytef *)type, 4);

	put_u32(out, (uint32_t)data.n);
	buf_put(out, bytes_of(type, 4));
	buf_put(out, data);
	put_u32(out, (uint32_t)(data.n > 0 ? crc32(sum, data.p, (uInt)data.n) : sum));
}

/* One row of pixels: its filter (none), then eight pixels a byte, the first in the highest bit; 1 is white. */
static void png_row(uint8_t *row, size_t row_len, const struct picture *p, unsigned module_y)
{
	memset(row, 0xff, row_len);
	row[0] = 0;
	for (unsigned x = 0; module_y >= PICTURE_MARGIN && module_y < p->side + PICTURE_MARGIN && x < p->side; x++)
		if (p->dark[module_y - PICTURE_MARGIN][x])
			memset(row + 1 + (x + PICTURE_MARGIN) * (PNG_SCALE / 8), 0, PNG_SCALE / 8);
}

enum err picture_png(struct buf *out, const struct picture *p)
{
	static uint8_t pixels[PNG_SIDE_MAX * PNG_ROW_MAX];
	static uint8_t packed[PICTURE_PNG_MAX];
	uLongf packed_len = sizeof packed;
	unsigned side = picture_full_side(p) * PNG_SCALE;
	size_t row_len = 1 + side / 8;
	uint8_t head[13];
	struct buf h = buf_over(head, sizeof head);

	for (unsigned y = 0; y < side; y++)
		png_row(pixels + y * row_len, row_len, p, y / PNG_SCALE);
	if (compress2(packed, &packed_len, pixels, side * row_len, Z_BEST_COMPRESSION) != Z_OK)
		return ERR_NO_MEMORY;
	put_u32(&h, side);
	put_u32(&h, side);
	buf_put(&h, BYTES_LITERAL("\1\0\0\0\0")); /* one bit, grey; deflate, rows by themselves, not interlaced */
	buf_str(out, "\x89PNG\r\n\x1a\n");
	put_chunk(out, "IHDR", buf_view(&h));
	put_chunk(out, "IDAT", bytes_of(packed, packed_len));
	put_chunk(out, "IEND", bytes_of(NULL, 0));
	return ERR_OK;
}
