/* SPDX-License-Identifier: GPL-3.0-or-later
 * base/bytes.c, for all inputs of up to MAX bytes. */
#include "proof.h"

#include "base/bytes.c"

enum { MAX = 5 };

void prove_views(void)
{
	struct bytes b = any_bytes(MAX), part;
	size_t at = nondet_size();

	part = bytes_from(b, at);
	PROVE(part.n <= b.n && (b.n == 0 || part.p + part.n == b.p + b.n));
	part = bytes_first(b, at);
	PROVE(part.n <= b.n && part.p == b.p && part.n <= at);
	part = bytes_trim(b);
	PROVE(part.n <= b.n && (part.n == 0 || (part.p >= b.p && part.p + part.n <= b.p + b.n)));
}

void prove_split(void)
{
	struct bytes b = any_bytes(MAX), rest = b, part;
	uint8_t separator = nondet_byte();

	if (bytes_split(&rest, separator, &part)) {
		PROVE(part.p == b.p && part.n + rest.n <= b.n);
		PROVE(part.n == b.n ? rest.n == 0 : b.p[part.n] == separator && part.n + 1 + rest.n == b.n);
		PROVE(rest.n == 0 || rest.p + rest.n == b.p + b.n);
		for (size_t i = 0; i < part.n; i++)
			PROVE(part.p[i] != separator);
	} else {
		PROVE(b.n == 0);
	}
}

void prove_find(void)
{
	struct bytes b = any_bytes(MAX), needle = any_bytes(2);
	size_t at = bytes_find(b, needle);

	PROVE(at <= b.n);
	PROVE(at == b.n || at + needle.n <= b.n);
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void prove_nocase(void)
{
	struct bytes a = any_bytes(MAX);
	uint8_t s[MAX + 1];
	size_t n = nondet_size();
	bool same;

	ASSUME(n <= MAX && memchr(s, 0, n) == NULL);
	s[n] = 0;
	same = a.n == n;
	for (size_t i = 0; i < n && a.n == n; i++)
		same = same && (a.p[i] == s[i] || ((a.p[i] ^ s[i]) == 0x20 && is_letter(s[i])));
	PROVE(bytes_eq_nocase(a, (const char *)s) == same);
}

void prove_decimal(void)
{
	struct bytes b = any_bytes(21); /* one digit more than the largest number has */
	uint64_t max = nondet_u64(), value = 77;
	enum err e = bytes_decimal(b, max, &value);

	PROVE(e == ERR_OK || value == 77);
	PROVE(e != ERR_OK || value <= max);
}

void prove_put(void)
{
	size_t cap = nondet_size();
	struct bytes data = any_bytes(18); /* past what copy_few() takes */
	uint8_t *storage;
	struct buf out;
	size_t before;

	ASSUME(cap <= 20);
	storage = malloc(cap);
	ASSUME(storage != NULL || cap == 0);
	out = buf_over(storage, cap);
	out.len = nondet_size();
	ASSUME(out.len <= cap && out.len <= 2);
	before = out.len;
	buf_put(&out, data);
	PROVE(out.len <= out.cap);
	PROVE(out.failed == (data.n > cap - before));
	PROVE(out.len == (out.failed ? before : before + data.n));
	for (size_t i = 0; !out.failed && i < data.n; i++)
		PROVE(storage[before + i] == data.p[i]);
}

void prove_hex(void)
{
	struct bytes text = any_bytes(7);
	uint8_t out[2] = {7, 7};
	size_t n = 77;
	enum err e = hex_decode(text, out, sizeof out, &n);

	PROVE(e == ERR_OK ? n * 2 == text.n && n <= sizeof out : n == 77 && out[0] == 7 && out[1] == 7);
}

void prove_base64(void)
{
	struct bytes text = any_bytes(8);
	uint8_t out[5] = {7, 7, 7, 7, 7};
	size_t cap = nondet_size(), n = 77;
	size_t whole = text.n;
	bool pad = nondet_bool();
	enum err e;

	ASSUME(cap <= sizeof out);
	e = base64_decode(text, pad, out, cap, &n);
	PROVE(e == ERR_OK || (n == 77 && out[0] == 7 && out[4] == 7));
	PROVE(e != ERR_OK || !pad || whole % 4 == 0);
	for (int i = 0; i < 2 && pad && text.n > 0 && text.p[text.n - 1] == '='; i++)
		text.n--;
	PROVE(e != ERR_OK || (n == text.n / 4 * 3 + text.n % 4 * 3 / 4 && n <= cap && text.n % 4 != 1));
}
