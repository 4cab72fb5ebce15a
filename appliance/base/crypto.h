/* SPDX-License-Identifier: GPL-3.0-or-later
 * The primitives, one name each. Bulk ChaCha20 and Poly1305 are OpenSSL's assembler, called without EVP; SHA-256,
 * HMAC, HKDF and X25519 are BearSSL's. Nothing here allocates, blocks or makes a system call (sha3_256 excepted).
 * Constant time in keys and contents, not in lengths. Inputs may not overlap outputs unless it is said. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/bytes.h"

#define AEAD_TAG_LEN 16

void sha256(struct bytes in, uint8_t out[static 32]);
void hmac_sha256(struct bytes key, struct bytes data, uint8_t out[static 32]);
/* RFC 5869: extract and expand. n is at most 255 * 32. */
void hkdf_sha256(struct bytes secret, struct bytes salt, struct bytes info, uint8_t *out, size_t n);

/* RFC 8439, clause 2.8. `out` has plain.n + AEAD_TAG_LEN bytes and may be plain.p itself. A nonce is used once per key;
 * plain.n is below 2^38 - 64 (more is a bug). */
void aead_seal(const uint8_t key[static 32], const uint8_t nonce[static 12], struct bytes ad, struct bytes plain,
	       uint8_t *out);
/* `out` has sealed.n - AEAD_TAG_LEN bytes and may be sealed.p itself. ERR_FORMAT: shorter than a tag, nothing is
 * written. ERR_AUTH: the tag does not fit; `out` is zero, or if it is sealed.p, as it was: the tag is checked before a
 * byte is decrypted. */
enum err aead_open(const uint8_t key[static 32], const uint8_t nonce[static 12], struct bytes ad, struct bytes sealed,
		   uint8_t *out) MUST_CHECK;

/* RFC 7748, clause 5. ERR_AUTH: the result is all zero (a low-order point), and so is `out`. `out` may be `point`. */
enum err x25519(const uint8_t scalar[static 32], const uint8_t point[static 32], uint8_t out[static 32]) MUST_CHECK;
void x25519_base(const uint8_t scalar[static 32], uint8_t out[static 32]);
/* One of the seven encodings (sign bit ignored) that make every shared secret zero. Public data: not constant time. */
bool x25519_low_order(const uint8_t point[static 32]);

/* FIPS 202, by OpenSSL's EVP, which allocates: onion addresses, in tools. A failure is a bug. */
void sha3_256(struct bytes in, uint8_t out[static 32]);

#endif
