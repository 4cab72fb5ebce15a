/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "onion/access.h"

#include <string.h>

#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"
#include "onion/onion.h"

enum { BARE_LEN = 64, CHECK_LEN = 2 };

static void checked(const struct access *a, uint8_t out[static BARE_LEN + CHECK_LEN])
{
	uint8_t hash[32];

	memcpy(out, a->client_key, 32);
	memcpy(out + 32, a->token, 32);
	sha256(bytes_of(out, BARE_LEN), hash);
	memcpy(out + BARE_LEN, hash, CHECK_LEN);
}

void access_new(struct access *a)
{
	random_fill(a->client_key, sizeof a->client_key);
	random_fill(a->token, sizeof a->token);
}

void access_text(struct buf *out, const struct access *a)
{
	uint8_t whole[BARE_LEN + CHECK_LEN];

	checked(a, whole);
	base32_encode(out, BYTES_ARRAY(whole), true);
	SECRET_WIPE(whole);
}

enum err access_parse(struct bytes text, struct access *a)
{
	uint8_t storage[ACCESS_TEXT_LEN];
	uint8_t whole[BARE_LEN + CHECK_LEN];
	uint8_t right[BARE_LEN + CHECK_LEN];
	struct buf bare = buf_over(storage, sizeof storage);
	struct access found = {{0}, {0}};
	size_t n = 0;
	enum err e = ERR_FORMAT;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ')
			buf_byte(&bare, text.p[i]);
	if (bare.failed || base32_decode(buf_view(&bare), whole, sizeof whole, &n) != ERR_OK || n != sizeof whole)
		goto out;
	memcpy(found.client_key, whole, 32);
	memcpy(found.token, whole + 32, 32);
	checked(&found, right);
	if (!secret_equal(right, whole, sizeof whole))
		goto out;
	*a = found;
	e = ERR_OK;
out:
	SECRET_WIPE(storage);
	SECRET_WIPE(whole);
	SECRET_WIPE(right);
	SECRET_WIPE(found);
	return e;
}
