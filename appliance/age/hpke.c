/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/hpke.h"

#include <string.h>

#include "base/secret.h"

#define VERSION       "HPKE-v1"
#define LABELED_MAX   512 /* the longest input: a label, 130 bytes of two points */
#define X25519_LABEL  "\\.//^\\"
#define P256_LABEL    "MLKEM768-P256"
#define KDF_SHA256    0x0001
#define AEAD_CHACHA20 0x0003

/* ---- labeled key derivation, clause 4 */

static void put_u16(struct buf *out, unsigned v)
{
	buf_byte(out, (uint8_t)(v >> 8));
	buf_byte(out, (uint8_t)v);
}

/* "KEM" for what happens inside one, "HPKE" with all three algorithms elsewhere. */
static void put_suite(struct buf *out, enum hpke_kem kem, bool inside)
{
	buf_str(out, inside ? "KEM" : "HPKE");
	put_u16(out, kem);
	if (inside)
		return;
	put_u16(out, KDF_SHA256);
	put_u16(out, AEAD_CHACHA20);
}

struct labeled {
	enum hpke_kem kem;
	bool inside;
	const char *label;
};

static void extract(struct labeled l, struct bytes salt, struct bytes secret, uint8_t out[static 32])
{
	uint8_t storage[LABELED_MAX];
	struct buf in = buf_over(storage, sizeof storage);

	buf_str(&in, VERSION);
	put_suite(&in, l.kem, l.inside);
	buf_str(&in, l.label);
	buf_put(&in, secret);
	BUG_IF(in.failed);
	hmac_sha256(salt, buf_view(&in), out);
	SECRET_WIPE(storage);
}

/* n is at most 32: one block. */
static void expand(struct labeled l, const uint8_t secret[static 32], struct bytes context, uint8_t *out, size_t n)
{
	uint8_t storage[LABELED_MAX];
	struct buf in = buf_over(storage, sizeof storage);
	uint8_t block[32];

	put_u16(&in, (unsigned)n);
	buf_str(&in, VERSION);
	put_suite(&in, l.kem, l.inside);
	buf_str(&in, l.label);
	buf_put(&in, context);
	buf_byte(&in, 1);
	BUG_IF(in.failed || n > sizeof block);
	hmac_sha256(bytes_of(secret, 32), buf_view(&in), block);
	memcpy(out, block, n);
	SECRET_WIPE(block);
	SECRET_WIPE(storage);
}

/* ---- hybrid KEMs */

/* What both have in common: the secret is a hash of both secrets and of what the curve's alone would not bind. */
static void combine(const uint8_t pq[static 32], const uint8_t traditional[static 32], struct bytes cipher,
		    struct bytes key, const char *label, uint8_t shared[static 32])
{
	uint8_t storage[LABELED_MAX];
	struct buf in = buf_over(storage, sizeof storage);

	buf_put(&in, bytes_of(pq, 32));
	buf_put(&in, bytes_of(traditional, 32));
	buf_put(&in, cipher);
	buf_put(&in, key);
	buf_str(&in, label);
	BUG_IF(in.failed);
	sha3_256(buf_view(&in), shared);
	SECRET_WIPE(storage);
}

/* ML-KEM's seed, then the scalar. */
struct xwing_secrets {
	uint8_t bytes[MLKEM768_SEED_LEN + 32];
};

static struct xwing_secrets xwing_expand(const uint8_t seed[static XWING_SEED_LEN])
{
	struct xwing_secrets s;

	shake256(bytes_of(seed, XWING_SEED_LEN), s.bytes, sizeof s.bytes);
	return s;
}

enum err xwing_public(const uint8_t seed[static XWING_SEED_LEN], uint8_t key[static XWING_PUBLIC_LEN])
{
	struct xwing_secrets s = xwing_expand(seed);
	enum err e = mlkem768_public(s.bytes, key);

	if (e == ERR_OK)
		x25519_base(s.bytes + MLKEM768_SEED_LEN, key + MLKEM768_PUBLIC_LEN);
	else
		secret_wipe(key, XWING_PUBLIC_LEN);
	SECRET_WIPE(s);
	return e;
}

enum err xwing_encapsulate(const uint8_t key[static XWING_PUBLIC_LEN], const uint8_t random[static 64],
			   uint8_t cipher[static XWING_CIPHER_LEN], uint8_t shared[static 32])
{
	const uint8_t *point = key + MLKEM768_PUBLIC_LEN;
	uint8_t *share = cipher + MLKEM768_CIPHER_LEN;
	uint8_t pq[32];
	uint8_t traditional[32];
	enum err e;

	TRY(mlkem768_encapsulate(key, random, cipher, pq));
	TRY(x25519(random + 32, point, traditional));
	x25519_base(random + 32, share);
	combine(pq, traditional, bytes_of(share, 32), bytes_of(point, 32), X25519_LABEL, shared);
out:
	if (e != ERR_OK) {
		secret_wipe(cipher, XWING_CIPHER_LEN);
		secret_wipe(shared, 32);
	}
	SECRET_WIPE(pq);
	SECRET_WIPE(traditional);
	return e;
}

enum err xwing_decapsulate(const uint8_t seed[static XWING_SEED_LEN], const uint8_t key[static XWING_PUBLIC_LEN],
			   const uint8_t cipher[static XWING_CIPHER_LEN], uint8_t shared[static 32])
{
	const uint8_t *share = cipher + MLKEM768_CIPHER_LEN;
	struct xwing_secrets s = xwing_expand(seed);
	uint8_t pq[32];
	uint8_t traditional[32];
	enum err e;

	TRY(x25519(s.bytes + MLKEM768_SEED_LEN, share, traditional));
	TRY(mlkem768_decapsulate(s.bytes, cipher, pq));
	combine(pq, traditional, bytes_of(share, 32), bytes_of(key + MLKEM768_PUBLIC_LEN, 32), X25519_LABEL, shared);
out:
	if (e != ERR_OK)
		secret_wipe(shared, 32);
	SECRET_WIPE(s);
	SECRET_WIPE(pq);
	SECRET_WIPE(traditional);
	return e;
}

/* ---- P-256 */

/* The share into cipher, the product's x into secret. */
static enum err p256_exchange(const uint8_t key[static P256_POINT_LEN], const uint8_t scalar[static 32],
			      uint8_t cipher[static P256_POINT_LEN], uint8_t secret[static 32])
{
	uint8_t product[P256_POINT_LEN];
	enum err e;

	TRY(p256_base(scalar, cipher));
	TRY(p256(scalar, key, product));
	memcpy(secret, product + 1, 32);
out:
	SECRET_WIPE(product);
	return e;
}

enum err hpke_p256_encapsulate(const uint8_t key[static P256_POINT_LEN], const uint8_t scalar[static 32],
			       uint8_t cipher[static P256_POINT_LEN], uint8_t shared[static 32])
{
	uint8_t context[2 * P256_POINT_LEN];
	uint8_t secret[32];
	uint8_t extracted[32];
	enum err e;

	TRY(p256_exchange(key, scalar, cipher, secret));
	memcpy(context, cipher, P256_POINT_LEN);
	memcpy(context + P256_POINT_LEN, key, P256_POINT_LEN);
	extract((struct labeled){HPKE_P256, true, "eae_prk"}, BYTES_LITERAL(""), BYTES_ARRAY(secret), extracted);
	expand((struct labeled){HPKE_P256, true, "shared_secret"}, extracted, BYTES_ARRAY(context), shared, 32);
out:
	if (e != ERR_OK) {
		secret_wipe(cipher, P256_POINT_LEN);
		secret_wipe(shared, 32);
	}
	SECRET_WIPE(secret);
	SECRET_WIPE(extracted);
	return e;
}

enum err hpke_mlkem768_p256_encapsulate(const uint8_t key[static MLKEM768_P256_PUBLIC_LEN],
					const uint8_t random[static 64],
					uint8_t cipher[static MLKEM768_P256_CIPHER_LEN], uint8_t shared[static 32])
{
	const uint8_t *point = key + MLKEM768_PUBLIC_LEN;
	uint8_t *share = cipher + MLKEM768_CIPHER_LEN;
	uint8_t pq[32];
	uint8_t traditional[32];
	enum err e;

	TRY(mlkem768_encapsulate(key, random, cipher, pq));
	TRY(p256_exchange(point, random + 32, share, traditional));
	combine(pq, traditional, bytes_of(share, P256_POINT_LEN), bytes_of(point, P256_POINT_LEN), P256_LABEL, shared);
out:
	if (e != ERR_OK) {
		secret_wipe(cipher, MLKEM768_P256_CIPHER_LEN);
		secret_wipe(shared, 32);
	}
	SECRET_WIPE(pq);
	SECRET_WIPE(traditional);
	return e;
}

/* ---- the message, clause 5 */

void hpke_schedule(enum hpke_kem kem, const uint8_t shared[static 32], struct bytes info, struct hpke_keys *k)
{
	const struct bytes none = BYTES_LITERAL("");
	uint8_t context[1 + 32 + 32] = {0}; /* mode_base, the hash of no pre-shared key's name, of the info */
	uint8_t secret[32];

	extract((struct labeled){kem, false, "psk_id_hash"}, none, none, context + 1);
	extract((struct labeled){kem, false, "info_hash"}, none, info, context + 33);
	extract((struct labeled){kem, false, "secret"}, bytes_of(shared, 32), none, secret);
	expand((struct labeled){kem, false, "key"}, secret, BYTES_ARRAY(context), k->key, sizeof k->key);
	expand((struct labeled){kem, false, "base_nonce"}, secret, BYTES_ARRAY(context), k->nonce, sizeof k->nonce);
	SECRET_WIPE(secret);
}

void hpke_seal(enum hpke_kem kem, const uint8_t shared[static 32], struct bytes info, struct bytes plain,
	       uint8_t *sealed)
{
	struct hpke_keys k;

	hpke_schedule(kem, shared, info, &k);
	aead_seal(k.key, k.nonce, BYTES_LITERAL(""), plain, sealed);
	SECRET_WIPE(k);
}

enum err hpke_open(enum hpke_kem kem, const uint8_t shared[static 32], struct bytes info, struct bytes sealed,
		   uint8_t *plain)
{
	struct hpke_keys k;
	enum err e;

	hpke_schedule(kem, shared, info, &k);
	e = aead_open(k.key, k.nonce, BYTES_LITERAL(""), sealed, plain);
	SECRET_WIPE(k);
	return e;
}
