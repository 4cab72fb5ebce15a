/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/minisign.h"

#include <string.h>

#include "crypto/openssl.h"
#include "base/text.h"

enum { ALGORITHM_LEN = 2, ID_LEN = 8, KEY_LEN = 32, SIGNATURE_LEN = 64, HASH_LEN = 64 };

static const char untrusted[] = "untrusted comment: ";
static const char trusted[] = "trusted comment: ";

/* A line of base64 that is exactly n bytes, and begins with the algorithm. */
static bool take_base64(struct bytes *rest, uint8_t *out, size_t n)
{
	struct bytes line;
	size_t got;

	return bytes_split(rest, '\n', &line) && base64_decode(line, true, out, n, &got) == ERR_OK && got == n;
}

static bool take_comment(struct bytes *rest, const char *prefix, struct bytes *text)
{
	struct bytes line;

	if (!bytes_split(rest, '\n', &line) || !bytes_starts(line, bytes_str(prefix)))
		return false;
	*text = bytes_from(line, strlen(prefix));
	return true;
}

enum err minisign_key_parse(struct bytes text, struct minisign_key *k)
{
	uint8_t raw[ALGORITHM_LEN + ID_LEN + KEY_LEN];
	struct bytes rest = text, comment;

	if (bytes_starts(text, bytes_str(untrusted)) && !take_comment(&rest, untrusted, &comment))
		return ERR_FORMAT;
	if (!take_base64(&rest, raw, sizeof raw) || bytes_trim(rest).n > 0 || memcmp(raw, "Ed", ALGORITHM_LEN) != 0)
		return ERR_FORMAT;
	memcpy(k->id, raw + ALGORITHM_LEN, ID_LEN);
	memcpy(k->key, raw + ALGORITHM_LEN + ID_LEN, KEY_LEN);
	return ERR_OK;
}

/* ERR_AUTH, ERR_LIBRARY */
static enum err verify(const struct minisign_key *k, struct bytes signed_text,
		       const uint8_t signature[static SIGNATURE_LEN])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->key, sizeof k->key);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	enum err e = ERR_LIBRARY;

	ERR_clear_error();
	if (key != NULL && c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1)
		e = EVP_DigestVerify(c, signature, SIGNATURE_LEN, signed_text.p, signed_text.n) == 1 ? ERR_OK
		    /* A wrong signature, or want of memory: then something else is the first error. */
		    : ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_EVP &&
			    ERR_GET_REASON(ERR_peek_error()) == EVP_R_PROVIDER_SIGNATURE_FAILURE
			? ERR_AUTH
			: ERR_LIBRARY;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return e;
}

enum err minisign_verify(const struct minisign_key *k, struct bytes data, struct bytes signature, struct bytes *comment)
{
	uint8_t first[ALGORITHM_LEN + ID_LEN + SIGNATURE_LEN], second[SIGNATURE_LEN], hash[HASH_LEN];
	uint8_t global[SIGNATURE_LEN + MINISIGN_FILE_MAX];
	struct bytes rest = signature, ignored, said;
	unsigned hash_len = sizeof hash;
	enum err e;

	if (signature.n > MINISIGN_FILE_MAX || !take_comment(&rest, untrusted, &ignored) ||
	    !take_base64(&rest, first, sizeof first) || !take_comment(&rest, trusted, &said) ||
	    !take_base64(&rest, second, sizeof second) || rest.n > 0 || !text_is_line(said))
		return ERR_FORMAT;
	if (memcmp(first, "Ed", ALGORITHM_LEN) == 0)
		return ERR_UNSUPPORTED;
	if (memcmp(first, "ED", ALGORITHM_LEN) != 0)
		return ERR_FORMAT;
	if (memcmp(first + ALGORITHM_LEN, k->id, ID_LEN) != 0)
		return ERR_NOT_FOUND;
	if (!openssl_ready() || EVP_Digest(data.p, data.n, hash, &hash_len, EVP_blake2b512(), NULL) != 1)
		return ERR_LIBRARY;
	TRY(verify(k, BYTES_ARRAY(hash), first + ALGORITHM_LEN + ID_LEN));
	memcpy(global, first + ALGORITHM_LEN + ID_LEN, SIGNATURE_LEN);
	memcpy(global + SIGNATURE_LEN, said.p, said.n);
	TRY(verify(k, bytes_of(global, SIGNATURE_LEN + said.n), second));
	*comment = said;
out:
	return e;
}
