/* SPDX-License-Identifier: GPL-3.0-or-later
 * Ed25519's public key from an *expanded* secret, which is what Tor keeps and hands out: the one step that the crypto
 * libraries offer only from a seed. RFC 8032, clause 5.1.5, steps 3 and 4. */
#ifndef ONION_CURVE_H
#define ONION_CURVE_H

#include <stdint.h>

/* out = scalar * B, encoded; the scalar is 32 bytes, little-endian, already clamped. Constant time. No system calls. */
void curve_public(const uint8_t scalar[static 32], uint8_t out[static 32]);

#endif
