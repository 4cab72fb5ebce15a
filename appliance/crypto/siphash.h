/* SPDX-License-Identifier: GPL-3.0-or-later
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short inputs. Who doesn't know the key can neither
 * predict a sum nor choose inputs that collide; a sum of 64 bits authenticates nothing. Fifty times as fast as
 * HMAC-SHA-256. Constant time in key and contents, not in length. */
#ifndef CRYPTO_SIPHASH_H
#define CRYPTO_SIPHASH_H

#include "base/bytes.h"

uint64_t siphash(const uint8_t key[static 16], struct bytes in);

#endif
