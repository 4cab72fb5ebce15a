/* SPDX-License-Identifier: GPL-3.0-or-later
 * OpenSSL's slow key derivations (Argon2id, scrypt), by name. crypto/openssl.h has the parameters. */
#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

#include "base/bytes.h"
#include "crypto/openssl.h"

/* Allocates and wipes `memory` bytes and a little. ERR_NO_MEMORY: they are not there. ERR_LIBRARY: a parameter is
 * refused, or memory ran out on the way. On error `out` is zero. */
enum err kdf_derive(const char *name, const OSSL_PARAM *params, size_t memory, uint8_t *out, size_t n) MUST_CHECK;

#endif
