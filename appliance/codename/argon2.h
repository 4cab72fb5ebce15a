/* SPDX-License-Identifier: GPL-3.0-or-later
 * RFC 9106, through OpenSSL's EVP_KDF: the one part of the program where EVP runs in a worker. */
#ifndef CODENAME_ARGON2_H
#define CODENAME_ARGON2_H

#include "base/bytes.h"

struct argon2_input {
	struct bytes password, salt, secret, ad; /* secret and ad may be empty */
	uint32_t memory_kib, passes, lanes;
};

/* Argon2id, version 0x13, on this thread alone, n bytes. Allocates memory_kib and frees it wiped. ERR_NO_MEMORY,
 * ERR_LIBRARY; `out` is zero then. */
enum err argon2id(const struct argon2_input *in, uint8_t *out, size_t n) MUST_CHECK;

#endif
