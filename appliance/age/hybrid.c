/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/hybrid.h"

#include <string.h>

#include "age/hpke.h"
#include "base/random.h"
#include "base/secret.h"

#define TYPE "mlkem768x25519"
#define INFO BYTES_LITERAL("age-encryption.org/" TYPE)

enum err age_hybrid_wrap(struct buf *out, const struct age_recipient *to,
			 const uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	uint8_t random[64];
	uint8_t cipher[XWING_CIPHER_LEN];
	uint8_t shared[32];
	uint8_t body[AGE_BODY_LEN];
	uint8_t storage[AGE_HYBRID_STANZA_LEN];
	struct buf arguments = buf_over(storage, sizeof storage);
	enum err e;

	random_fill(random, sizeof random);
	TRY(xwing_encapsulate(to->key, random, cipher, shared));
	hpke_seal(HPKE_MLKEM768_X25519, shared, INFO, bytes_of(file_key, AGE_FILE_KEY_LEN), body);
	buf_str(&arguments, TYPE " ");
	base64_encode(&arguments, BYTES_ARRAY(cipher), false);
	age_stanza_put(out, buf_view(&arguments), BYTES_ARRAY(body));
out:
	SECRET_WIPE(random);
	SECRET_WIPE(shared);
	return e;
}

enum err age_hybrid_check(const struct age_stanza *s)
{
	uint8_t cipher[XWING_CIPHER_LEN];
	uint8_t body[AGE_BODY_LEN];

	return age_stanza_share(s, TYPE, cipher, sizeof cipher, body);
}

enum err age_hybrid_unwrap(const struct age_stanza *s, const struct age_identity *with,
			   const struct age_recipient *self, uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	uint8_t cipher[XWING_CIPHER_LEN];
	uint8_t body[AGE_BODY_LEN];
	uint8_t shared[32];
	uint8_t opened[AGE_FILE_KEY_LEN];
	enum err e;

	TRY(age_stanza_share(s, TYPE, cipher, sizeof cipher, body));
	e = xwing_decapsulate(with->secret, self->key, cipher, shared);
	if (e == ERR_AUTH)
		e = ERR_FORMAT; /* a low-order point is nobody's */
	if (e != ERR_OK)
		goto out;
	TRY(hpke_open(HPKE_MLKEM768_X25519, shared, INFO, BYTES_ARRAY(body), opened));
	memcpy(file_key, opened, sizeof opened);
out:
	SECRET_WIPE(shared);
	SECRET_WIPE(opened);
	return e;
}
