/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "onion/onion.h"

#include <bearssl_hash.h>
#include <string.h>

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "onion/curve.h"

#define KEY_FILE_TAG  BYTES_LITERAL("== ed25519v1-secret: type0 ==\0\0\0")
#define CLIENT_PREFIX BYTES_LITERAL("descriptor:x25519:")
#define ONION_SUFFIX  BYTES_LITERAL(".onion")

enum { ONION_RAW_LEN = 35, ONION_BASE32_LEN = 56, ONION_VERSION = 3 };

void onion_secret_from_seed(struct onion_secret *s, const uint8_t seed[static 32])
{
	br_sha512_context hash;

	br_sha512_init(&hash);
	br_sha512_update(&hash, seed, 32);
	br_sha512_out(&hash, s->expanded);
	SECRET_WIPE(hash);
	s->expanded[0] &= 248;
	s->expanded[31] = (uint8_t)((s->expanded[31] & 127) | 64);
}

void onion_secret_new(struct onion_secret *s)
{
	uint8_t seed[32];

	random_fill(seed, sizeof seed);
	onion_secret_from_seed(s, seed);
	SECRET_WIPE(seed);
}

enum err onion_secret_read(struct bytes file, struct onion_secret *s)
{
	const uint8_t *key;

	if (file.n != ONION_KEY_FILE_LEN || !bytes_starts(file, KEY_FILE_TAG))
		return ERR_FORMAT;
	key = file.p + KEY_FILE_TAG.n;
	if ((key[0] & 7) != 0 || (key[31] & 0xc0) != 0x40)
		return ERR_FORMAT;
	memcpy(s->expanded, key, sizeof s->expanded);
	return ERR_OK;
}

void onion_secret_write(const struct onion_secret *s, uint8_t file[static ONION_KEY_FILE_LEN])
{
	memcpy(file, KEY_FILE_TAG.p, KEY_FILE_TAG.n);
	memcpy(file + KEY_FILE_TAG.n, s->expanded, sizeof s->expanded);
}

/* public key, checksum, version: what base32 makes an address of. */
static void raw_address(const uint8_t public_key[static 32], uint8_t raw[static ONION_RAW_LEN])
{
	uint8_t storage[64];
	struct buf input = buf_over(storage, sizeof storage);
	uint8_t digest[32];

	buf_str(&input, ".onion checksum");
	buf_put(&input, bytes_of(public_key, 32));
	buf_byte(&input, ONION_VERSION);
	BUG_IF(input.failed);
	sha3_256(buf_view(&input), digest);
	memmove(raw, public_key, 32);
	raw[32] = digest[0];
	raw[33] = digest[1];
	raw[34] = ONION_VERSION;
}

void onion_address(const struct onion_secret *s, uint8_t out[static ONION_ADDRESS_LEN])
{
	uint8_t public_key[32];
	uint8_t raw[ONION_RAW_LEN];
	struct buf text = buf_over(out, ONION_ADDRESS_LEN);

	curve_public(s->expanded, public_key);
	raw_address(public_key, raw);
	base32_encode(&text, BYTES_ARRAY(raw), false);
	buf_put(&text, ONION_SUFFIX);
	BUG_IF(text.failed || text.len != ONION_ADDRESS_LEN);
}

void onion_prepare(void)
{
	uint8_t digest[32];

	sha3_256(BYTES_LITERAL(""), digest);
}

enum err onion_address_check(struct bytes text)
{
	uint8_t raw[ONION_RAW_LEN];
	uint8_t expected[ONION_RAW_LEN];
	size_t n;

	if (text.n != ONION_ADDRESS_LEN || !bytes_eq(bytes_from(text, ONION_BASE32_LEN), ONION_SUFFIX))
		return ERR_FORMAT;
	text = bytes_first(text, ONION_BASE32_LEN);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 'A' && text.p[i] <= 'Z')
			return ERR_FORMAT;
	if (base32_decode(text, raw, sizeof raw, &n) != ERR_OK || n != sizeof raw)
		return ERR_FORMAT;
	raw_address(raw, expected);
	return memcmp(raw, expected, sizeof raw) == 0 ? ERR_OK : ERR_FORMAT;
}

void onion_client_line(struct buf *out, const uint8_t public_key[static 32])
{
	buf_put(out, CLIENT_PREFIX);
	base32_encode(out, bytes_of(public_key, 32), true);
}

enum err onion_client_check(struct bytes text)
{
	uint8_t key[32];
	size_t n;

	if (text.n != ONION_CLIENT_LEN || !bytes_starts(text, CLIENT_PREFIX))
		return ERR_FORMAT;
	if (base32_decode(bytes_from(text, CLIENT_PREFIX.n), key, sizeof key, &n) != ERR_OK || n != sizeof key)
		return ERR_FORMAT;
	return x25519_low_order(key) ? ERR_FORMAT : ERR_OK;
}
