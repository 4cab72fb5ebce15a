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
	struct age_recipient found;
	enum err e;

	if (other_kind(text, "age1"))
		return ERR_UNSUPPORTED;
	TRY(parse(text, recipient_hrp, found.x25519));
	e = ERR_UNSUPPORTED;
	if (x25519_low_order(found.x25519))
		goto out;
	*r = found;
	e = ERR_OK;
out:
	return e;
}

void age_recipient_text(struct buf *out, const struct age_recipient *r)
{
	bech32_encode(out, recipient_hrp, BYTES_ARRAY(r->x25519), false);
}

enum err age_identity_parse(struct bytes text, struct age_identity *i)
{
	if (other_kind(text, "age-secret-key-") || other_kind(text, "age-plugin-"))
		return ERR_UNSUPPORTED;
	return parse(text, identity_hrp, i->x25519);
}

void age_identity_text(struct buf *out, const struct age_identity *i)
{
	bech32_encode(out, identity_hrp, BYTES_ARRAY(i->x25519), true);
}

void age_identity_new(struct age_identity *i)
{
	random_fill(i->x25519, sizeof i->x25519);
}

void age_identity_recipient(const struct age_identity *i, struct age_recipient *r)
{
	x25519_base(i->x25519, r->x25519);
}
