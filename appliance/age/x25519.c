/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/x25519.h"

#include <string.h>

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"

#define TYPE "X25519"
#define INFO "age-encryption.org/v1/X25519"

/* Every wrap key is used once. */
static const uint8_t zero_nonce[12];

static void wrap_key(const uint8_t shared[static 32], const uint8_t share[static 32],
		     const uint8_t recipient[static 32], uint8_t key[static 32])
{
	uint8_t salt[64];

	memcpy(salt, share, 32);
	memcpy(salt + 32, recipient, 32);
	hkdf_sha256(bytes_of(shared, 32), BYTES_ARRAY(salt), BYTES_LITERAL(INFO), key, 32);
}

enum err age_x25519_wrap(struct buf *out, const struct age_recipient *to,
			 const uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	uint8_t ephemeral[32];
	uint8_t share[32];
	uint8_t shared[32];
	uint8_t key[32];
	uint8_t body[AGE_BODY_LEN];
	uint8_t storage[64];
	struct buf arguments = buf_over(storage, sizeof storage);
	enum err e;

	random_fill(ephemeral, sizeof ephemeral);
	TRY(x25519(ephemeral, to->key, shared));
	x25519_base(ephemeral, share);
	wrap_key(shared, share, to->key, key);
	aead_seal(key, zero_nonce, BYTES_LITERAL(""), bytes_of(file_key, AGE_FILE_KEY_LEN), body);
	buf_str(&arguments, TYPE " ");
	base64_encode(&arguments, BYTES_ARRAY(share), false);
	age_stanza_put(out, buf_view(&arguments), BYTES_ARRAY(body));
out:
	SECRET_WIPE(ephemeral);
	SECRET_WIPE(shared);
	SECRET_WIPE(key);
	return e;
}

enum err age_x25519_check(const struct age_stanza *s)
{
	uint8_t share[32];
	uint8_t body[AGE_BODY_LEN];

	return age_stanza_share(s, TYPE, share, sizeof share, body);
}

enum err age_x25519_unwrap(const struct age_stanza *s, const struct age_identity *with,
			   const struct age_recipient *self, uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	uint8_t share[32];
	uint8_t shared[32];
	uint8_t key[32];
	uint8_t body[AGE_BODY_LEN];
	uint8_t opened[AGE_FILE_KEY_LEN];
	enum err e;

	TRY(age_stanza_share(s, TYPE, share, sizeof share, body));
	e = ERR_FORMAT;
	if (x25519(with->secret, share, shared) != ERR_OK)
		goto out;
	wrap_key(shared, share, self->key, key);
	TRY(aead_open(key, zero_nonce, BYTES_LITERAL(""), BYTES_ARRAY(body), opened));
	memcpy(file_key, opened, sizeof opened);
out:
	SECRET_WIPE(shared);
	SECRET_WIPE(key);
	SECRET_WIPE(opened);
	return e;
}
