/* SPDX-License-Identifier: GPL-3.0-or-later
 * The primitives, one name each. Bulk ChaCha20 and Poly1305 are OpenSSL's assembler, called without EVP; SHA-256,
 * HMAC, HKDF, X25519 and P-256 are BearSSL's. None of these allocates, blocks or makes a system call. SHA-3 and ML-KEM
 * are OpenSSL's EVP, and do.
 * Constant time in keys and contents, not in lengths. Inputs may not overlap outputs unless it is said. */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/bytes.h"

#define AEAD_TAG_LEN 16

void sha256(struct bytes in, uint8_t out[static 32]);
void hmac_sha256(struct bytes key, struct bytes data, uint8_t out[static 32]);
/* RFC 5869: extract and expand. n is at most 255 * 32. Extract alone is hmac_sha256(salt, secret). */
void hkdf_sha256(struct bytes secret, struct bytes salt, struct bytes info, uint8_t *out, size_t n);

/* Whether two contents are the same: Poly1305 (RFC 8439, clause 2.5) under a secret key that is used for nothing else,
 * many times faster than a hash. Sums are as secret as the key: who sees two can make contents that have the same. */
#define CHECKSUM_LEN 16
struct checksum {
	uint64_t words[31];
};
void checksum_begin(struct checksum *c, const uint8_t key[static 32]);
void checksum_update(struct checksum *c, struct bytes in);
/* Wipes *c. */
void checksum_end(struct checksum *c, uint8_t out[static CHECKSUM_LEN]);

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

/* ---- P-256 (FIPS 186-5, SP 800-186). Points: SEC 1, clause 2.3.3. */

#define P256_POINT_LEN      65 /* uncompressed */
#define P256_COMPRESSED_LEN 33

/* Neither 0 nor past the order. Constant time. */
bool p256_scalar_valid(const uint8_t scalar[static 32]);
/* scalar * point; what ECDH takes of `out` is out + 1, 32 bytes. ERR_FORMAT: not a point of the curve, or not a valid
 * scalar; `out` is zero. */
enum err p256(const uint8_t scalar[static 32], const uint8_t point[static P256_POINT_LEN],
	      uint8_t out[static P256_POINT_LEN]) MUST_CHECK;
enum err p256_base(const uint8_t scalar[static 32], uint8_t out[static P256_POINT_LEN]) MUST_CHECK;
/* Public data: not constant time. ERR_FORMAT: not a point; `out` is unchanged. */
enum err p256_decompress(const uint8_t point[static P256_COMPRESSED_LEN],
			 uint8_t out[static P256_POINT_LEN]) MUST_CHECK;
bool p256_valid(const uint8_t point[static P256_POINT_LEN]);

/* ---- FIPS 202 and 203, by OpenSSL's EVP: it allocates, and its first use in a process takes a millisecond. */

/* Without memory this process ends. */
void sha3_256(struct bytes in, uint8_t out[static 32]);
void shake256(struct bytes in, uint8_t *out, size_t n);

/* ML-KEM-768. */
#define MLKEM768_SEED_LEN   64 /* d || z: the decapsulation key is made from it each time */
#define MLKEM768_PUBLIC_LEN 1184
#define MLKEM768_CIPHER_LEN 1088

/* FIPS 203, 7.2: every coefficient is below the prime. Needs no EVP. Public data: not constant time. */
bool mlkem768_public_valid(const uint8_t key[static MLKEM768_PUBLIC_LEN]);
/* Algorithm 16. ERR_LIBRARY, also below: no memory; outputs are zero. */
enum err mlkem768_public(const uint8_t seed[static MLKEM768_SEED_LEN],
			 uint8_t key[static MLKEM768_PUBLIC_LEN]) MUST_CHECK;
/* Algorithm 17; m: 32 fresh random bytes. ERR_FORMAT: the key is not valid. */
enum err mlkem768_encapsulate(const uint8_t key[static MLKEM768_PUBLIC_LEN], const uint8_t m[static 32],
			      uint8_t cipher[static MLKEM768_CIPHER_LEN], uint8_t shared[static 32]) MUST_CHECK;
/* Algorithm 18: a ciphertext that is not for this key gives a secret that nobody knows, not an error. */
enum err mlkem768_decapsulate(const uint8_t seed[static MLKEM768_SEED_LEN],
			      const uint8_t cipher[static MLKEM768_CIPHER_LEN], uint8_t shared[static 32]) MUST_CHECK;

#endif
