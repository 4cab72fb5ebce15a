/* SPDX-License-Identifier: GPL-3.0-or-later
 * Views of bytes, fixed buffers, and the text forms of bytes. Nothing here allocates. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A view: borrowed, never owned. p may be NULL only when n is 0. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/* A buffer over somebody's storage. Appending past cap sets `failed` and changes nothing else; so a
 * run of appends is checked once, at its end. */
struct buf {
	uint8_t *p;
	size_t len;
	size_t cap;
	bool failed;
};

#define BYTES_LITERAL(s) ((struct bytes){(const uint8_t *)(s), sizeof(s) - 1})
#define BYTES_ARRAY(a)   ((struct bytes){(const uint8_t *)(a), sizeof(a)})

struct bytes bytes_of(const void *p, size_t n);
struct bytes bytes_str(const char *s);                  /* without the NUL */
struct bytes bytes_from(struct bytes b, size_t offset); /* clamped to the end */
struct bytes bytes_first(struct bytes b, size_t n);     /* clamped to the end */
bool bytes_eq(struct bytes a, struct bytes b);          /* leaks the position of a difference: public data only */
bool bytes_eq_str(struct bytes a, const char *s);
bool bytes_eq_nocase(struct bytes a, const char *s); /* ASCII letters only */
bool bytes_starts(struct bytes b, struct bytes prefix);
/* The first position of needle in b, or b.n. */
size_t bytes_find(struct bytes b, struct bytes needle);
/* Takes the bytes up to `separator` off the front of *rest and drops the separator. False once *rest is empty. */
bool bytes_split(struct bytes *rest, uint8_t separator, struct bytes *part);
struct bytes bytes_trim(struct bytes b); /* spaces, tabs, CR, LF at both ends */
/* Decimal digits only, no sign, no leading zeros but "0" itself. ERR_FORMAT, ERR_TOO_BIG (> max). */
enum err bytes_decimal(struct bytes b, uint64_t max, uint64_t *value) MUST_CHECK;

struct buf buf_over(void *storage, size_t cap);
struct bytes buf_view(const struct buf *b);
void buf_put(struct buf *b, struct bytes data);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, uint8_t c);
void buf_fill(struct buf *b, uint8_t c, size_t n);
void buf_decimal(struct buf *b, uint64_t value);
void buf_hex(struct buf *b, struct bytes data); /* lower case */

/* Text forms, made and read without a branch or an address that depends on a byte. `out` gets exactly *out_len bytes;
 * on error it is unchanged. ERR_FORMAT, ERR_TOO_BIG. */
enum err hex_decode(struct bytes text, uint8_t *out, size_t cap, size_t *out_len) MUST_CHECK;
/* RFC 4648 clause 4, canonical, without padding when pad is false (age), with it when true. */
void base64_encode(struct buf *b, struct bytes data, bool pad);
enum err base64_decode(struct bytes text, bool pad, uint8_t *out, size_t cap, size_t *out_len) MUST_CHECK;
/* RFC 4648 clause 5, unpadded: for cookies and hidden fields. */
void base64url_encode(struct buf *b, struct bytes data);
enum err base64url_decode(struct bytes text, uint8_t *out, size_t cap, size_t *out_len) MUST_CHECK;
/* RFC 4648 clause 6, canonical, without padding. Upper case as in client authorisation, lower case as in addresses;
 * either is read. */
void base32_encode(struct buf *b, struct bytes data, bool upper);
enum err base32_decode(struct bytes text, uint8_t *out, size_t cap, size_t *out_len) MUST_CHECK;

#endif
