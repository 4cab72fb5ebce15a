/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codename/argon2.h"

#include "crypto/kdf.h"

enum err argon2id(const struct argon2_input *in, uint8_t *out, size_t n)
{
	uint32_t memory = in->memory_kib;
	uint32_t passes = in->passes;
	uint32_t lanes = in->lanes;
	uint32_t threads = 1;
	OSSL_PARAM params[9];
	OSSL_PARAM *p = params;

	*p++ = openssl_octets(OSSL_KDF_PARAM_PASSWORD, in->password);
	*p++ = openssl_octets(OSSL_KDF_PARAM_SALT, in->salt);
	if (in->secret.n > 0)
		*p++ = openssl_octets(OSSL_KDF_PARAM_SECRET, in->secret);
	if (in->ad.n > 0)
		*p++ = openssl_octets(OSSL_KDF_PARAM_ARGON2_AD, in->ad);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes);
	*p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_THREADS, &threads);
	*p = OSSL_PARAM_construct_end();
	return kdf_derive("ARGON2ID", params, (size_t)memory * 1024, out, n);
}
