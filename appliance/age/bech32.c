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

/* 0 to 31, or 32 for a character that is none of the alphabet's; the case has been folded. */
static uint32_t value_of(uint8_t c)
{
	uint32_t value = 0;
	uint32_t found = 0;

	for (uint32_t i = 0; i < 32; i++) {
		uint32_t same = equal_mask(alphabet[i], c);
		value |= same & i;
		found |= same;
	}
	return value | (~found & 32u);
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
		unknown |= value & 32u;
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
