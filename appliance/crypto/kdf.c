/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/kdf.h"

#include "base/secret.h"

/* OpenSSL says neither that memory ran out nor that it didn't: ask for the memory first, and let it go. A
 * compiler may leave out an allocation that nothing uses, and clang does: hence the empty instruction. */
static enum err memory_there(size_t n)
{
	void *p = malloc(n);

	__asm__ volatile("" : : "r"(p));
	if (p == NULL)
		return ERR_NO_MEMORY;
	free(p);
	return ERR_OK;
}

enum err kdf_derive(const char *name, const OSSL_PARAM *params, size_t memory, uint8_t *out, size_t n)
{
	EVP_KDF *kdf = NULL;
	EVP_KDF_CTX *c = NULL;
	enum err e;

	TRY(memory_there(memory));
	e = ERR_LIBRARY;
	if (!openssl_ready())
		goto out;
	kdf = EVP_KDF_fetch(NULL, name, NULL);
	c = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	openssl_watch();
	if (c == NULL || EVP_KDF_derive(c, out, n, params) != 1 || !openssl_unfailed())
		goto out;
	e = ERR_OK;
out:
	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	if (e != ERR_OK)
		secret_wipe(out, n);
	return e;
}
