/* SPDX-License-Identifier: GPL-3.0-or-later
 * What crypto/crypto.h has by OpenSSL's EVP: FIPS 202 and 203. */
#include "crypto/crypto.h"
#include "crypto/openssl.h"
#include "base/secret.h"

#define MLKEM "ML-KEM-768"

/* ---- FIPS 202 */

static void digest(const char *name, struct bytes in, uint8_t *out, size_t n)
{
	EVP_MD *md = openssl_ready() ? EVP_MD_fetch(NULL, name, NULL) : NULL;
	EVP_MD_CTX *c = md == NULL ? NULL : EVP_MD_CTX_new();

	BUG_IF(c == NULL || EVP_DigestInit_ex2(c, md, NULL) != 1 || EVP_DigestUpdate(c, in.p, in.n) != 1);
	BUG_IF((EVP_MD_xof(md) ? EVP_DigestFinalXOF(c, out, n) : EVP_DigestFinal_ex(c, out, NULL)) != 1);
	EVP_MD_CTX_free(c);
	EVP_MD_free(md);
}

void sha3_256(struct bytes in, uint8_t out[static 32])
{
	digest("SHA3-256", in, out, 32);
}

void shake256(struct bytes in, uint8_t *out, size_t n)
{
	digest("SHAKE256", in, out, n);
}

/* ---- FIPS 203 */

bool mlkem768_public_valid(const uint8_t key[static MLKEM768_PUBLIC_LEN])
{
	/* 768 coefficients of 12 bits, little-endian, two in three bytes; then 32 bytes of rho. */
	for (size_t i = 0; i < MLKEM768_PUBLIC_LEN - 32; i += 3) {
		unsigned first = key[i] | (key[i + 1] & 15u) << 8;
		unsigned second = key[i + 1] >> 4 | (unsigned)key[i + 2] << 4;
		if (first >= 3329 || second >= 3329)
			return false;
	}
	return true;
}

/* A context for the type, or NULL. */
static EVP_PKEY_CTX *type_context(void)
{
	return openssl_ready() ? EVP_PKEY_CTX_new_from_name(NULL, MLKEM, NULL) : NULL;
}

/* The key pair of a seed. NULL: no memory. */
static EVP_PKEY *key_pair(const uint8_t seed[static MLKEM768_SEED_LEN])
{
	OSSL_PARAM params[] = {openssl_octets(OSSL_PKEY_PARAM_ML_KEM_SEED, bytes_of(seed, MLKEM768_SEED_LEN)),
			       OSSL_PARAM_construct_end()};
	EVP_PKEY_CTX *c = type_context();
	EVP_PKEY *key = NULL;

	/* Generated and not imported: an import ends with a trial that costs more than the key. */
	if (c != NULL && EVP_PKEY_keygen_init(c) == 1 && EVP_PKEY_CTX_set_params(c, params) == 1 &&
	    EVP_PKEY_generate(c, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *public_key(const uint8_t encoded[static MLKEM768_PUBLIC_LEN])
{
	OSSL_PARAM params[] = {openssl_octets(OSSL_PKEY_PARAM_PUB_KEY, bytes_of(encoded, MLKEM768_PUBLIC_LEN)),
			       OSSL_PARAM_construct_end()};
	EVP_PKEY_CTX *c = type_context();
	EVP_PKEY *key = NULL;

	if (c != NULL && EVP_PKEY_fromdata_init(c) == 1 && EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	return key;
}

enum err mlkem768_public(const uint8_t seed[static MLKEM768_SEED_LEN], uint8_t key[static MLKEM768_PUBLIC_LEN])
{
	EVP_PKEY *pair = key_pair(seed);
	size_t n = MLKEM768_PUBLIC_LEN;
	enum err e = ERR_OK;

	if (pair == NULL || EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, key, n, &n) != 1 ||
	    n != MLKEM768_PUBLIC_LEN) {
		secret_wipe(key, MLKEM768_PUBLIC_LEN);
		e = ERR_LIBRARY;
	}
	EVP_PKEY_free(pair);
	return e;
}

enum err mlkem768_encapsulate(const uint8_t key[static MLKEM768_PUBLIC_LEN], const uint8_t m[static 32],
			      uint8_t cipher[static MLKEM768_CIPHER_LEN], uint8_t shared[static 32])
{
	OSSL_PARAM params[] = {openssl_octets(OSSL_KEM_PARAM_IKME, bytes_of(m, 32)), OSSL_PARAM_construct_end()};
	size_t cipher_len = MLKEM768_CIPHER_LEN;
	size_t shared_len = 32;
	EVP_PKEY *to = NULL;
	EVP_PKEY_CTX *c = NULL;
	enum err e = ERR_FORMAT;

	if (!mlkem768_public_valid(key))
		goto out;
	e = ERR_LIBRARY;
	to = public_key(key);
	c = to == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, to, NULL);
	if (c != NULL && EVP_PKEY_encapsulate_init(c, params) == 1 &&
	    EVP_PKEY_encapsulate(c, cipher, &cipher_len, shared, &shared_len) == 1)
		e = ERR_OK;
out:
	if (e != ERR_OK) {
		secret_wipe(cipher, MLKEM768_CIPHER_LEN);
		secret_wipe(shared, 32);
	}
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(to);
	return e;
}

enum err mlkem768_decapsulate(const uint8_t seed[static MLKEM768_SEED_LEN],
			      const uint8_t cipher[static MLKEM768_CIPHER_LEN], uint8_t shared[static 32])
{
	size_t n = 32;
	EVP_PKEY *pair = key_pair(seed);
	EVP_PKEY_CTX *c = pair == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
	enum err e = ERR_OK;

	openssl_watch();
	if (c == NULL || EVP_PKEY_decapsulate_init(c, NULL) != 1 ||
	    EVP_PKEY_decapsulate(c, shared, &n, cipher, MLKEM768_CIPHER_LEN) != 1 || !openssl_unfailed()) {
		secret_wipe(shared, 32);
		e = ERR_LIBRARY;
	}
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(pair);
	return e;
}
