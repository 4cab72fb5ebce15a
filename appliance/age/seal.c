/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "age/age.h"
#include "age/header.h"
#include "age/kinds.h"
#include "age/scrypt.h"
#include "age/stream.h"
#include "age/tagged.h"
#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"

#define VERSION_LEN (sizeof AGE_VERSION_LINE - 1)
#define END_LEN     48 /* "--- ", 43 digits, LF */

_Static_assert(VERSION_LEN + AGE_RECIPIENTS_MAX * AGE_MLKEM768P256TAG_STANZA_LEN + END_LEN + AGE_NONCE_LEN <=
		   AGE_HEADER_MAX,
	       "the largest header that is written can be read, and fits the chunk");

static enum err keep(void *context, struct bytes data)
{
	struct buf *out = context;

	buf_put(out, data);
	return out->failed ? ERR_TOO_BIG : ERR_OK;
}

struct age_sink age_into(struct buf *out)
{
	return (struct age_sink){keep, out};
}

static enum err fail(struct age_sealer *s, enum err e)
{
	age_seal_drop(s);
	s->failed = e;
	return e;
}

static enum err writable(const struct age_sealer *s)
{
	if (s->failed != ERR_OK)
		return s->failed;
	return s->active ? ERR_OK : ERR_STATE;
}

/* Who can open the file: recipients, or if there are none, those who know a passphrase. */
struct readers {
	const struct age_recipient *to;
	size_t count;
	struct bytes passphrase;
};

static enum err wrap(struct buf *out, const struct readers *r, const uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	enum err e = ERR_OK;

	if (r->count == 0)
		return age_scrypt_wrap(out, r->passphrase, file_key);
	for (size_t i = 0; i < r->count; i++)
		TRY(age_kind_wrap(out, &r->to[i], file_key));
out:
	return e;
}

/* Header and payload nonce into s->chunk, the payload's key into s->key. */
static enum err make_header(struct age_sealer *s, const struct readers *r, struct bytes *header)
{
	struct buf out = buf_over(s->chunk, sizeof s->chunk);
	uint8_t file_key[AGE_FILE_KEY_LEN];
	uint8_t nonce[AGE_NONCE_LEN];
	enum err e = ERR_OK;

	random_fill(file_key, sizeof file_key);
	random_fill(nonce, sizeof nonce);
	buf_str(&out, AGE_VERSION_LINE);
	TRY(wrap(&out, r, file_key));
	age_header_end(&out, file_key);
	buf_put(&out, BYTES_ARRAY(nonce));
	BUG_IF(out.failed);
	age_payload_key(file_key, nonce, s->key);
	*header = buf_view(&out);
out:
	SECRET_WIPE(file_key);
	return e;
}

static enum err begin(struct age_sealer *s, const struct readers *r, struct age_sink sink)
{
	struct bytes header;
	enum err e;

	s->sink = sink;
	s->failed = ERR_OK;
	s->active = true;
	s->counter = 0;
	s->fill = 0;
	TRY(make_header(s, r, &header));
	TRY(s->sink.write(s->sink.context, header));
out:
	return e == ERR_OK ? e : fail(s, e);
}

enum err age_seal_begin(struct age_sealer *s, const struct age_recipient *to, size_t count, struct age_sink sink)
{
	const struct readers r = {.to = to, .count = count};

	if (count == 0)
		return fail(s, ERR_STATE);
	if (count > AGE_RECIPIENTS_MAX)
		return fail(s, ERR_TOO_BIG);
	for (size_t i = 0; i < count; i++)
		if (age_kind_is_hybrid(to[i].kind) != age_kind_is_hybrid(to[0].kind))
			return fail(s, ERR_UNSUPPORTED);
	return begin(s, &r, sink);
}

enum err age_seal_begin_passphrase(struct age_sealer *s, struct bytes passphrase, struct age_sink sink)
{
	const struct readers r = {.passphrase = passphrase};

	return begin(s, &r, sink);
}

/* plain is AGE_CHUNK bytes, or fewer when it is the last; it may lie in s->chunk. */
static enum err write_chunk(struct age_sealer *s, struct bytes plain, bool last)
{
	uint8_t nonce[12];

	age_chunk_nonce(s->counter, last, nonce);
	s->counter++;
	aead_seal(s->key, nonce, BYTES_LITERAL(""), plain, s->chunk);
	return s->sink.write(s->sink.context, bytes_of(s->chunk, plain.n + AEAD_TAG_LEN));
}

/* Writes the held chunk if it is full: more follows. */
static enum err flush(struct age_sealer *s)
{
	if (s->fill < AGE_CHUNK)
		return ERR_OK;
	s->fill = 0;
	return write_chunk(s, bytes_of(s->chunk, AGE_CHUNK), false);
}

enum err age_seal_data(struct age_sealer *s, struct bytes plain)
{
	enum err e;

	TRY(writable(s));
	while (plain.n > 0) {
		TRY(flush(s));
		if (s->fill == 0 && plain.n > AGE_CHUNK) {
			/* Straight from the caller's memory: no copy of a plaintext that needs no waiting. */
			TRY(write_chunk(s, bytes_first(plain, AGE_CHUNK), false));
			plain = bytes_from(plain, AGE_CHUNK);
			continue;
		}
		struct bytes part = bytes_first(plain, AGE_CHUNK - s->fill);
		memcpy(s->chunk + s->fill, part.p, part.n);
		s->fill += part.n;
		plain = bytes_from(plain, part.n);
	}
out:
	return e == ERR_OK ? e : fail(s, e);
}

enum err age_seal_zeros(struct age_sealer *s, uint64_t n)
{
	enum err e;

	TRY(writable(s));
	while (n > 0) {
		TRY(flush(s));
		size_t part = AGE_CHUNK - s->fill;
		if (part > n)
			part = (size_t)n;
		memset(s->chunk + s->fill, 0, part);
		s->fill += part;
		n -= part;
	}
out:
	return e == ERR_OK ? e : fail(s, e);
}

enum err age_seal_end(struct age_sealer *s)
{
	enum err e;

	TRY(writable(s));
	TRY(write_chunk(s, bytes_of(s->chunk, s->fill), true));
out:
	age_seal_drop(s);
	s->failed = e;
	return e;
}

void age_seal_drop(struct age_sealer *s)
{
	SECRET_WIPE(*s);
}

uint64_t age_sealed_size(uint64_t plain_len, const struct age_recipient *to, size_t count)
{
	uint64_t chunks = plain_len == 0 ? 1 : plain_len / AGE_CHUNK + (plain_len % AGE_CHUNK != 0);
	uint64_t size = VERSION_LEN + END_LEN + AGE_NONCE_LEN;

	for (size_t i = 0; i < count; i++)
		size += age_kind_stanza_len(to[i].kind);
	if (__builtin_add_overflow(size, chunks * AEAD_TAG_LEN, &size) ||
	    __builtin_add_overflow(size, plain_len, &size))
		return UINT64_MAX;
	return size;
}
