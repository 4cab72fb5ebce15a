/* SPDX-License-Identifier: GPL-3.0-or-later
 * Bech32 (BIP 173) with no limit on the length but AGE_TEXT_MAX, as age uses it. */
#ifndef AGE_BECH32_H
#define AGE_BECH32_H

#include "base/bytes.h"

/* The human-readable part of a text: what stands before its last '1'. Empty when there is none. */
struct bytes bech32_prefix(struct bytes text);
/* hrp: lower case. All of the text in one case, `upper` or not. */
void bech32_encode(struct buf *out, const char *hrp, struct bytes data, bool upper);
/* Text in one case, its part before the last '1' equal to hrp (lower case) but for case. Constant time in the data
 * characters of a text that is right. ERR_FORMAT; ERR_TOO_BIG: text past AGE_TEXT_MAX or data past cap. On error
 * nothing is written. */
enum err bech32_decode(struct bytes text, const char *hrp, uint8_t *out, size_t cap, size_t *out_len) MUST_CHECK;

#endif
