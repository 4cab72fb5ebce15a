/* SPDX-License-Identifier: GPL-3.0-or-later
 * OpenSSL's headers, with its ERR_STATE (a type nobody here uses) out of the way of our enum err. */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#define ERR_STATE openssl_err_state
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#undef ERR_STATE

#include "base/bytes.h"

/* Before the first use of EVP in any process: the tables that a worker starts without, and OpenSSL's own start, which
 * allocates. The first algorithm that is fetched afterwards costs two thirds of a millisecond. False: no memory. */
bool openssl_ready(void) MUST_CHECK;
/* OpenSSL calls some results good although an allocation failed on the way, and they are wrong: Argon2id's, a
 * decapsulation's. Forgets what failed before; whether nothing has failed since. */
void openssl_watch(void);
bool openssl_unfailed(void) MUST_CHECK;
/* An input of that name; OpenSSL only reads it. */
OSSL_PARAM openssl_octets(const char *name, struct bytes b);

#endif
