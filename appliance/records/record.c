/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/record.h"

#include <string.h>

#include "crypto/crypto.h"
#include "base/list.h"
#include "base/secret.h"
#include "crypto/siphash.h"
#include "link/wire.h"

struct bytes name_view(const struct name *n)
{
	return bytes_of(n->p, n->n);
}

struct name name_prefix(uint8_t type, struct bytes rest)
{
	struct name n = {.n = 0};
	struct buf b = buf_over(n.p, sizeof n.p);

	buf_byte(&b, type);
	buf_put(&b, rest);
	BUG_IF(b.failed);
	n.n = (uint8_t)b.len;
	return n;
}

struct name name_record(const struct slot *s, enum record_kind kind, struct bytes detail)
{
	uint8_t text[1 + LIMIT_REPLY_NAME];
	struct buf b = buf_over(text, sizeof text);
	struct name n = name_prefix('c', BYTES_ARRAY(s->prefix));
	struct buf name = buf_over(n.p, sizeof n.p);

	buf_byte(&b, (uint8_t)kind);
	buf_put(&b, detail);
	BUG_IF(b.failed);
	name.len = n.n;
	wire_put_u64(&name, siphash(s->name_key, buf_view(&b)));
	n.n = (uint8_t)name.len;
	return n;
}

struct name name_numbered(const struct slot *s, enum record_kind kind, uint16_t number)
{
	uint8_t detail[2];
	struct buf b = buf_over(detail, sizeof detail);

	wire_put_u16(&b, number);
	return name_record(s, kind, buf_view(&b));
}

struct name name_session(const struct vault *v, const uint8_t name[static 32])
{
	uint8_t mac[32];

	hmac_sha256(BYTES_ARRAY(v->fixed->header.name_key), bytes_of(name, 32), mac);
	return name_prefix('s', bytes_of(mac, 16));
}

static struct name name_chunk(const uint8_t id[static FILE_ID_LEN], uint32_t number)
{
	struct name n = name_prefix('f', bytes_of(id, FILE_ID_LEN));

	/* Big-endian, so that the chunks of a file are neighbours in order. */
	for (int shift = 24; shift >= 0; shift -= 8)
		n.p[n.n++] = (uint8_t)(number >> shift);
	return n;
}

struct name name_draft(const uint8_t id[static FILE_ID_LEN])
{
	return name_prefix('d', bytes_of(id, FILE_ID_LEN));
}

static struct name trash(uint8_t type, const uint8_t id[static 8])
{
	struct name n = {.p = {'t', type}, .n = 10};

	memcpy(n.p + 2, id, 8);
	return n;
}

struct name name_file_trash(const uint8_t id[static FILE_ID_LEN])
{
	return trash('f', id);
}

struct name name_conversation_trash(const uint8_t prefix[static PREFIX_LEN])
{
	return trash('c', prefix);
}

/* All but the last lie in a leaf page. */
size_t record_bucket(size_t n)
{
	static const size_t sizes[] = {128, 256, 640, 1024, DB_LEAF_MAX, DB_VALUE_MAX};
	size_t i = 0;

	while (sizes[i] < n)
		BUG_IF(++i == sizeof sizes / sizeof sizes[0]);
	return sizes[i];
}

size_t chunk_bucket(size_t n)
{
	static const size_t pages[] = {1, 2, 3, 4, 6, 8, 12, 16};
	size_t i = 0;

	while (pages[i] * EXTENT_PAGE < n)
		BUG_IF(++i == sizeof pages / sizeof pages[0]);
	return pages[i] * EXTENT_PAGE;
}

enum err record_put(struct db *db, struct vault *v, const struct name *name, const uint8_t key[static 32],
		    struct bytes plain)
{
	size_t total = record_bucket(plain.n + RECORD_OVERHEAD);
	uint8_t *text = v->fixed->work + VAULT_WORK_LEN / 2; /* the other half than record_get's */
	uint8_t nonce[12];
	uint8_t *space;
	enum err e;

	BUG_IF(plain.n > RECORD_PLAIN_MAX);
	text[0] = (uint8_t)plain.n;
	text[1] = (uint8_t)(plain.n >> 8);
	memmove(text + 2, plain.p, plain.n);
	memset(text + 2 + plain.n, 0, total - RECORD_OVERHEAD - plain.n);
	TRY(db_put(db, name_view(name), total, &space));
	vault_nonce(v, nonce);
	memcpy(space, nonce, 8);
	aead_seal(key, nonce, name_view(name), bytes_of(text, total - 8 - AEAD_TAG_LEN), space + 8);
out:
	return e;
}

enum err record_get(struct db *db, struct vault *v, const struct name *name, const uint8_t key[static 32],
		    struct bytes *plain)
{
	uint8_t *text = v->fixed->work;
	uint8_t nonce[12] = {0};
	struct bytes value;
	size_t n;
	enum err e;

	TRY(db_get(db, name_view(name), &value));
	if (value.n < RECORD_OVERHEAD || value.n > VAULT_WORK_LEN / 2)
		TRY(ERR_FORMAT);
	memcpy(nonce, value.p, 8);
	TRY(aead_open(key, nonce, name_view(name), bytes_from(value, 8), text));
	n = (size_t)(text[0] | text[1] << 8);
	if (n > value.n - RECORD_OVERHEAD)
		TRY(ERR_FORMAT);
	*plain = bytes_of(text + 2, n);
out:
	return e;
}

static void chunk_nonce(const struct file_ref *f, uint32_t number, uint8_t out[static 12])
{
	struct buf b = buf_over(out, 12);

	wire_put_u32(&b, f->ordinal);
	wire_put_u64(&b, number);
}

/* Here a chunk is sealed on its way to its extent. What lies here is what will lie there. */
static uint8_t sealed[16 * EXTENT_PAGE];

enum { PLACE_LEN = 12 };

static enum err put_place(struct db *db, const struct name *name, const struct extent *at)
{
	struct buf place;
	uint8_t *space;
	enum err e;

	TRY(db_put(db, name_view(name), PLACE_LEN, &space));
	place = buf_over(space, PLACE_LEN);
	wire_put_u64(&place, at->offset);
	wire_put_u32(&place, (uint32_t)at->len);
out:
	return e;
}

/* False: it is damaged. */
static bool is_place(struct bytes value, struct extent *at)
{
	struct wire_reader w = wire_reader_over(value);

	if (value.n != PLACE_LEN)
		return false;
	at->offset = wire_get_u64(&w);
	at->len = wire_get_u32(&w);
	return true;
}

enum err chunk_put(struct db *db, const struct file_ref *f, const uint8_t key[static 32], uint32_t number,
		   struct bytes first, struct bytes second)
{
	struct name name = name_chunk(f->id, number);
	size_t total = chunk_bucket(first.n + second.n + AEAD_TAG_LEN);
	struct buf text = buf_over(sealed, total - AEAD_TAG_LEN);
	struct extent at;
	uint8_t nonce[12];
	enum err e;

	BUG_IF(first.n + second.n > CHUNK_PLAIN);
	buf_put(&text, first);
	buf_put(&text, second);
	buf_fill(&text, 0, text.cap - text.len);
	chunk_nonce(f, number, nonce);
	aead_seal(key, nonce, name_view(&name), buf_view(&text), sealed);
	TRY(extents_put(&db->extents, bytes_of(sealed, total), &at));
	TRY(put_place(db, &name, &at));
out:
	return e;
}

enum err chunk_put_only(struct db *db, struct file_ref *f, const uint8_t key[static 32],
			uint8_t text[static CHUNK_PLAIN])
{
	struct name name = name_chunk(f->id, 0);
	size_t n = (size_t)f->size;
	size_t total = chunk_bucket(n + AEAD_TAG_LEN);
	uint8_t nonce[12];

	BUG_IF(f->size > CHUNK_PLAIN);
	memset(text + n, 0, total - AEAD_TAG_LEN - n);
	chunk_nonce(f, 0, nonce);
	aead_seal(key, nonce, name_view(&name), bytes_of(text, total - AEAD_TAG_LEN), sealed);
	return extents_put(&db->extents, bytes_of(sealed, total), &f->place);
}

enum err chunk_get(struct db *db, const struct file_ref *f, const uint8_t key[static 32], uint64_t offset,
		   uint8_t out[static LIMIT_CHUNK], size_t *n)
{
	uint64_t number = offset / CHUNK_PLAIN;
	size_t skip = (size_t)(offset % CHUNK_PLAIN);
	uint64_t left = f->size - number * CHUNK_PLAIN;
	size_t in_chunk = left < CHUNK_PLAIN ? (size_t)left : CHUNK_PLAIN;
	struct name name;
	struct bytes value;
	struct extent at;
	uint8_t nonce[12];
	enum err e;

	BUG_IF(offset >= f->size || number > UINT32_MAX);
	name = name_chunk(f->id, (uint32_t)number);
	at = f->place;
	if (at.len == 0) {
		TRY(db_get(db, name_view(&name), &value));
		if (!is_place(value, &at))
			TRY(ERR_FORMAT);
	}
	if (at.len < in_chunk + AEAD_TAG_LEN || at.len > LIMIT_CHUNK)
		TRY(ERR_FORMAT);
	TRY(extents_get(&db->extents, &at, out));
	chunk_nonce(f, (uint32_t)number, nonce);
	TRY(aead_open(key, nonce, name_view(&name), bytes_of(out, (size_t)at.len), out));
	if (skip > 0)
		memmove(out, out + skip, in_chunk - skip);
	*n = in_chunk - skip;
out:
	return e;
}

uint64_t chunk_cost(uint64_t n)
{
	size_t tail = (size_t)(n % CHUNK_PLAIN);

	return n / CHUNK_PLAIN * 16 * EXTENT_PAGE + (tail == 0 ? 0 : chunk_bucket(tail + AEAD_TAG_LEN));
}

void chunk_gone(struct db *db, struct bytes value)
{
	struct extent at;

	if (is_place(value, &at))
		extents_free(&db->extents, &at);
}

/* ---- after a start */

enum err places_add(struct places *p, const struct extent *at)
{
	struct extent *grown = list_grow(p->list, p->count, &p->room, sizeof *grown);

	if (grown == NULL)
		return ERR_NO_MEMORY;
	p->list = grown;
	p->list[p->count++] = *at;
	return ERR_OK;
}

void places_free(struct places *p)
{
	free(p->list);
	*p = (struct places){0};
}

struct adding {
	struct places *to;
	enum err e;
};

static bool add_place(void *context, struct bytes value)
{
	struct adding *adding = context;
	struct extent at;

	if (is_place(value, &at))
		adding->e = places_add(adding->to, &at);
	return adding->e == ERR_OK;
}

enum err chunks_recover(struct db *db, struct places *named)
{
	struct adding adding = {.to = named, .e = ERR_OK};
	enum err e;

	TRY(db_walk(db, BYTES_LITERAL("f"), add_place, &adding));
	TRY(adding.e);
	extents_recover(&db->extents, named->list, named->count);
out:
	return e;
}
