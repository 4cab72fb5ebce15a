/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/session.h"

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "http/cookie.h"

enum { NONCE_LEN = 12, PLAIN_LEN = 16 + 32 + 32 + 1 + 2 + 2, BLOB_LEN = NONCE_LEN + PLAIN_LEN + AEAD_TAG_LEN };

#define LABEL(use) BYTES_LITERAL("Silent Courier session v1: " use)
#define ATTRIBUTES "; HttpOnly; SameSite=Strict; Path=/"

enum err session_token(struct bytes cookie, const char *name, uint8_t token[static SESSION_TOKEN_LEN])
{
	struct bytes found = cookie_value(cookie, name);
	size_t n;
	enum err e;

	if (found.p == NULL)
		return ERR_NOT_FOUND;
	if (found.n != SESSION_TEXT_LEN)
		return ERR_FORMAT;
	e = base64url_decode(found, token, SESSION_TOKEN_LEN, &n);
	return e == ERR_OK ? ERR_OK : ERR_FORMAT;
}

/* Everything that follows from the token but the record's key. */
static void derive(struct session *s)
{
	uint8_t mac[32];
	struct buf text = buf_over(s->csrf, sizeof s->csrf);

	hkdf_sha256(BYTES_ARRAY(s->token), BYTES_LITERAL(""), LABEL("name"), s->name, sizeof s->name);
	hmac_sha256(BYTES_ARRAY(s->token), LABEL("csrf"), mac);
	base64url_encode(&text, BYTES_ARRAY(mac));
	BUG_IF(text.failed || text.len != SESSION_TEXT_LEN);
	SECRET_WIPE(mac);
}

static void record_key(const struct session *s, uint8_t key[static 32])
{
	hkdf_sha256(BYTES_ARRAY(s->token), BYTES_LITERAL(""), LABEL("key"), key, 32);
}

/* Is there a conversation of these keys? */
static enum err find(struct session *s, struct visit_store *store)
{
	enum err e = visit_store_auth(store, s->keys.conversation, s->keys.proof);

	s->found = e == ERR_OK;
	return e == ERR_AUTH ? ERR_OK : e;
}

enum err session_begin(struct session *s, struct visit_store *store, const struct codename_keys *keys)
{
	uint8_t key[32];
	uint8_t plain[PLAIN_LEN];
	uint8_t blob[BLOB_LEN];
	enum err e;

	random_fill(s->token, sizeof s->token);
	random_fill(&s->word, sizeof s->word);
	s->word = (uint16_t)(s->word % SESSION_WORDS + 1);
	derive(s);
	s->keys = *keys;
	TRY(find(s, store));
	s->word_before = 0;
	if (s->found)
		TRY(visit_store_visit_word(store, s->word, &s->word_before));
	/* A desk that gave the conversation back after a restart may have said any. */
	if (s->word_before > SESSION_WORDS)
		s->word_before = 0;
	memcpy(plain, keys->conversation, 16);
	memcpy(plain + 16, keys->proof, 32);
	memcpy(plain + 48, keys->identity.secret, 32);
	plain[80] = (uint8_t)keys->identity.kind;
	memcpy(plain + 81, &s->word, 2);
	memcpy(plain + 83, &s->word_before, 2);
	record_key(s, key);
	random_fill(blob, NONCE_LEN);
	aead_seal(key, blob, BYTES_ARRAY(s->name), BYTES_ARRAY(plain), blob + NONCE_LEN);
	e = visit_store_session_put(store, s->name, BYTES_ARRAY(blob));
out:
	SECRET_WIPE(key);
	SECRET_WIPE(plain);
	if (e != ERR_OK)
		session_wipe(s);
	return e;
}

static enum err open_record(struct session *s, struct bytes blob)
{
	uint8_t key[32];
	uint8_t plain[PLAIN_LEN];
	enum err e;

	if (blob.n != BLOB_LEN)
		return ERR_AUTH;
	record_key(s, key);
	e = aead_open(key, blob.p, BYTES_ARRAY(s->name), bytes_from(blob, NONCE_LEN), plain);
	if (e == ERR_OK) {
		memcpy(s->keys.conversation, plain, 16);
		memcpy(s->keys.proof, plain + 16, 32);
		age_identity_from(&s->keys.identity, (enum age_kind)plain[80], plain + 48);
		memcpy(&s->word, plain + 81, 2);
		memcpy(&s->word_before, plain + 83, 2);
		/* It was sealed here, after the keeper's word for the last visit was looked at. */
		BUG_IF(s->word == 0 || s->word > SESSION_WORDS || s->word_before > SESSION_WORDS);
	}
	SECRET_WIPE(key);
	SECRET_WIPE(plain);
	return e;
}

enum err session_resume(struct session *s, struct visit_store *store, struct bytes cookie)
{
	struct bytes blob;
	enum err e;

	if (session_token(cookie, "s=", s->token) != ERR_OK)
		return ERR_AUTH;
	derive(s);
	e = visit_store_session_get(store, s->name, &blob);
	if (e == ERR_OK)
		e = open_record(s, blob);
	if (e == ERR_OK)
		e = find(s, store);
	if (e != ERR_OK)
		session_wipe(s);
	return e == ERR_NOT_FOUND ? ERR_AUTH : e;
}

enum err session_drop(struct session *s, struct visit_store *store)
{
	enum err e = visit_store_session_drop(store, s->name);

	session_wipe(s);
	return e;
}

void session_wipe(struct session *s)
{
	SECRET_WIPE(*s);
}

bool session_csrf_fits(const struct session *s, struct bytes text)
{
	return text.n == sizeof s->csrf && secret_equal(text.p, s->csrf, sizeof s->csrf);
}

bool session_csrf_was(struct bytes cookie, struct bytes text)
{
	struct session s;
	bool fits = false;

	if (session_token(cookie, "s=", s.token) == ERR_OK) {
		derive(&s);
		fits = session_csrf_fits(&s, text);
	}
	session_wipe(&s);
	return fits;
}

void session_cookie(struct buf *out, const char *name, const uint8_t token[static SESSION_TOKEN_LEN])
{
	buf_str(out, name);
	base64url_encode(out, bytes_of(token, SESSION_TOKEN_LEN));
	buf_str(out, ATTRIBUTES);
}

struct bytes session_cookie_gone(void)
{
	return BYTES_LITERAL("s=; Max-Age=0" ATTRIBUTES);
}
