/* SPDX-License-Identifier: GPL-3.0-or-later
 * HPKE (RFC 9180), base mode with HKDF-SHA256 and ChaCha20-Poly1305, one message per encapsulation; and its three KEMs
 * that age uses: DHKEM(P-256) of clause 4.1, MLKEM768-X25519 (X-Wing) and MLKEM768-P256 of c2sp.org/hpke-hybrids.
 * Encapsulation takes its randomness as an argument: 32 fresh bytes for ML-KEM, then a scalar for the curve. */
#ifndef AGE_HPKE_H
#define AGE_HPKE_H

#include "crypto/crypto.h"

enum hpke_kem {
	HPKE_P256 = 0x0010,
	HPKE_MLKEM768_P256 = 0x0050,
	HPKE_MLKEM768_X25519 = 0x647a,
};

#define XWING_SEED_LEN   32
#define XWING_PUBLIC_LEN (MLKEM768_PUBLIC_LEN + 32)
#define XWING_CIPHER_LEN (MLKEM768_CIPHER_LEN + 32)

#define MLKEM768_P256_PUBLIC_LEN (MLKEM768_PUBLIC_LEN + P256_POINT_LEN)
#define MLKEM768_P256_CIPHER_LEN (MLKEM768_CIPHER_LEN + P256_POINT_LEN)

/* ---- X-Wing (draft-connolly-cfrg-xwing-kem). On error all outputs are zero. */

enum err xwing_public(const uint8_t seed[static XWING_SEED_LEN], uint8_t key[static XWING_PUBLIC_LEN]) MUST_CHECK;
/* ERR_FORMAT: not an ML-KEM key. ERR_AUTH: a low-order point. */
enum err xwing_encapsulate(const uint8_t key[static XWING_PUBLIC_LEN], const uint8_t random[static 64],
			   uint8_t cipher[static XWING_CIPHER_LEN], uint8_t shared[static 32]) MUST_CHECK;
/* `key`: xwing_public(seed). ERR_AUTH: a low-order point. What was made for another key gives a secret that nobody
 * knows. */
enum err xwing_decapsulate(const uint8_t seed[static XWING_SEED_LEN], const uint8_t key[static XWING_PUBLIC_LEN],
			   const uint8_t cipher[static XWING_CIPHER_LEN], uint8_t shared[static 32]) MUST_CHECK;

/* ---- the tokens' KEMs: encapsulation alone. On error outputs are zero. */

/* ERR_FORMAT: not a point, not an ML-KEM key, not a scalar. */
enum err hpke_p256_encapsulate(const uint8_t key[static P256_POINT_LEN], const uint8_t scalar[static 32],
			       uint8_t cipher[static P256_POINT_LEN], uint8_t shared[static 32]) MUST_CHECK;
enum err hpke_mlkem768_p256_encapsulate(const uint8_t key[static MLKEM768_P256_PUBLIC_LEN],
					const uint8_t random[static 64], /* the second half: the scalar */
					uint8_t cipher[static MLKEM768_P256_CIPHER_LEN],
					uint8_t shared[static 32]) MUST_CHECK;

/* ---- the message */

/* The key schedule, clause 5.1. */
struct hpke_keys {
	uint8_t key[32];
	uint8_t nonce[12];
};

void hpke_schedule(enum hpke_kem kem, const uint8_t shared[static 32], struct bytes info, struct hpke_keys *k);
/* Sequence number 0, no associated data. `sealed` has plain.n + AEAD_TAG_LEN bytes. */
void hpke_seal(enum hpke_kem kem, const uint8_t shared[static 32], struct bytes info, struct bytes plain,
	       uint8_t *sealed);
/* As aead_open(). */
enum err hpke_open(enum hpke_kem kem, const uint8_t shared[static 32], struct bytes info, struct bytes sealed,
		   uint8_t *plain) MUST_CHECK;

#endif
