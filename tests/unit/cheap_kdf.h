/* SPDX-License-Identifier: GPL-3.0-or-later
 * scrypt and Argon2id at hardly any cost, caught by the linker (--wrap, appliance/Makefile): all that is done and asked
 * for is the same, but for the rounds and the pages that they touch. What is made so opens here alone. */
#ifndef CHEAP_KDF_H
#define CHEAP_KDF_H

#include <string.h>

#include "crypto/kdf.h"

enum { CHEAP_PARAMS = 16 };

enum err __real_kdf_derive(const char *name, const OSSL_PARAM *params, size_t memory, uint8_t *out, size_t n);
enum err __wrap_kdf_derive(const char *name, const OSSL_PARAM *params, size_t memory, uint8_t *out, size_t n);

enum err __wrap_kdf_derive(const char *name, const OSSL_PARAM *params, size_t memory, uint8_t *out, size_t n)
{
	static uint64_t rounds = 2;
	static uint32_t blocks = 64;
	OSSL_PARAM cheap[CHEAP_PARAMS];
	size_t count = 0;

	for (; params[count].key != NULL; count++) {
		BUG_IF(count + 1 == CHEAP_PARAMS);
		cheap[count] = params[count];
		if (strcmp(params[count].key, OSSL_KDF_PARAM_SCRYPT_N) == 0)
			cheap[count] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &rounds);
		if (strcmp(params[count].key, OSSL_KDF_PARAM_ARGON2_MEMCOST) == 0)
			cheap[count] = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &blocks);
	}
	cheap[count] = OSSL_PARAM_construct_end();
	return __real_kdf_derive(name, cheap, memory, out, n);
}

#endif
