/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/upload.h"

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "link/wire.h"

enum { NONCE_LEN = 12, NOTE_MAX = 4 + LIMIT_FILES * (1 + LIMIT_FILE_NAME + 8 + CHECKSUM_LEN) };

#define LABEL(use) BYTES_LITERAL("Silent Courier draft v1: " use)

static void derive(struct upload *d, const uint8_t token[static UPLOAD_TOKEN_LEN])
{
	struct buf text = buf_over(d->text, sizeof d->text);

	base64url_encode(&text, bytes_of(token, UPLOAD_TOKEN_LEN));
	BUG_IF(text.failed || text.len != sizeof d->text);
	hkdf_sha256(bytes_of(token, UPLOAD_TOKEN_LEN), BYTES_LITERAL(""), LABEL("name"), d->name, sizeof d->name);
	hkdf_sha256(bytes_of(token, UPLOAD_TOKEN_LEN), BYTES_LITERAL(""), LABEL("note"), d->key, sizeof d->key);
	hkdf_sha256(bytes_of(token, UPLOAD_TOKEN_LEN), BYTES_LITERAL(""), LABEL("sums"), d->sum_key, sizeof d->sum_key);
	d->open = false;
	d->desks = 0;
	d->count = 0;
}

void upload_new(struct upload *d)
{
	uint8_t token[UPLOAD_TOKEN_LEN];

	random_fill(token, sizeof token);
	derive(d, token);
	SECRET_WIPE(token);
}

/* ---- the note */

static enum err write_note(struct upload *d, struct visit_store *store)
{
	uint8_t note[NONCE_LEN + NOTE_MAX + AEAD_TAG_LEN];
	struct buf list = buf_over(note + NONCE_LEN, NOTE_MAX);
	enum err e;

	wire_put_u32(&list, d->desks);
	for (unsigned i = 0; i < d->count; i++) {
		const struct upload_file *f = &d->files[i];
		wire_put_u8(&list, f->name_len);
		buf_put(&list, bytes_of(f->name, f->name_len));
		wire_put_u64(&list, f->len);
		buf_put(&list, BYTES_ARRAY(f->sum));
	}
	BUG_IF(list.failed);
	random_fill(note, NONCE_LEN);
	aead_seal(d->key, note, BYTES_ARRAY(d->name), buf_view(&list), note + NONCE_LEN);
	e = visit_store_draft_note(store, bytes_of(note, NONCE_LEN + list.len + AEAD_TAG_LEN));
	SECRET_WIPE(note);
	return e;
}

/* It was sealed here: what opens is whole. */
static void read_list(struct upload *d, struct bytes list)
{
	struct wire_reader r = wire_reader_over(list);

	d->desks = wire_get_u32(&r);
	while (r.rest.n > 0 && d->count < LIMIT_FILES) {
		struct upload_file *f = &d->files[d->count++];
		f->name_len = wire_get_u8(&r);
		wire_get_fixed(&r, f->name, f->name_len);
		f->len = wire_get_u64(&r);
		wire_get_fixed(&r, f->sum, sizeof f->sum);
	}
	BUG_IF(wire_reader_end(&r) != ERR_OK);
}

static enum err read_note(struct upload *d, struct bytes note)
{
	uint8_t list[NOTE_MAX];
	enum err e;

	if (note.n == 0)
		return ERR_OK;
	if (note.n < NONCE_LEN + AEAD_TAG_LEN || note.n > NONCE_LEN + NOTE_MAX + AEAD_TAG_LEN)
		return ERR_AUTH;
	e = aead_open(d->key, note.p, BYTES_ARRAY(d->name), bytes_from(note, NONCE_LEN), list);
	if (e == ERR_OK)
		read_list(d, bytes_of(list, note.n - NONCE_LEN - AEAD_TAG_LEN));
	SECRET_WIPE(list);
	return e;
}

/* ---- the whole */

enum err upload_open(struct upload *d, struct visit_store *store, struct bytes token)
{
	uint8_t raw[UPLOAD_TOKEN_LEN];
	unsigned attachments;
	struct bytes note;
	size_t n;
	enum err e;

	if (token.n != UPLOAD_TEXT_LEN || base64url_decode(token, raw, sizeof raw, &n) != ERR_OK)
		TRY(ERR_FORMAT);
	derive(d, raw);
	e = visit_store_draft_open(store, d->name);
	/* A flood of drafts must not keep anybody from sending in one go. */
	if (e == ERR_FULL) {
		e = ERR_OK;
		goto out;
	}
	TRY(e);
	d->open = true;
	TRY(visit_store_draft_get(store, &attachments, &note));
	/* A file of which the keeper has the end and the note has nothing: the box or the worker stopped between. */
	if (read_note(d, note) != ERR_OK || d->count != attachments) {
		TRY(upload_drop(d, store));
		e = ERR_NOT_FOUND;
	}
out:
	SECRET_WIPE(raw);
	return e;
}

bool upload_has(const struct upload *d, struct bytes name, uint64_t len, const uint8_t sum[static CHECKSUM_LEN])
{
	for (unsigned i = 0; i < d->count; i++) {
		const struct upload_file *f = &d->files[i];
		if (f->len == len && bytes_eq(bytes_of(f->name, f->name_len), name) &&
		    secret_equal(f->sum, sum, sizeof f->sum))
			return true;
	}
	return false;
}

enum err upload_add(struct upload *d, struct visit_store *store, uint32_t desks, struct bytes name, uint64_t len,
		    const uint8_t sum[static CHECKSUM_LEN])
{
	struct upload_file *f = &d->files[d->count];

	BUG_IF(d->count == LIMIT_FILES || name.n > sizeof f->name || (d->count > 0 && desks != d->desks));
	d->desks = desks;
	f->name_len = (uint8_t)name.n;
	memcpy(f->name, name.p, name.n);
	f->len = len;
	memcpy(f->sum, sum, sizeof f->sum);
	d->count++;
	return d->open ? write_note(d, store) : ERR_OK;
}

enum err upload_drop(struct upload *d, struct visit_store *store)
{
	enum err e = visit_store_draft_drop(store);

	SECRET_WIPE(d->files);
	d->desks = 0;
	d->count = 0;
	if (e == ERR_OK && d->open)
		e = visit_store_draft_open(store, d->name);
	return e;
}

void upload_wipe(struct upload *d)
{
	SECRET_WIPE(*d);
}
