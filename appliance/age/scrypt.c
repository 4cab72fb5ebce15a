/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/scrypt.h"

#include <string.h>

#include "crypto/crypto.h"
#include "crypto/kdf.h"
#include "base/random.h"
#include "base/secret.h"

#define TYPE     "scrypt"
#define LABEL    "age-encryption.org/v1/scrypt"
#define SALT_LEN 16

/* Every wrap key is used once. */
static const uint8_t zero_nonce[12];

struct scrypt_stanza {
	uint8_t salt[SALT_LEN];
	unsigned work;
	uint8_t body[AGE_BODY_LEN];
};

enum err scrypt(struct bytes passphrase, struct bytes salt, unsigned log_n, unsigned r, unsigned p, uint8_t *out,
		size_t n)
{
	uint64_t rounds = (uint64_t)1 << log_n;
	uint64_t memory = 128 * rounds * r;
	uint64_t room = memory + (1 << 20); /* of OpenSSL's own limit: it counts its smaller blocks, too */
	uint32_t block = r;
	uint32_t parallel = p;
	OSSL_PARAM params[] = {
	    openssl_octets(OSSL_KDF_PARAM_PASSWORD, passphrase),
	    openssl_octets(OSSL_KDF_PARAM_SALT, salt),
	    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &rounds),
	    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &block),
	    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &parallel),
	    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &room),
	    OSSL_PARAM_construct_end(),
	};

	return kdf_derive("SCRYPT", params, memory, out, n);
}

static enum err wrap_key(struct bytes passphrase, const uint8_t salt[static SALT_LEN], unsigned work,
			 uint8_t key[static 32])
{
	uint8_t labelled[sizeof LABEL - 1 + SALT_LEN];

	memcpy(labelled, LABEL, sizeof LABEL - 1);
	memcpy(labelled + sizeof LABEL - 1, salt, SALT_LEN);
	return scrypt(passphrase, BYTES_ARRAY(labelled), work, 8, 1, key, 32);
}

enum err age_scrypt_wrap(struct buf *out, struct bytes passphrase, const uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	uint8_t salt[SALT_LEN];
	uint8_t key[32];
	uint8_t body[AGE_BODY_LEN];
	uint8_t storage[64];
	struct buf arguments = buf_over(storage, sizeof storage);
	enum err e;

	random_fill(salt, sizeof salt);
	TRY(wrap_key(passphrase, salt, AGE_SCRYPT_WRITTEN, key));
	aead_seal(key, zero_nonce, BYTES_LITERAL(""), bytes_of(file_key, AGE_FILE_KEY_LEN), body);
	buf_str(&arguments, TYPE " ");
	base64_encode(&arguments, BYTES_ARRAY(salt), false);
	buf_byte(&arguments, ' ');
	buf_decimal(&arguments, AGE_SCRYPT_WRITTEN);
	age_stanza_put(out, buf_view(&arguments), BYTES_ARRAY(body));
out:
	SECRET_WIPE(key);
	return e;
}

static enum err read_stanza(const struct age_stanza *s, struct scrypt_stanza *found)
{
	struct bytes arguments = s->arguments;
	struct bytes salt;
	uint64_t work;
	size_t n;
	enum err e;

	if (!bytes_eq_str(s->type, TYPE))
		return ERR_NOT_FOUND;
	e = ERR_FORMAT;
	if (!age_argument_next(&arguments, &salt))
		goto out;
	if (base64_decode(salt, false, found->salt, sizeof found->salt, &n) != ERR_OK || n != SALT_LEN)
		goto out;
	if (!age_stanza_body(s, found->body, sizeof found->body))
		goto out;
	/* All that is left is one argument: a space in it is no digit. */
	TRY(bytes_decimal(arguments, AGE_SCRYPT_MAX, &work));
	found->work = (unsigned)work;
	e = work == 0 ? ERR_FORMAT : ERR_OK;
out:
	return e;
}

enum err age_scrypt_check(const struct age_stanza *s)
{
	struct scrypt_stanza found;

	return read_stanza(s, &found);
}

enum err age_scrypt_unwrap(const struct age_stanza *s, struct bytes passphrase,
			   uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	struct scrypt_stanza found;
	uint8_t key[32];
	uint8_t opened[AGE_FILE_KEY_LEN];
	enum err e;

	TRY(read_stanza(s, &found));
	TRY(wrap_key(passphrase, found.salt, found.work, key));
	TRY(aead_open(key, zero_nonce, BYTES_LITERAL(""), BYTES_ARRAY(found.body), opened));
	memcpy(file_key, opened, sizeof opened);
out:
	SECRET_WIPE(key);
	SECRET_WIPE(opened);
	return e;
}
