/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/bech32.h"

#include <string.h>

#include "age/age.h"

#define CHECKSUM_LEN 6

static const uint8_t alphabet[32] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

struct bytes bech32_prefix(struct bytes text)
{
	for (size_t i = text.n; i > 0; i--)
		if (text.p[i - 1] == '1')
			return bytes_first(text, i - 1);
	return bytes_first(text, 0);
}

/* Data characters may be an identity's, so neither tables nor branches look at them. */

static uint32_t polymod(uint32_t sum, uint32_t value)
{
	static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		sum ^= (0u - (top >> i & 1)) & generator[i];
	return sum;
}

static uint32_t polymod_prefix(struct bytes hrp)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < hrp.n; i++)
		sum = polymod(sum, (uint32_t)(hrp.p[i] >> 5));
	sum = polymod(sum, 0);
	for (size_t i = 0; i < hrp.n; i++)
		sum = polymod(sum, hrp.p[i] & 31u);
	return sum;
}

/* All bits set when a == b; both below 2^31. */
static uint32_t equal_mask(uint32_t a, uint32_t b)
{
	return 0u - (((a ^ b) - 1u) >> 31);
}

static uint8_t character(uint32_t value, bool upper)
{
	uint32_t c = 0;
	uint32_t letter;

	for (uint32_t i = 0; i < 32; i++)
		c |= equal_mask(i, value) & alphabet[i];
	letter = upper ? ('a' - 1 - c) >> 31 : 0; /* 1 for a letter: its case bit goes */
	return (uint8_t)(c - letter * ('a' - 'A'));
}

/* Bit k of the value of character c, at its place among 64. */
#define AT(c, value, k) ((uint64_t)((value) >> (k) & 1) << ((c) & 63))

/* Bit k of 32 + the value of every character, of the digits (below 64) and of the small letters; so bit 5 says which
 * are in the alphabet. Two words to choose from for each bit, instead of a table that a secret would index. */
#define DIGITS(k)                                                                                                      \
	(AT('0', 47, k) | AT('2', 42, k) | AT('3', 49, k) | AT('4', 53, k) | AT('5', 52, k) | AT('6', 58, k) |         \
	 AT('7', 62, k) | AT('8', 39, k) | AT('9', 37, k))
#define LETTERS(k)                                                                                                     \
	(AT('q', 32, k) | AT('p', 33, k) | AT('z', 34, k) | AT('r', 35, k) | AT('y', 36, k) | AT('x', 38, k) |         \
	 AT('g', 40, k) | AT('f', 41, k) | AT('t', 43, k) | AT('v', 44, k) | AT('d', 45, k) | AT('w', 46, k) |         \
	 AT('s', 48, k) | AT('j', 50, k) | AT('n', 51, k) | AT('k', 54, k) | AT('h', 55, k) | AT('c', 56, k) |         \
	 AT('e', 57, k) | AT('m', 59, k) | AT('u', 60, k) | AT('a', 61, k) | AT('l', 63, k))

/* 0 to 31, or 32 and more for a character that is none of the alphabet's; the case has been folded. */
static uint32_t value_of(uint8_t c)
{
	static const uint64_t bits[6][2] = {{DIGITS(0), LETTERS(0)}, {DIGITS(1), LETTERS(1)}, {DIGITS(2), LETTERS(2)},
					    {DIGITS(3), LETTERS(3)}, {DIGITS(4), LETTERS(4)}, {DIGITS(5), LETTERS(5)}};
	uint64_t letter = 0u - (uint64_t)(c >> 6 & 1);
	uint32_t value = 0;

	for (unsigned k = 0; k < 6; k++)
		value |= (uint32_t)(((bits[k][0] & ~letter) | (bits[k][1] & letter)) >> (c & 63) & 1) << k;
	/* The last bit says what is known; past ASCII nothing is. */
	return (value ^ 32u) | (c & 0x80u);
}

/* 0x20 for an upper-case letter, 0 for all else. */
static uint32_t case_bit(uint8_t c)
{
	uint32_t outside = ((uint32_t)c - 'A') >> 31 | ('Z' - (uint32_t)c) >> 31;

	return (1u - outside) << 5;
}

static uint8_t lower(uint8_t c)
{
	return (uint8_t)(c | case_bit(c));
}

static bool one_case(struct bytes text)
{
	uint32_t upper = 0;
	uint32_t small = 0;

	for (size_t i = 0; i < text.n; i++) {
		upper |= case_bit(text.p[i]);
		small |= case_bit((uint8_t)(text.p[i] ^ 0x20));
	}
	return (upper & small) == 0;
}

void bech32_encode(struct buf *out, const char *hrp, struct bytes data, bool upper)
{
	uint32_t sum = polymod_prefix(bytes_str(hrp));
	uint32_t acc = 0;
	unsigned bits = 0;

	for (const char *c = hrp; *c != '\0'; c++)
		buf_byte(out, (uint8_t)(upper && *c >= 'a' && *c <= 'z' ? *c - ('a' - 'A') : *c));
	buf_byte(out, '1');
	for (size_t i = 0; i < data.n; i++) {
		acc = (acc << 8 | data.p[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5) {
			uint32_t value = acc >> (bits - 5) & 31;
			sum = polymod(sum, value);
			buf_byte(out, character(value, upper));
		}
	}
	if (bits > 0) {
		sum = polymod(sum, acc << (5 - bits) & 31);
		buf_byte(out, character(acc << (5 - bits) & 31, upper));
	}
	for (unsigned i = 0; i < CHECKSUM_LEN; i++)
		sum = polymod(sum, 0);
	sum ^= 1;
	for (unsigned i = 0; i < CHECKSUM_LEN; i++)
		buf_byte(out, character(sum >> (5 * (CHECKSUM_LEN - 1 - i)) & 31, upper));
}

/* The checksum, and the bits left over after whole bytes: fewer than five, all zero. */
static bool data_valid(const char *hrp, struct bytes data)
{
	uint32_t sum = polymod_prefix(bytes_str(hrp));
	uint32_t unknown = 0;
	unsigned spare = (unsigned)((data.n - CHECKSUM_LEN) * 5 % 8);
	uint32_t last = data.n > CHECKSUM_LEN ? value_of(lower(data.p[data.n - CHECKSUM_LEN - 1])) : 0;

	for (size_t i = 0; i < data.n; i++) {
		uint32_t value = value_of(lower(data.p[i]));
		unknown |= value & ~31u;
		sum = polymod(sum, value & 31u);
	}
	return (unknown | (sum ^ 1u)) == 0 && spare < 5 && (last & ((1u << spare) - 1)) == 0;
}

enum err bech32_decode(struct bytes text, const char *hrp, uint8_t *out, size_t cap, size_t *out_len)
{
	struct bytes prefix;
	struct bytes data;
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t n = 0;

	if (text.n > AGE_TEXT_MAX)
		return ERR_TOO_BIG;
	/* No data character is a '1': the one after the prefix is the last. */
	prefix = bytes_first(text, strlen(hrp));
	if (!bytes_eq_nocase(prefix, hrp) || text.n < prefix.n + 1 + CHECKSUM_LEN || text.p[prefix.n] != '1')
		return ERR_FORMAT;
	data = bytes_from(text, prefix.n + 1);
	if (!one_case(text) || !data_valid(hrp, data))
		return ERR_FORMAT;
	if ((data.n - CHECKSUM_LEN) * 5 / 8 > cap)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < data.n - CHECKSUM_LEN; i++) {
		acc = (acc << 5 | value_of(lower(data.p[i]))) & 0xfff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	*out_len = n;
	return ERR_OK;
}
