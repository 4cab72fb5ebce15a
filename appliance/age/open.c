/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "age/age.h"
#include "age/header.h"
#include "age/kinds.h"
#include "age/scrypt.h"
#include "age/stream.h"
#include "crypto/crypto.h"
#include "base/secret.h"

static void wipe(struct age_opener *o, enum err failed)
{
	enum age_stage stage = o->stage;
	bool by_passphrase = o->by_passphrase;

	SECRET_WIPE(*o);
	o->stage = stage;
	o->by_passphrase = by_passphrase;
	o->failed = failed;
}

static enum err readable(const struct age_opener *o)
{
	if (o->failed != ERR_OK)
		return o->failed;
	return o->active ? ERR_OK : ERR_STATE;
}

static void begin(struct age_opener *o, struct age_sink sink)
{
	o->stage = AGE_STAGE_HEADER;
	o->by_passphrase = false;
	wipe(o, ERR_OK);
	o->sink = sink;
	o->active = true;
}

enum err age_open_begin(struct age_opener *o, const struct age_identity *with, size_t count, struct age_sink sink)
{
	begin(o, sink);
	if (count == 0 || count > AGE_IDENTITIES_MAX) {
		wipe(o, count == 0 ? ERR_STATE : ERR_TOO_BIG);
		return o->failed;
	}
	o->identity_count = count;
	memcpy(o->identities, with, count * sizeof *with);
	return ERR_OK;
}

enum err age_open_begin_passphrase(struct age_opener *o, struct age_asker asker, struct age_sink sink)
{
	begin(o, sink);
	o->asker = asker;
	return ERR_OK;
}

/* ---- the header */

/* The form of every stanza of a known type, before a key is tried on any. */
static enum err check_stanzas(const struct age_header *h)
{
	static enum err (*const checks[])(const struct age_stanza *) = {age_kinds_check, age_scrypt_check};
	struct bytes rest = h->stanzas;
	struct age_stanza s;

	while (age_header_next(&rest, &s))
		for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
			enum err e = checks[i](&s);
			if (e != ERR_OK && e != ERR_NOT_FOUND)
				return e;
		}
	return ERR_OK;
}

static enum err try_identity(const struct age_header *h, const struct age_identity *with,
			     uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	struct bytes rest = h->stanzas;
	struct age_recipient self;
	struct age_stanza s;

	age_identity_recipient(with, &self);
	while (age_header_next(&rest, &s)) {
		enum err e = age_kind_unwrap(&s, with, &self, file_key);
		if (e != ERR_NOT_FOUND && e != ERR_AUTH)
			return e;
	}
	return ERR_AUTH;
}

/* A scrypt stanza stands alone: the first is the only one. */
static enum err try_passphrase(const struct age_header *h, struct age_asker asker,
			       uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	uint8_t storage[AGE_PASSPHRASE_MAX];
	struct buf passphrase = buf_over(storage, sizeof storage);
	struct bytes rest = h->stanzas;
	struct age_stanza s;
	enum err e;

	if (!age_header_next(&rest, &s) || !h->by_passphrase)
		return ERR_AUTH;
	TRY(asker.ask(asker.context, &passphrase));
	TRY(age_scrypt_unwrap(&s, buf_view(&passphrase), file_key));
out:
	SECRET_WIPE(storage);
	return e;
}

static enum err find_file_key(struct age_opener *o, const struct age_header *h)
{
	enum err e = ERR_AUTH;

	if (o->asker.ask != NULL)
		return try_passphrase(h, o->asker, o->key);
	for (size_t i = 0; i < o->identity_count && e == ERR_AUTH; i++)
		e = try_identity(h, &o->identities[i], o->key);
	return e;
}

/* o->chunk has the whole header: finds the file key, checks the MAC. */
static enum err take_header(struct age_opener *o)
{
	struct age_header h;
	uint8_t mac[32];
	enum err e;

	TRY(age_header_parse(bytes_of(o->chunk, o->fill), &h));
	o->by_passphrase = h.by_passphrase;
	TRY(check_stanzas(&h));
	o->stage = AGE_STAGE_MATCH;
	TRY(find_file_key(o, &h));
	o->stage = AGE_STAGE_MAC;
	age_header_mac(o->key, h.macced, mac);
	e = secret_equal(mac, h.mac, sizeof mac) ? ERR_OK : ERR_AUTH;
out:
	SECRET_WIPE(o->identities);
	o->identity_count = 0;
	return e;
}

/* A file that can't be one of ours is refused at its first bytes, not after AGE_HEADER_MAX of them; one of another
 * version at its first line. */
static enum err check_start(const struct age_opener *o)
{
	static const char armor[] = "-----BEGIN AGE ENCRYPTED FILE-----";
	static const char any_version[] = "age-encryption.org/";
	struct bytes have = bytes_of(o->chunk, o->fill);

	if (o->fill == sizeof armor - 1 && bytes_eq_str(have, armor))
		return ERR_UNSUPPORTED;
	if (bytes_eq(have, bytes_first(bytes_str(armor), have.n)))
		return ERR_OK;
	if (have.p[have.n - 1] == '\n')
		return age_version_take(&have);
	have = bytes_first(have, sizeof any_version - 1);
	return bytes_eq(have, bytes_first(bytes_str(any_version), have.n)) ? ERR_OK : ERR_FORMAT;
}

/* Collects the header byte by byte up to the line that begins with "---". */
static enum err header_data(struct age_opener *o, struct bytes *in)
{
	enum err e = ERR_OK;

	while (in->n > 0) {
		uint8_t c = in->p[0];
		if (o->fill == AGE_HEADER_MAX)
			return ERR_TOO_BIG;
		o->chunk[o->fill++] = c;
		*in = bytes_from(*in, 1);
		if (o->line_start == 0)
			TRY(check_start(o));
		if (c != '\n')
			continue;
		if (bytes_starts(bytes_of(o->chunk + o->line_start, o->fill - o->line_start), BYTES_LITERAL("---"))) {
			TRY(take_header(o));
			/* Without a nonce it is still the header that is cut off. */
			o->stage = AGE_STAGE_HEADER;
			o->header_done = true;
			o->fill = 0;
			break;
		}
		o->line_start = o->fill;
	}
out:
	return e;
}

static void nonce_data(struct age_opener *o, struct bytes *in)
{
	struct bytes part = bytes_first(*in, AGE_NONCE_LEN - o->fill);
	uint8_t file_key[AGE_FILE_KEY_LEN];

	memcpy(o->chunk + o->fill, part.p, part.n);
	o->fill += part.n;
	*in = bytes_from(*in, part.n);
	if (o->fill < AGE_NONCE_LEN)
		return;
	memcpy(file_key, o->key, sizeof file_key);
	age_payload_key(file_key, o->chunk, o->key);
	SECRET_WIPE(file_key);
	o->fill = 0;
	o->stage = AGE_STAGE_PAYLOAD;
}

/* ---- the payload */

/* The held chunk, opened in place. On ERR_AUTH it is as it was, and may be tried as the other kind. */
static enum err open_chunk(struct age_opener *o, bool last)
{
	uint8_t nonce[12];

	age_chunk_nonce(o->counter, last, nonce);
	return aead_open(o->key, nonce, BYTES_LITERAL(""), bytes_of(o->chunk, o->fill), o->chunk);
}

static enum err release(struct age_opener *o)
{
	struct bytes plain = bytes_of(o->chunk, o->fill - AEAD_TAG_LEN);

	o->fill = 0;
	o->counter++;
	return plain.n == 0 ? ERR_OK : o->sink.write(o->sink.context, plain);
}

/* A full chunk, and a byte is known to follow. */
static enum err middle_chunk(struct age_opener *o)
{
	enum err e = open_chunk(o, false);

	if (e == ERR_OK)
		return release(o);
	if (open_chunk(o, true) != ERR_OK)
		return e;
	/* Genuine to its end, and then somebody's bytes. */
	TRY(release(o));
	e = ERR_FORMAT;
out:
	return e;
}

static enum err last_chunk(struct age_opener *o)
{
	enum err e;

	if (o->stage != AGE_STAGE_PAYLOAD || o->fill < AEAD_TAG_LEN)
		return ERR_END;
	if (o->fill == AEAD_TAG_LEN && o->counter > 0)
		return ERR_FORMAT; /* only a whole payload may be empty */
	e = open_chunk(o, true);
	if (e == ERR_OK)
		return release(o);
	if (o->fill < AGE_CHUNK_SEALED || open_chunk(o, false) != ERR_OK)
		return e;
	TRY(release(o));
	e = ERR_END; /* cut off between two chunks */
out:
	return e;
}

static enum err payload_data(struct age_opener *o, struct bytes *in)
{
	struct bytes part;
	enum err e = ERR_OK;

	if (o->fill == AGE_CHUNK_SEALED)
		TRY(middle_chunk(o));
	part = bytes_first(*in, AGE_CHUNK_SEALED - o->fill);
	memcpy(o->chunk + o->fill, part.p, part.n);
	o->fill += part.n;
	*in = bytes_from(*in, part.n);
out:
	return e;
}

enum err age_open_data(struct age_opener *o, struct bytes sealed)
{
	enum err e;

	TRY(readable(o));
	while (sealed.n > 0) {
		if (!o->header_done)
			TRY(header_data(o, &sealed));
		else if (o->stage == AGE_STAGE_HEADER)
			nonce_data(o, &sealed);
		else
			TRY(payload_data(o, &sealed));
	}
	return ERR_OK;
out:
	wipe(o, e);
	return e;
}

enum err age_open_end(struct age_opener *o)
{
	enum err e;

	TRY(readable(o));
	TRY(last_chunk(o));
out:
	wipe(o, e);
	return e;
}

void age_open_drop(struct age_opener *o)
{
	wipe(o, o->failed);
}
