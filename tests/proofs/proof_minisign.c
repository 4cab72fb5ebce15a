/* SPDX-License-Identifier: GPL-3.0-or-later
 * verify/minisign.c: a key and a signature file of any bytes. OpenSSL says what it likes of them; lines are any that
 * minisign/lines shows. */
#include "views.h"

/* OpenSSL asks <limits.h> for it, and cbmc finds ours. */
#define INT_MAX __INT_MAX__
#include "verify/minisign.c"

enum { FILE_MAX = 24 };

/* As bytes/base64 shows. */
enum err base64_decode_shown(struct bytes text, bool pad, uint8_t *out, size_t cap, size_t *out_len)
{
	PROVE(pad && (text.n == 0 || __CPROVER_r_ok(text.p, text.n)) && __CPROVER_w_ok(out, cap));
	*out_len = nondet_size();
	ASSUME(*out_len <= cap);
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_lines(void)
{
	uint8_t object[FILE_MAX], out[3];
	struct bytes all = last_bytes(object, sizeof object), rest = all, text;

	if (nondet_bool())
		(void)take_base64(&rest, out, sizeof out);
	else if (take_comment(&rest, trusted, &text))
		PROVE(within(text, all) && text.n + rest.n < all.n);
	PROVE(is_rest(rest, all));
}

bool take_base64_shown(struct bytes *rest, uint8_t *out, size_t n)
{
	PROVE(__CPROVER_w_ok(out, n));
	*rest = bytes_from(*rest, nondet_size());
	out[0] = nondet_byte();
	out[1] = nondet_byte();
	return nondet_bool();
}

bool take_comment_shown(struct bytes *rest, const char *prefix, struct bytes *text)
{
	(void)prefix;
	*text = bytes_first(*rest, nondet_size());
	*rest = bytes_from(*rest, nondet_size());
	return nondet_bool();
}

bool bytes_starts_shown(struct bytes b, struct bytes prefix)
{
	return b.n >= prefix.n && nondet_bool();
}

void prove_key(void)
{
	uint8_t object[FILE_MAX];
	struct minisign_key k = {.id = {77}};

	if (minisign_key_parse(last_bytes(object, sizeof object), &k) != ERR_OK)
		PROVE(k.id[0] == 77);
}

bool text_is_line_shown(struct bytes text)
{
	PROVE(text.n == 0 || __CPROVER_r_ok(text.p, text.n));
	return nondet_bool();
}

enum err verify_shown(const struct minisign_key *k, struct bytes signed_text, const uint8_t *signature)
{
	(void)k;
	PROVE(__CPROVER_r_ok(signed_text.p, signed_text.n) && __CPROVER_r_ok(signature, SIGNATURE_LEN));
	return nondet_bool() ? ERR_OK : ERR_AUTH;
}

bool openssl_ready_shown(void)
{
	return nondet_bool();
}

const EVP_MD *EVP_blake2b512_shown(void)
{
	return NULL;
}

int EVP_Digest_shown(const void *data, size_t count, unsigned char *md, unsigned *size, const EVP_MD *type,
		     ENGINE *impl)
{
	(void)data, (void)count, (void)type, (void)impl;
	PROVE(__CPROVER_w_ok(md, HASH_LEN) && *size == HASH_LEN);
	return nondet_bool();
}

void prove_verify(void)
{
	uint8_t object[FILE_MAX];
	struct minisign_key k;
	struct bytes file = last_bytes(object, sizeof object), comment = {NULL, 77};

	if (minisign_verify(&k, (struct bytes){NULL, 0}, file, &comment) == ERR_OK)
		PROVE(within(comment, file));
	else
		PROVE(comment.n == 77);
}
