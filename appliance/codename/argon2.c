/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codename/argon2.h"

#include "base/libraries.h"
#include "base/openssl.h"
#include "base/secret.h"

/* OpenSSL says neither that memory ran out nor that it didn't: ask for the memory first, and let it go. */
static enum err memory_there(uint32_t kib)
{
	void *p = malloc((size_t)kib * 1024);

	if (p == NULL)
		return ERR_NO_MEMORY;
	free(p);
	return ERR_OK;
}

static OSSL_PARAM octets(const char *name, struct bytes b)
{
	/* OSSL_PARAM carries inputs and outputs alike, so it can't say const; the KDF reads. */
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)b.p, b.n);
}

enum err argon2id(const struct argon2_input *in, uint8_t *out, size_t n)
{
	uint32_t memory = in->memory_kib;
	uint32_t passes = in->passes;
	uint32_t lanes = in->lanes;
	uint32_t threads = 1;
	OSSL_PARAM params[9];
	OSSL_PARAM *p = params;
	EVP_KDF *kdf = NULL;
	EVP_KDF_CTX *c = NULL;
	enum err e;

	libraries_ready();
	TRY(memory_there(memory));
	*p++ = octets(OSSL_KDF_PARAM_PASSWORD, in->password);
	*p++ = octets(OSSL_KDF_PARAM_SALT, in->salt);
	if (in->secret.n > 0)
		*p++ = octets(OSSL_KDF_PARAM_SECRET, in->secret);
	if (in->ad.n > 0)
		*p++ = octets(OSSL_KDF_PARAM_ARGON2_AD, in->ad);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_THREADS, &threads);
	*p = OSSL_PARAM_construct_end();

	e = ERR_LIBRARY;
	/* Nothing to read at exit, and no configuration file: there is no file system in a worker. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		goto out;
	kdf = EVP_KDF_fetch(NULL, "ARGON2ID", NULL);
	c = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	if (c == NULL || EVP_KDF_derive(c, out, n, params) != 1)
		goto out;
	e = ERR_OK;
out:
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	if (e != ERR_OK)
		secret_wipe(out, n);
	return e;
}
