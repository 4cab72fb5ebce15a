/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/wire.h"

#include <string.h>

static void put_little_endian(struct buf *out, uint64_t v, size_t n)
{
	uint8_t b[8] = {0};

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	buf_put(out, bytes_of(b, n));
}

void wire_put_u8(struct buf *out, uint8_t v)
{
	put_little_endian(out, v, 1);
}

void wire_put_u16(struct buf *out, uint16_t v)
{
	put_little_endian(out, v, 2);
}

void wire_put_u32(struct buf *out, uint32_t v)
{
	put_little_endian(out, v, 4);
}

void wire_put_u64(struct buf *out, uint64_t v)
{
	put_little_endian(out, v, 8);
}

void wire_put_bytes(struct buf *out, struct bytes v, size_t max)
{
	if (v.n > max || v.n > UINT32_MAX) {
		out->failed = true;
		return;
	}
	wire_put_u32(out, (uint32_t)v.n);
	buf_put(out, v);
}

struct wire_reader wire_reader_over(struct bytes in)
{
	return (struct wire_reader){.rest = in, .e = ERR_OK};
}

static struct bytes take(struct wire_reader *w, size_t n)
{
	struct bytes taken = bytes_first(w->rest, n);

	if (w->e == ERR_OK && taken.n < n)
		w->e = ERR_FORMAT;
	if (w->e != ERR_OK)
		return (struct bytes){NULL, 0};
	w->rest = bytes_from(w->rest, n);
	return taken;
}

static uint64_t get_little_endian(struct wire_reader *w, size_t n)
{
	struct bytes b = take(w, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v |= (uint64_t)b.p[i] << (8 * i);
	return v;
}

uint8_t wire_get_u8(struct wire_reader *w)
{
	return (uint8_t)get_little_endian(w, 1);
}

uint16_t wire_get_u16(struct wire_reader *w)
{
	return (uint16_t)get_little_endian(w, 2);
}

uint32_t wire_get_u32(struct wire_reader *w)
{
	return (uint32_t)get_little_endian(w, 4);
}

uint64_t wire_get_u64(struct wire_reader *w)
{
	return get_little_endian(w, 8);
}

void wire_get_fixed(struct wire_reader *w, uint8_t *out, size_t n)
{
	struct bytes b = take(w, n);

	if (b.n > 0 && b.n == n)
		memcpy(out, b.p, n);
	else
		memset(out, 0, n);
}

struct bytes wire_get_bytes(struct wire_reader *w, size_t max)
{
	uint32_t n = wire_get_u32(w);

	if (w->e == ERR_OK && n > max)
		w->e = ERR_TOO_BIG;
	return take(w, n);
}

enum err wire_reader_end(const struct wire_reader *w)
{
	if (w->e != ERR_OK)
		return w->e;
	return w->rest.n == 0 ? ERR_OK : ERR_FORMAT;
}
