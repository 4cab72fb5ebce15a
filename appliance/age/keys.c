/* SPDX-License-Identifier: GPL-3.0-or-later
 * The text forms of recipients and identities. */
#include <string.h>

#include "age/age.h"
#include "age/bech32.h"
#include "base/crypto.h"
#include "base/random.h"
#include "base/secret.h"

static const char recipient_hrp[] = "age";
static const char identity_hrp[] = "age-secret-key-";

size_t age_recipient_len(enum age_kind kind)
{
	static const size_t len[] = {
	    [AGE_X25519] = 32,
	    [AGE_HYBRID] = 1216,
	    [AGE_TAG_P256] = 33,
	    [AGE_TAG_P256_HYBRID] = AGE_RECIPIENT_KEY_MAX,
	};

	return len[kind];
}

bool age_kind_is_hybrid(enum age_kind kind)
{
	return kind == AGE_HYBRID || kind == AGE_TAG_P256_HYBRID;
}

/* A whole text of a 32-byte key. Other kinds put their name into the part before the last '1': "age1pq", "age1tag",
 * "age-secret-key-pq-". Those are known, or somebody's plugin's, and refused on purpose. */
static enum err parse(struct bytes text, const char *hrp, uint8_t key[static 32])
{
	uint8_t data[32];
	size_t n;
	enum err e;

	TRY(bech32_decode(text, hrp, data, sizeof data, &n));
	e = ERR_FORMAT;
	if (n != sizeof data)
		goto out;
	memcpy(key, data, sizeof data);
	e = ERR_OK;
out:
	SECRET_WIPE(data);
	return e;
}

static bool other_kind(struct bytes text, const char *first)
{
	struct bytes prefix = bech32_prefix(text);

	return prefix.n > strlen(first) && bytes_eq_nocase(bytes_first(prefix, strlen(first)), first);
}

enum err age_recipient_parse(struct bytes text, struct age_recipient *r)
{
	struct age_recipient found = {.kind = AGE_X25519};
	enum err e;

	if (other_kind(text, "age1"))
		return ERR_UNSUPPORTED;
	TRY(parse(text, recipient_hrp, found.key));
	e = ERR_UNSUPPORTED;
	if (x25519_low_order(found.key))
		goto out;
	*r = found;
	e = ERR_OK;
out:
	return e;
}

void age_recipient_text(struct buf *out, const struct age_recipient *r)
{
	bech32_encode(out, recipient_hrp, bytes_of(r->key, age_recipient_len(r->kind)), false);
}

enum err age_identity_parse(struct bytes text, struct age_identity *i)
{
	enum err e;

	if (other_kind(text, "age-secret-key-") || other_kind(text, "age-plugin-"))
		return ERR_UNSUPPORTED;
	TRY(parse(text, identity_hrp, i->secret));
	i->kind = AGE_X25519;
out:
	return e;
}

void age_identity_text(struct buf *out, const struct age_identity *i)
{
	bech32_encode(out, identity_hrp, BYTES_ARRAY(i->secret), true);
}

void age_identity_new(struct age_identity *i, enum age_kind kind)
{
	i->kind = kind;
	random_fill(i->secret, sizeof i->secret);
}

void age_identity_from(struct age_identity *i, enum age_kind kind, const uint8_t secret[static 32])
{
	i->kind = kind;
	memcpy(i->secret, secret, sizeof i->secret);
}

void age_identity_recipient(const struct age_identity *i, struct age_recipient *r)
{
	BUG_IF(i->kind != AGE_X25519);
	memset(r, 0, sizeof *r);
	r->kind = i->kind;
	x25519_base(i->secret, r->key);
}
