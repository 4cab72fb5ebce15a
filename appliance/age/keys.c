/* SPDX-License-Identifier: GPL-3.0-or-later
 * The text forms of recipients and identities. */
#include <string.h>

#include "age/age.h"
#include "age/bech32.h"
#include "age/hpke.h"
#include "base/random.h"
#include "base/secret.h"

/* The part before the last '1'. Others are somebody's plugin's. */
static const struct kind {
	const char *recipient;
	size_t recipient_len;
	const char *identity; /* NULL: a token's */
	bool hybrid;
} kinds[] = {
    [AGE_X25519] = {"age", 32, "age-secret-key-", false},
    [AGE_HYBRID] = {"age1pq", XWING_PUBLIC_LEN, "age-secret-key-pq-", true},
    [AGE_TAG_P256] = {"age1tag", P256_COMPRESSED_LEN, NULL, false},
    [AGE_TAG_P256_HYBRID] = {"age1tagpq", MLKEM768_P256_PUBLIC_LEN, NULL, true},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

_Static_assert(MLKEM768_P256_PUBLIC_LEN == AGE_RECIPIENT_KEY_MAX, "the longest key");

bool age_kind_is_hybrid(enum age_kind kind)
{
	return kinds[kind].hybrid;
}

static bool starts_nocase(struct bytes text, const char *first)
{
	return bytes_eq_nocase(bytes_first(text, strlen(first)), first);
}

/* ---- recipients */

/* A key that nobody can have, or whose secrets everybody knows. */
static enum err check_key(const struct age_recipient *r)
{
	const uint8_t *second = r->key + MLKEM768_PUBLIC_LEN;
	uint8_t point[P256_POINT_LEN];

	switch (r->kind) {
	case AGE_X25519:
		return x25519_low_order(r->key) ? ERR_UNSUPPORTED : ERR_OK;
	case AGE_HYBRID:
		if (!mlkem768_public_valid(r->key))
			return ERR_FORMAT;
		return x25519_low_order(second) ? ERR_UNSUPPORTED : ERR_OK;
	case AGE_TAG_P256:
		return p256_decompress(r->key, point);
	case AGE_TAG_P256_HYBRID:
		break;
	}
	return mlkem768_public_valid(r->key) && p256_valid(second) ? ERR_OK : ERR_FORMAT;
}

enum err age_recipient_parse(struct bytes text, struct age_recipient *r)
{
	struct age_recipient found = {0};
	struct bytes prefix;
	size_t kind = 0;
	size_t n;
	enum err e = ERR_TOO_BIG;

	if (text.n > AGE_TEXT_MAX)
		goto out;
	prefix = bech32_prefix(text);
	while (kind < KINDS && !bytes_eq_nocase(prefix, kinds[kind].recipient))
		kind++;
	e = starts_nocase(prefix, "age1") ? ERR_UNSUPPORTED : ERR_FORMAT;
	if (kind == KINDS)
		goto out;
	found.kind = (enum age_kind)kind;
	TRY(bech32_decode(text, kinds[kind].recipient, found.key, kinds[kind].recipient_len, &n));
	e = ERR_FORMAT;
	if (n != kinds[kind].recipient_len)
		goto out;
	TRY(check_key(&found));
	*r = found;
out:
	return e;
}

void age_recipient_text(struct buf *out, const struct age_recipient *r)
{
	bech32_encode(out, kinds[r->kind].recipient, bytes_of(r->key, kinds[r->kind].recipient_len), false);
}

/* ---- identities */

enum err age_identity_parse(struct bytes text, struct age_identity *i)
{
	uint8_t secret[sizeof i->secret];
	struct bytes prefix;
	enum age_kind kind;
	size_t n;
	enum err e = ERR_TOO_BIG;

	if (text.n > AGE_TEXT_MAX)
		goto out;
	prefix = bech32_prefix(text);
	kind = bytes_eq_nocase(prefix, kinds[AGE_HYBRID].identity) ? AGE_HYBRID : AGE_X25519;
	e = ERR_UNSUPPORTED;
	if (!bytes_eq_nocase(prefix, kinds[kind].identity) &&
	    (starts_nocase(prefix, "age-secret-key-") || starts_nocase(prefix, "age-plugin-")))
		goto out;
	TRY(bech32_decode(text, kinds[kind].identity, secret, sizeof secret, &n));
	e = ERR_FORMAT;
	if (n != sizeof secret)
		goto out;
	age_identity_from(i, kind, secret);
	e = ERR_OK;
out:
	SECRET_WIPE(secret);
	return e;
}

void age_identity_text(struct buf *out, const struct age_identity *i)
{
	bech32_encode(out, kinds[i->kind].identity, BYTES_ARRAY(i->secret), true);
}

void age_identity_new(struct age_identity *i, enum age_kind kind)
{
	BUG_IF(kinds[kind].identity == NULL);
	i->kind = kind;
	random_fill(i->secret, sizeof i->secret);
}

void age_identity_from(struct age_identity *i, enum age_kind kind, const uint8_t secret[static 32])
{
	BUG_IF(kinds[kind].identity == NULL);
	i->kind = kind;
	memcpy(i->secret, secret, sizeof i->secret);
}

void age_identity_recipient(const struct age_identity *i, struct age_recipient *r)
{
	memset(r, 0, sizeof *r);
	r->kind = i->kind;
	if (i->kind == AGE_X25519)
		x25519_base(i->secret, r->key);
	else
		BUG_IF(i->kind != AGE_HYBRID || xwing_public(i->secret, r->key) != ERR_OK);
}
