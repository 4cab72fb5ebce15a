/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "announce/signing.h"

#include <string.h>

#include "crypto/openssl.h"
#include "base/random.h"
#include "base/secret.h"

enum { PUBLIC_LEN = 32, SIGNATURE_LEN = 64, HASH_LEN = 64 };

#define KEY_FIRST_LINE "courier-signing-key 1\n"

void signing_key_new(struct signing_key *k)
{
	random_fill(k->id, sizeof k->id);
	random_fill(k->seed, sizeof k->seed);
}

void signing_key_write(struct buf *out, const struct signing_key *k)
{
	buf_str(out, KEY_FIRST_LINE "id = ");
	buf_hex(out, BYTES_ARRAY(k->id));
	buf_str(out, "\nseed = ");
	buf_hex(out, BYTES_ARRAY(k->seed));
	buf_byte(out, '\n');
}

/* "NAME = HEX" and a line end, exactly n bytes. */
static bool take_hex(struct bytes *rest, const char *name, uint8_t *out, size_t n)
{
	struct bytes line;
	size_t got;

	if (!bytes_split(rest, '\n', &line) || !bytes_starts(line, bytes_str(name)))
		return false;
	return hex_decode(bytes_from(line, strlen(name)), out, n, &got) == ERR_OK && got == n;
}

enum err signing_key_read(struct bytes text, struct signing_key *k)
{
	struct signing_key read;
	uint8_t storage[SIGNING_KEY_FILE_MAX];
	struct buf again = buf_over(storage, sizeof storage);
	struct bytes rest = bytes_from(text, sizeof KEY_FIRST_LINE - 1);
	enum err e = ERR_FORMAT;

	if (take_hex(&rest, "id = ", read.id, sizeof read.id) &&
	    take_hex(&rest, "seed = ", read.seed, sizeof read.seed)) {
		/* One spelling only, to the last line end. */
		signing_key_write(&again, &read);
		if (again.len == text.n && secret_equal(storage, text.p, text.n)) {
			*k = read;
			e = ERR_OK;
		}
	}
	SECRET_WIPE(read);
	SECRET_WIPE(storage);
	return e;
}

static EVP_PKEY *secret_key(const struct signing_key *k)
{
	return openssl_ready() ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, k->seed, sizeof k->seed) : NULL;
}

static enum err sign(EVP_PKEY *key, struct bytes data, uint8_t out[static SIGNATURE_LEN])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = SIGNATURE_LEN;
	enum err e = ERR_LIBRARY;

	if (c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(c, out, &n, data.p, data.n) == 1 && n == SIGNATURE_LEN)
		e = ERR_OK;
	EVP_MD_CTX_free(c);
	return e;
}

enum err signing_public_text(const struct signing_key *k, struct buf *out)
{
	EVP_PKEY *key = secret_key(k);
	uint8_t raw[2 + SIGNING_ID_LEN + PUBLIC_LEN] = {'E', 'd'};
	size_t n = PUBLIC_LEN;
	enum err e = ERR_LIBRARY;

	memcpy(raw + 2, k->id, SIGNING_ID_LEN);
	if (key != NULL && EVP_PKEY_get_raw_public_key(key, raw + 2 + SIGNING_ID_LEN, &n) == 1 && n == PUBLIC_LEN) {
		base64_encode(out, BYTES_ARRAY(raw), true);
		e = ERR_OK;
	}
	EVP_PKEY_free(key);
	return e;
}

enum err signing_public_file(const struct signing_key *k, struct buf *out)
{
	enum err e;

	/* minisign prints the id as a number, its last byte first. */
	buf_str(out, "untrusted comment: minisign public key ");
	for (size_t i = SIGNING_ID_LEN; i-- > 0;)
		buf_hex(out, bytes_of(&k->id[i], 1));
	buf_byte(out, '\n');
	e = signing_public_text(k, out);
	buf_byte(out, '\n');
	return e;
}

enum err signing_sign(const struct signing_key *k, struct bytes data, struct bytes comment, struct buf *out)
{
	EVP_PKEY *key = secret_key(k);
	uint8_t hash[HASH_LEN];
	uint8_t first[2 + SIGNING_ID_LEN + SIGNATURE_LEN] = {'E', 'D'};
	uint8_t both[SIGNATURE_LEN + SIGNING_COMMENT_MAX];
	uint8_t second[SIGNATURE_LEN];
	uint8_t *signature = first + 2 + SIGNING_ID_LEN;
	enum err e = ERR_LIBRARY;

	BUG_IF(comment.n > SIGNING_COMMENT_MAX);
	memcpy(first + 2, k->id, SIGNING_ID_LEN);
	if (key == NULL || EVP_Digest(data.p, data.n, hash, NULL, EVP_blake2b512(), NULL) != 1 ||
	    sign(key, BYTES_ARRAY(hash), signature) != ERR_OK)
		goto out;
	memcpy(both, signature, SIGNATURE_LEN);
	memcpy(both + SIGNATURE_LEN, comment.p, comment.n);
	if (sign(key, bytes_of(both, SIGNATURE_LEN + comment.n), second) != ERR_OK)
		goto out;
	buf_str(out, "untrusted comment: signature of an onion address\n");
	base64_encode(out, BYTES_ARRAY(first), true);
	buf_str(out, "\ntrusted comment: ");
	buf_put(out, comment);
	buf_byte(out, '\n');
	base64_encode(out, BYTES_ARRAY(second), true);
	buf_byte(out, '\n');
	e = ERR_OK;
out:
	EVP_PKEY_free(key);
	return e;
}
