/* SPDX-License-Identifier: GPL-3.0-or-later
 * What crypto/crypto.h has of P-256. The curve is BearSSL's; it reads no compressed points, so y is found here. */
#include <bearssl.h>
#include <string.h>

#include "crypto/crypto.h"
#include "base/secret.h"

/* Big-endian, as SEC 1 writes them. */
static const uint8_t prime[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};
static const uint8_t order[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};
static const uint8_t coefficient[32] = {
    0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7, 0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc,
    0x65, 0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6, 0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b,
};
/* (p + 1) / 4: p is 3 modulo 4, so this power of a square is its root. */
static const uint8_t root[32] = {
    0x3f, 0xff, 0xff, 0xff, 0xc0, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

/* a - b, and the borrow: 1 when a < b. Constant time; r may be a or b. */
static unsigned subtract(const uint8_t a[static 32], const uint8_t b[static 32], uint8_t r[static 32])
{
	unsigned borrow = 0;

	for (size_t i = 32; i-- > 0;) {
		unsigned difference = 0x100u + a[i] - b[i] - borrow;
		r[i] = (uint8_t)difference;
		borrow = 1 - (difference >> 8);
	}
	return borrow;
}

static unsigned add(const uint8_t a[static 32], const uint8_t b[static 32], uint8_t r[static 32])
{
	unsigned carry = 0;

	for (size_t i = 32; i-- > 0;) {
		unsigned sum = (unsigned)a[i] + b[i] + carry;
		r[i] = (uint8_t)sum;
		carry = sum >> 8;
	}
	return carry;
}

static bool below(const uint8_t a[static 32], const uint8_t b[static 32])
{
	uint8_t unused[32];

	return subtract(a, b, unused) == 1;
}

static const br_ec_impl *curve(void)
{
	return &br_ec_p256_m31;
}

bool p256_scalar_valid(const uint8_t scalar[static 32])
{
	static const uint8_t zero[32];

	return !secret_equal(scalar, zero, 32) & below(scalar, order);
}

static enum err multiply(const uint8_t scalar[static 32], uint8_t point[static P256_POINT_LEN])
{
	if (p256_scalar_valid(scalar) && curve()->mul(point, P256_POINT_LEN, scalar, 32, BR_EC_secp256r1) == 1)
		return ERR_OK;
	secret_wipe(point, P256_POINT_LEN);
	return ERR_FORMAT;
}

enum err p256(const uint8_t scalar[static 32], const uint8_t point[static P256_POINT_LEN],
	      uint8_t out[static P256_POINT_LEN])
{
	memcpy(out, point, P256_POINT_LEN);
	return multiply(scalar, out);
}

enum err p256_base(const uint8_t scalar[static 32], uint8_t out[static P256_POINT_LEN])
{
	size_t n;
	const uint8_t *generator = curve()->generator(BR_EC_secp256r1, &n);

	BUG_IF(n != P256_POINT_LEN);
	return p256(scalar, generator, out);
}

/* ---- public points */

/* x^exponent modulo p. BearSSL's engine for RSA's public operation is just that, for any odd modulus. */
static void power(uint8_t x[static 32], const uint8_t *exponent, size_t n)
{
	/* The structure carries inputs, yet can't say const; the engine reads. */
	const br_rsa_public_key key = {(uint8_t *)(uintptr_t)prime, sizeof prime, (uint8_t *)(uintptr_t)exponent, n};

	BUG_IF(br_rsa_i62_public(x, 32, &key) != 1);
}

static void add_modulo(uint8_t a[static 32], const uint8_t b[static 32])
{
	if (add(a, b, a) == 1 || !below(a, prime))
		subtract(a, prime, a);
}

static void subtract_modulo(uint8_t a[static 32], const uint8_t b[static 32])
{
	if (subtract(a, b, a) == 1)
		add(a, prime, a);
}

/* x^3 - 3x + b, x below p. */
static void square_of_y(const uint8_t x[static 32], uint8_t square[static 32])
{
	static const uint8_t three = 3;

	memcpy(square, x, 32);
	power(square, &three, 1);
	for (unsigned i = 0; i < 3; i++)
		subtract_modulo(square, x);
	add_modulo(square, coefficient);
}

static bool squares_to(const uint8_t y[static 32], const uint8_t square[static 32])
{
	static const uint8_t two = 2;
	uint8_t got[32];

	memcpy(got, y, 32);
	power(got, &two, 1);
	return memcmp(got, square, 32) == 0;
}

enum err p256_decompress(const uint8_t point[static P256_COMPRESSED_LEN], uint8_t out[static P256_POINT_LEN])
{
	const uint8_t *x = point + 1;
	uint8_t square[32];
	uint8_t y[32];

	if ((point[0] != 2 && point[0] != 3) || !below(x, prime))
		return ERR_FORMAT;
	square_of_y(x, square);
	memcpy(y, square, 32);
	power(y, root, sizeof root);
	if (!squares_to(y, square))
		return ERR_FORMAT;
	/* No point has y = 0: the order of the group is odd. */
	if ((y[31] & 1) != (point[0] & 1))
		subtract(prime, y, y);
	out[0] = 4;
	memcpy(out + 1, x, 32);
	memcpy(out + 33, y, 32);
	return ERR_OK;
}

bool p256_valid(const uint8_t point[static P256_POINT_LEN])
{
	uint8_t square[32];

	if (point[0] != 4 || !below(point + 1, prime) || !below(point + 33, prime))
		return false;
	square_of_y(point + 1, square);
	return squares_to(point + 33, square);
}
