/* SPDX-License-Identifier: GPL-3.0-or-later
 * OpenSSL's headers, with its ERR_STATE (a type nobody here uses) out of the way of our enum err. */
#ifndef BASE_OPENSSL_H
#define BASE_OPENSSL_H

#define ERR_STATE openssl_err_state
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#undef ERR_STATE

#endif
