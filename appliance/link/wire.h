/* SPDX-License-Identifier: GPL-3.0-or-later
 * Fixed-width little-endian fields, written and read by adjacent functions. */
#ifndef LINK_WIRE_H
#define LINK_WIRE_H

#include "base/bytes.h"

void wire_put_u8(struct buf *out, uint8_t v);
void wire_put_u16(struct buf *out, uint16_t v);
void wire_put_u32(struct buf *out, uint32_t v);
void wire_put_u64(struct buf *out, uint64_t v);
/* u32 length, then the bytes; longer than max fails the buffer. */
void wire_put_bytes(struct buf *out, struct bytes v, size_t max);

/* The first error sticks; what is read after it is zero or empty. */
struct wire_reader {
	struct bytes rest;
	enum err e;
};

struct wire_reader wire_reader_over(struct bytes in);
uint8_t wire_get_u8(struct wire_reader *w);
uint16_t wire_get_u16(struct wire_reader *w);
uint32_t wire_get_u32(struct wire_reader *w);
uint64_t wire_get_u64(struct wire_reader *w);
void wire_get_fixed(struct wire_reader *w, uint8_t *out, size_t n);
struct bytes wire_get_bytes(struct wire_reader *w, size_t max); /* a view into the input */
/* ERR_FORMAT when bytes are missing or left over, ERR_TOO_BIG when a maximum was passed. */
enum err wire_reader_end(const struct wire_reader *w) MUST_CHECK;

#endif
