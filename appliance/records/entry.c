/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/entry.h"

#include "link/wire.h"

/* Bits are kept as far as numbers were given. */
static size_t bits_len(uint16_t last)
{
	return ((size_t)last + 7) / 8;
}

void head_put(struct buf *out, const struct head *h)
{
	buf_put(out, BYTES_ARRAY(h->proof_hash));
	wire_put_u32(out, h->desks);
	wire_put_u32(out, h->muted);
	wire_put_u16(out, h->waiting);
	wire_put_u64(out, h->bytes);
	wire_put_u16(out, h->last_message);
	wire_put_u16(out, h->last_reply);
	wire_put_u16(out, h->answered);
	wire_put_u16(out, h->word);
	wire_put_u64(out, h->change);
	wire_put_u32(out, h->restored);
	wire_put_u32(out, h->restored_day);
	wire_put_u8(out, h->history);
	buf_put(out, bytes_of(h->messages, bits_len(h->last_message)));
	buf_put(out, bytes_of(h->replies, bits_len(h->last_reply)));
}

enum err head_get(struct bytes in, struct head *h)
{
	struct wire_reader w = wire_reader_over(in);

	memset(h, 0, sizeof *h);
	wire_get_fixed(&w, h->proof_hash, sizeof h->proof_hash);
	h->desks = wire_get_u32(&w);
	h->muted = wire_get_u32(&w);
	h->waiting = wire_get_u16(&w);
	h->bytes = wire_get_u64(&w);
	h->last_message = wire_get_u16(&w);
	h->last_reply = wire_get_u16(&w);
	h->answered = wire_get_u16(&w);
	h->word = wire_get_u16(&w);
	h->change = wire_get_u64(&w);
	h->restored = wire_get_u32(&w);
	h->restored_day = wire_get_u32(&w);
	h->history = wire_get_u8(&w);
	if (h->last_message > LIMIT_MESSAGES || h->last_reply > LIMIT_MESSAGES)
		return ERR_FORMAT;
	wire_get_fixed(&w, h->messages, bits_len(h->last_message));
	wire_get_fixed(&w, h->replies, bits_len(h->last_reply));
	return wire_reader_end(&w) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

/* A bit of a file's kind: its place follows. */
#define PLACED 0x80u

void entry_put(struct buf *out, const struct entry *x)
{
	wire_put_u64(out, x->cursor);
	wire_put_u32(out, x->day);
	wire_put_u32(out, x->desks);
	wire_put_u32(out, x->pending);
	wire_put_u8(out, x->dropped);
	buf_put(out, BYTES_ARRAY(x->key));
	wire_put_u8(out, x->name_len);
	buf_put(out, bytes_of(x->name, x->name_len));
	wire_put_u8(out, x->file_count);
	for (size_t i = 0; i < x->file_count; i++) {
		const struct entry_file *f = &x->files[i];
		bool placed = f->ref.place.len != 0;
		wire_put_u8(out, (uint8_t)(placed ? f->kind | PLACED : f->kind));
		wire_put_u16(out, f->item);
		buf_put(out, BYTES_ARRAY(f->ref.id));
		wire_put_u32(out, f->ref.ordinal);
		wire_put_u64(out, f->ref.size);
		if (!placed)
			continue;
		wire_put_u64(out, f->ref.place.offset);
		wire_put_u32(out, (uint32_t)f->ref.place.len);
	}
}

enum err entry_get(struct bytes in, struct entry *x)
{
	struct wire_reader w = wire_reader_over(in);
	uint8_t dropped;

	memset(x, 0, sizeof *x);
	x->cursor = wire_get_u64(&w);
	x->day = wire_get_u32(&w);
	x->desks = wire_get_u32(&w);
	x->pending = wire_get_u32(&w);
	dropped = wire_get_u8(&w);
	if (dropped > 1)
		return ERR_FORMAT;
	x->dropped = dropped == 1;
	wire_get_fixed(&w, x->key, sizeof x->key);
	x->name_len = wire_get_u8(&w);
	if (x->name_len > sizeof x->name)
		return ERR_FORMAT;
	wire_get_fixed(&w, x->name, x->name_len);
	x->file_count = wire_get_u8(&w);
	if (x->file_count > ENTRY_FILES)
		return ERR_FORMAT;
	for (size_t i = 0; i < x->file_count; i++) {
		struct entry_file *f = &x->files[i];
		f->kind = wire_get_u8(&w);
		f->item = wire_get_u16(&w);
		wire_get_fixed(&w, f->ref.id, sizeof f->ref.id);
		f->ref.ordinal = wire_get_u32(&w);
		f->ref.size = wire_get_u64(&w);
		if ((f->kind & PLACED) == 0)
			continue;
		f->kind = (uint8_t)(f->kind & ~PLACED);
		f->ref.place.offset = wire_get_u64(&w);
		f->ref.place.len = wire_get_u32(&w);
		if (f->ref.place.len == 0 || f->ref.size > CHUNK_PLAIN)
			return ERR_FORMAT;
	}
	return wire_reader_end(&w) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

void history_put(struct buf *out, const struct history *h)
{
	wire_put_u16(out, h->last);
	wire_put_u8(out, h->count);
	for (size_t i = 0; i < h->count; i++) {
		wire_put_u32(out, h->messages[i].day);
		wire_put_u8(out, h->messages[i].receipt);
	}
}

enum err history_get(struct bytes in, struct history *h)
{
	struct wire_reader w = wire_reader_over(in);

	memset(h, 0, sizeof *h);
	h->last = wire_get_u16(&w);
	h->count = wire_get_u8(&w);
	if (h->count > LIMIT_HISTORY)
		return ERR_FORMAT;
	for (size_t i = 0; i < h->count; i++) {
		h->messages[i].day = wire_get_u32(&w);
		h->messages[i].receipt = wire_get_u8(&w);
		if (h->messages[i].receipt >= RECEIPT_COUNT)
			return ERR_FORMAT;
	}
	return wire_reader_end(&w) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

enum err entry_number(struct entry *x, uint16_t last, uint16_t *new_last)
{
	uint32_t items = 1u + (x->file_count - 1u) / 2u;

	if (last + items > LIMIT_MESSAGES)
		return ERR_FULL;
	for (uint8_t i = 0; i < x->file_count; i++)
		x->files[i].item = (uint16_t)(last + 1 + (i + 1) / 2);
	*new_last = (uint16_t)(last + items);
	return ERR_OK;
}

bool entry_collected(const struct entry *x)
{
	return x->file_count == 0 && x->pending != x->desks;
}

uint64_t entry_cost(const struct entry *x)
{
	uint64_t cost = 0;

	for (size_t i = 0; i < x->file_count; i++)
		cost += chunk_cost(x->files[i].ref.size);
	return cost;
}

bool bit_test(const uint8_t *bits, uint16_t number)
{
	return number >= 1 && number <= LIMIT_MESSAGES && (bits[(number - 1) / 8] >> (number - 1) % 8 & 1) != 0;
}

void bit_set(uint8_t *bits, uint16_t number)
{
	bits[(number - 1) / 8] = (uint8_t)(bits[(number - 1) / 8] | 1 << (number - 1) % 8);
}

void bit_clear(uint8_t *bits, uint16_t number)
{
	bits[(number - 1) / 8] = (uint8_t)(bits[(number - 1) / 8] & ~(1 << (number - 1) % 8));
}

uint16_t bit_next(const uint8_t *bits, uint16_t after)
{
	for (uint32_t n = (uint32_t)after + 1; n <= LIMIT_MESSAGES; n++) {
		if ((n - 1) % 8 == 0 && bits[(n - 1) / 8] == 0)
			n += 7;
		else if (bit_test(bits, (uint16_t)n))
			return (uint16_t)n;
	}
	return 0;
}

uint16_t bit_before(const uint8_t *bits, uint16_t number)
{
	uint16_t n = number < LIMIT_MESSAGES ? number : LIMIT_MESSAGES;

	while (n > 0 && !bit_test(bits, n))
		n--;
	return n;
}

uint32_t bit_count(const uint8_t *bits)
{
	uint32_t n = 0;

	for (size_t i = 0; i < LIMIT_MESSAGES / 8; i++)
		n += (uint32_t)__builtin_popcount(bits[i]);
	return n;
}

const struct entry_file *entry_find(const struct entry *x, uint16_t item, uint8_t kind)
{
	for (size_t i = 0; i < x->file_count; i++)
		if (x->files[i].item == item && x->files[i].kind == kind)
			return &x->files[i];
	return NULL;
}
