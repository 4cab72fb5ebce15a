/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/bytes.h"

#include <string.h>

struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){p, n};
}

struct bytes bytes_str(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

struct bytes bytes_from(struct bytes b, size_t offset)
{
	if (b.n == 0)
		return b;
	if (offset > b.n)
		offset = b.n;
	return (struct bytes){b.p + offset, b.n - offset};
}

struct bytes bytes_first(struct bytes b, size_t n)
{
	return (struct bytes){b.p, n < b.n ? n : b.n};
}

bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool bytes_eq_str(struct bytes a, const char *s)
{
	return bytes_eq(a, bytes_str(s));
}

static uint8_t ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool bytes_eq_nocase(struct bytes a, const char *s)
{
	if (a.n != strlen(s))
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower((uint8_t)s[i]))
			return false;
	return true;
}

bool bytes_starts(struct bytes b, struct bytes prefix)
{
	return b.n >= prefix.n && bytes_eq(bytes_first(b, prefix.n), prefix);
}

size_t bytes_find(struct bytes b, struct bytes needle)
{
	const void *at;

	if (needle.n == 0)
		return 0;
	if (b.n < needle.n)
		return b.n;
	at = memmem(b.p, b.n, needle.p, needle.n);
	return at == NULL ? b.n : (size_t)((const uint8_t *)at - b.p);
}

bool bytes_split(struct bytes *rest, uint8_t separator, struct bytes *part)
{
	const uint8_t *at;

	if (rest->n == 0)
		return false;
	at = memchr(rest->p, separator, rest->n);
	*part = at == NULL ? *rest : bytes_first(*rest, (size_t)(at - rest->p));
	*rest = bytes_from(*rest, at == NULL ? rest->n : part->n + 1);
	return true;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes bytes_trim(struct bytes b)
{
	while (b.n > 0 && is_blank(b.p[0]))
		b = bytes_from(b, 1);
	while (b.n > 0 && is_blank(b.p[b.n - 1]))
		b.n--;
	return b;
}

enum err bytes_decimal(struct bytes b, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;

	if (b.n == 0 || (b.n > 1 && b.p[0] == '0'))
		return ERR_FORMAT;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < '0' || b.p[i] > '9')
			return ERR_FORMAT;
		if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(b.p[i] - '0'), &v) ||
		    v > max)
			return ERR_TOO_BIG;
	}
	*value = v;
	return ERR_OK;
}

struct buf buf_over(void *storage, size_t cap)
{
	return (struct buf){.p = storage, .len = 0, .cap = cap, .failed = false};
}

struct bytes buf_view(const struct buf *b)
{
	return (struct bytes){b->p, b->len};
}

#define FEW 16u

/* 1 to FEW bytes, as numbers and names have: the C library's memcpy takes longer to start. */
static void copy_few(uint8_t *to, const uint8_t *from, size_t n)
{
	uint64_t first = 0;
	uint64_t last = 0;

	if (n >= 8) {
		memcpy(&first, from, 8);
		memcpy(&last, from + n - 8, 8);
		memcpy(to, &first, 8);
		memcpy(to + n - 8, &last, 8);
	} else if (n >= 4) {
		memcpy(&first, from, 4);
		memcpy(&last, from + n - 4, 4);
		memcpy(to, &first, 4);
		memcpy(to + n - 4, &last, 4);
	} else {
		to[0] = from[0];
		to[n / 2] = from[n / 2];
		to[n - 1] = from[n - 1];
	}
}

void buf_put(struct buf *b, struct bytes data)
{
	if (b->failed || data.n > b->cap - b->len) {
		b->failed = true;
		return;
	}
	if (data.n > 0 && data.n <= FEW)
		copy_few(b->p + b->len, data.p, data.n);
	else if (data.n > 0)
		memcpy(b->p + b->len, data.p, data.n);
	b->len += data.n;
}

void buf_str(struct buf *b, const char *s)
{
	buf_put(b, bytes_str(s));
}

void buf_byte(struct buf *b, uint8_t c)
{
	buf_put(b, bytes_of(&c, 1));
}

void buf_fill(struct buf *b, uint8_t c, size_t n)
{
	if (b->failed || n > b->cap - b->len) {
		b->failed = true;
		return;
	}
	memset(b->p + b->len, c, n);
	b->len += n;
}

void buf_decimal(struct buf *b, uint64_t value)
{
	uint8_t digits[20];
	size_t n = sizeof digits;

	do {
		digits[--n] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_put(b, bytes_of(digits + n, sizeof digits - n));
}

/* Text forms are made without tables or branches on the data: tokens and stanza bodies pass here. */

static uint8_t hex_digit(unsigned v)
{
	return (uint8_t)(v + '0' + ((9u - v) >> 8 & 39u)); /* v > 9: 'a' - 10 - '0' */
}

void buf_hex(struct buf *b, struct bytes data)
{
	for (size_t i = 0; i < data.n; i++) {
		buf_byte(b, hex_digit(data.p[i] >> 4));
		buf_byte(b, hex_digit(data.p[i] & 15));
	}
}

/* All bits set where lo <= c <= hi. */
static unsigned in_range(unsigned c, unsigned lo, unsigned hi)
{
	return ((c - lo) >> 31 | (hi - c) >> 31) - 1u;
}

/* 0 to 15, or with 0x100 for what is no digit. */
static unsigned hex_value(uint8_t digit)
{
	unsigned c = digit;
	unsigned number = in_range(c, '0', '9');
	unsigned letter = in_range(c | 0x20, 'a', 'f');

	return (number & (c - '0')) | (letter & ((c | 0x20) - 'a' + 10)) | (~(number | letter) & 0x100u);
}

enum err hex_decode(struct bytes text, uint8_t *out, size_t cap, size_t *out_len)
{
	unsigned bad = 0;

	if (text.n % 2 != 0)
		return ERR_FORMAT;
	if (text.n / 2 > cap)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < text.n; i++)
		bad |= hex_value(text.p[i]) & 0x100u;
	if (bad != 0)
		return ERR_FORMAT;
	for (size_t i = 0; i < text.n / 2; i++)
		out[i] = (uint8_t)(hex_value(text.p[2 * i]) << 4 | hex_value(text.p[2 * i + 1]));
	*out_len = text.n / 2;
	return ERR_OK;
}

static uint8_t base64_digit(unsigned v, bool url)
{
	unsigned c = v + 'A';

	c += ((25u - v) >> 8 & 6u);                /* v > 25: 'a' - 26 - 'A' */
	c -= ((51u - v) >> 8 & 75u);               /* v > 51: '0' - 52 */
	c -= ((61u - v) >> 8 & (url ? 13u : 15u)); /* v > 61: '+' - 62, or '-' - 62 */
	c += ((62u - v) >> 8 & (url ? 49u : 3u));  /* v > 62: '/' - 63, or '_' - 63 */
	return (uint8_t)c;
}

static unsigned base64_value(uint8_t digit, bool url)
{
	unsigned c = digit;
	unsigned c62 = url ? '-' : '+';
	unsigned c63 = url ? '_' : '/';
	unsigned known = in_range(c, 'A', 'Z') | in_range(c, 'a', 'z') | in_range(c, '0', '9') | in_range(c, c62, c62) |
			 in_range(c, c63, c63);
	unsigned v = (in_range(c, 'A', 'Z') & (c - 'A')) | (in_range(c, 'a', 'z') & (c - 'a' + 26)) |
		     (in_range(c, '0', '9') & (c - '0' + 52)) | (in_range(c, c62, c62) & 62) |
		     (in_range(c, c63, c63) & 63);

	return v | (~known & 0x100u);
}

static void encode(struct buf *b, struct bytes data, bool pad, bool url)
{
	size_t i = 0;

	for (; data.n - i >= 3; i += 3) {
		unsigned v = (unsigned)data.p[i] << 16 | (unsigned)data.p[i + 1] << 8 | data.p[i + 2];
		buf_byte(b, base64_digit(v >> 18, url));
		buf_byte(b, base64_digit(v >> 12 & 63, url));
		buf_byte(b, base64_digit(v >> 6 & 63, url));
		buf_byte(b, base64_digit(v & 63, url));
	}
	if (data.n - i == 1) {
		buf_byte(b, base64_digit(data.p[i] >> 2, url));
		buf_byte(b, base64_digit((unsigned)data.p[i] << 4 & 63, url));
		buf_str(b, pad ? "==" : "");
	} else if (data.n - i == 2) {
		unsigned v = (unsigned)data.p[i] << 8 | data.p[i + 1];
		buf_byte(b, base64_digit(v >> 10, url));
		buf_byte(b, base64_digit(v >> 4 & 63, url));
		buf_byte(b, base64_digit(v << 2 & 63, url));
		buf_str(b, pad ? "=" : "");
	}
}

static enum err decode(struct bytes text, bool pad, bool url, uint8_t *out, size_t cap, size_t *out_len)
{
	unsigned bad = 0;
	unsigned acc = 0;
	unsigned acc_bits = 0;
	size_t n = 0;

	if (pad) {
		if (text.n % 4 != 0)
			return ERR_FORMAT;
		for (int i = 0; i < 2 && text.n > 0 && text.p[text.n - 1] == '='; i++)
			text.n--;
	}
	if (text.n % 4 == 1)
		return ERR_FORMAT;
	if (text.n / 4 * 3 + text.n % 4 * 3 / 4 > cap)
		return ERR_TOO_BIG;
	/* Two passes, so that nothing is written before all of it is known to be good. */
	for (size_t i = 0; i < text.n; i++)
		bad |= base64_value(text.p[i], url) & 0x100u;
	if (text.n % 4 == 2)
		bad |= base64_value(text.p[text.n - 1], url) & 15u;
	if (text.n % 4 == 3)
		bad |= base64_value(text.p[text.n - 1], url) & 3u;
	if (bad != 0)
		return ERR_FORMAT;
	for (size_t i = 0; i < text.n; i++) {
		acc = (acc << 6 | base64_value(text.p[i], url)) & 0xffffu;
		acc_bits += 6;
		if (acc_bits >= 8) {
			acc_bits -= 8;
			out[n++] = (uint8_t)(acc >> acc_bits);
		}
	}
	*out_len = n;
	return ERR_OK;
}

void base64_encode(struct buf *b, struct bytes data, bool pad)
{
	encode(b, data, pad, false);
}

enum err base64_decode(struct bytes text, bool pad, uint8_t *out, size_t cap, size_t *out_len)
{
	return decode(text, pad, false, out, cap, out_len);
}

void base64url_encode(struct buf *b, struct bytes data)
{
	encode(b, data, false, true);
}

enum err base64url_decode(struct bytes text, uint8_t *out, size_t cap, size_t *out_len)
{
	return decode(text, false, true, out, cap, out_len);
}

static uint8_t base32_digit(unsigned v, bool upper)
{
	unsigned first = upper ? 'A' : 'a';

	return (uint8_t)(v + first - ((25u - v) >> 8 & (first + 26 - '2'))); /* v > 25: '2' - 26 */
}

/* 0 to 31, or with 0x100 for what is no digit. */
static unsigned base32_value(uint8_t digit)
{
	unsigned c = digit;
	unsigned letter = in_range(c | 0x20, 'a', 'z');
	unsigned number = in_range(c, '2', '7');

	return (letter & ((c | 0x20) - 'a')) | (number & (c - '2' + 26)) | (~(letter | number) & 0x100u);
}

void base32_encode(struct buf *b, struct bytes data, bool upper)
{
	unsigned acc = 0;
	unsigned acc_bits = 0;

	for (size_t i = 0; i < data.n; i++) {
		acc = (acc << 8 | data.p[i]) & 0xfffu;
		acc_bits += 8;
		for (; acc_bits >= 5; acc_bits -= 5)
			buf_byte(b, base32_digit(acc >> (acc_bits - 5) & 31u, upper));
	}
	if (acc_bits > 0)
		buf_byte(b, base32_digit(acc << (5 - acc_bits) & 31u, upper));
}

enum err base32_decode(struct bytes text, uint8_t *out, size_t cap, size_t *out_len)
{
	unsigned bad = 0;
	unsigned acc = 0;
	unsigned acc_bits = 0;
	size_t n = text.n / 8 * 5 + text.n % 8 * 5 / 8;
	size_t at = 0;

	/* 1, 3 or 6 characters in the last group would leave five bits or more unused. */
	if (text.n % 8 == 1 || text.n % 8 == 3 || text.n % 8 == 6)
		return ERR_FORMAT;
	if (n > cap)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < text.n; i++)
		bad |= base32_value(text.p[i]) & 0x100u;
	if (text.n % 8 != 0)
		bad |= base32_value(text.p[text.n - 1]) & ((1u << text.n * 5 % 8) - 1);
	if (bad != 0)
		return ERR_FORMAT;
	for (size_t i = 0; i < text.n; i++) {
		acc = (acc << 5 | base32_value(text.p[i])) & 0xfffu;
		acc_bits += 5;
		if (acc_bits >= 8) {
			acc_bits -= 8;
			out[at++] = (uint8_t)(acc >> acc_bits);
		}
	}
	*out_len = n;
	return ERR_OK;
}
