/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/crypto.h"

#include <bearssl.h>
#include <crypto/chacha.h>
#include <crypto/poly1305.h>
#include <string.h>

#include "crypto/openssl.h"
#include "base/secret.h"

void sha256(struct bytes in, uint8_t out[static 32])
{
	br_sha256_context c;

	br_sha256_init(&c);
	br_sha256_update(&c, in.p, in.n);
	br_sha256_out(&c, out);
	SECRET_WIPE(c);
}

void hmac_sha256(struct bytes key, struct bytes data, uint8_t out[static 32])
{
	br_hmac_key_context k;
	br_hmac_context c;

	br_hmac_key_init(&k, &br_sha256_vtable, key.p, key.n);
	br_hmac_init(&c, &k, 0);
	br_hmac_update(&c, data.p, data.n);
	br_hmac_out(&c, out);
	SECRET_WIPE(k);
	SECRET_WIPE(c);
}

void hkdf_sha256(struct bytes secret, struct bytes salt, struct bytes info, uint8_t *out, size_t n)
{
	br_hkdf_context c;

	BUG_IF(n > 255 * 32);
	br_hkdf_init(&c, &br_sha256_vtable, salt.p, salt.n);
	br_hkdf_inject(&c, secret.p, secret.n);
	br_hkdf_flip(&c);
	BUG_IF(br_hkdf_produce(&c, info.p, info.n, out, n) != n);
	SECRET_WIPE(c);
}

/* ---- RFC 8439 */

#define CHACHA_BLOCK 64

/* The cipher as OpenSSL's assembler takes it: words in host order, block counter first. */
struct chacha {
	unsigned key[8];
	unsigned counter[4];
};

/* The constructor that would do this in every process, needed or not, is taken out of the library
 * (image/libs/openssl.sh). It looks only once. */
void OPENSSL_cpuid_setup(void);

static void chacha_init(struct chacha *c, const uint8_t key[static 32], const uint8_t nonce[static 12])
{
	OPENSSL_cpuid_setup();
	for (size_t i = 0; i < 8; i++)
		c->key[i] = CHACHA_U8TOU32(key + 4 * i);
	c->counter[0] = 0;
	for (size_t i = 0; i < 3; i++)
		c->counter[1 + i] = CHACHA_U8TOU32(nonce + 4 * i);
}

/* Clause 2.6: block 0 keys Poly1305; the text starts at block 1. */
static void mac_init(struct chacha *c, POLY1305 *mac)
{
	uint8_t block[CHACHA_BLOCK] = {0};

	ChaCha20_ctr32(block, block, sizeof block, c->key, c->counter);
	c->counter[0] = 1;
	Poly1305_Init(mac, block);
	SECRET_WIPE(block);
}

static void mac_padded(POLY1305 *mac, struct bytes data)
{
	static const uint8_t zeros[16];

	if (data.n > 0)
		Poly1305_Update(mac, data.p, data.n);
	if (data.n % 16 > 0)
		Poly1305_Update(mac, zeros, 16 - data.n % 16);
}

static void put_u64(uint8_t out[static 8], uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (8 * i));
}

static void mac_finish(POLY1305 *mac, struct bytes ad, struct bytes cipher, uint8_t tag[static AEAD_TAG_LEN])
{
	uint8_t lengths[16];

	mac_padded(mac, cipher);
	put_u64(lengths, ad.n);
	put_u64(lengths + 8, cipher.n);
	Poly1305_Update(mac, lengths, sizeof lengths);
	Poly1305_Final(mac, tag);
}

/* The block counter has 32 bits: past them the key stream would repeat. */
#define AEAD_PLAIN_MAX (((uint64_t)UINT32_MAX - 1) * CHACHA_BLOCK)

void aead_seal(const uint8_t key[static 32], const uint8_t nonce[static 12], struct bytes ad, struct bytes plain,
	       uint8_t *out)
{
	struct chacha c;
	POLY1305 mac;

	BUG_IF(plain.n > AEAD_PLAIN_MAX);
	chacha_init(&c, key, nonce);
	mac_init(&c, &mac);
	mac_padded(&mac, ad);
	if (plain.n > 0)
		ChaCha20_ctr32(out, plain.p, plain.n, c.key, c.counter);
	mac_finish(&mac, ad, bytes_of(out, plain.n), out + plain.n);
	SECRET_WIPE(c);
	SECRET_WIPE(mac);
}

enum err aead_open(const uint8_t key[static 32], const uint8_t nonce[static 12], struct bytes ad, struct bytes sealed,
		   uint8_t *out)
{
	struct chacha c;
	POLY1305 mac;
	uint8_t tag[AEAD_TAG_LEN];
	enum err e = ERR_OK;
	size_t n;

	if (sealed.n < AEAD_TAG_LEN)
		return ERR_FORMAT;
	n = sealed.n - AEAD_TAG_LEN;
	BUG_IF(n > AEAD_PLAIN_MAX);
	chacha_init(&c, key, nonce);
	mac_init(&c, &mac);
	mac_padded(&mac, ad);
	mac_finish(&mac, ad, bytes_first(sealed, n), tag);
	if (!secret_equal(tag, sealed.p + n, sizeof tag)) {
		e = ERR_AUTH;
		if (n > 0 && out != sealed.p)
			memset(out, 0, n);
		goto out;
	}
	if (n > 0)
		ChaCha20_ctr32(out, sealed.p, n, c.key, c.counter);
out:
	SECRET_WIPE(c);
	SECRET_WIPE(mac);
	SECRET_WIPE(tag);
	return e;
}

/* ---- Poly1305 alone */

_Static_assert(sizeof(POLY1305) == sizeof(struct checksum), "a checksum is OpenSSL's state");

void checksum_begin(struct checksum *c, const uint8_t key[static 32])
{
	POLY1305 mac;

	OPENSSL_cpuid_setup();
	Poly1305_Init(&mac, key);
	memcpy(c, &mac, sizeof mac);
	SECRET_WIPE(mac);
}

void checksum_update(struct checksum *c, struct bytes in)
{
	POLY1305 mac;

	if (in.n == 0)
		return;
	memcpy(&mac, c, sizeof mac);
	Poly1305_Update(&mac, in.p, in.n);
	memcpy(c, &mac, sizeof mac);
	SECRET_WIPE(mac);
}

void checksum_end(struct checksum *c, uint8_t out[static CHECKSUM_LEN])
{
	POLY1305 mac;

	memcpy(&mac, c, sizeof mac);
	Poly1305_Final(&mac, out);
	SECRET_WIPE(mac);
	SECRET_WIPE(*c);
}

/* ---- RFC 7748 */

/* BearSSL clamps the scalar, masks the point's top bit, and on this curve takes both little-endian. */
enum err x25519(const uint8_t scalar[static 32], const uint8_t point[static 32], uint8_t out[static 32])
{
	static const uint8_t zero[32];

	memmove(out, point, 32);
	BUG_IF(br_ec_c25519_m31.mul(out, 32, scalar, 32, BR_EC_curve25519) != 1);
	return secret_equal(out, zero, 32) ? ERR_AUTH : ERR_OK;
}

void x25519_base(const uint8_t scalar[static 32], uint8_t out[static 32])
{
	static const uint8_t base[32] = {9};

	/* The base point has a large prime order: never zero. */
	BUG_IF(x25519(scalar, base, out) != ERR_OK);
}

bool x25519_low_order(const uint8_t point[static 32])
{
	static const uint8_t points[7][32] = {
	    {0},
	    {1},
	    /* the two of order 8 */
	    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
	     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
	    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
	     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
	    /* p - 1, and p and p + 1, which are 0 and 1 again */
	    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
	};

	for (size_t i = 0; i < 7; i++)
		if (memcmp(point, points[i], 31) == 0 && (point[31] & 0x7f) == points[i][31])
			return true;
	return false;
}
