/* SPDX-License-Identifier: GPL-3.0-or-later
 * Who is a desk. The site file says it; a desk may say otherwise until the machine restarts. */
#include <string.h>

#include "crypto/crypto.h"
#include "base/fd.h"
#include "base/secret.h"
#include "store/store.h"

static const uint8_t *hash_of(const struct store *s, uint32_t i)
{
	const struct vault_desk *d = &s->vault.fixed->desks[i];

	return d->hash_at == 0 ? s->desk_tokens[i] : d->hashes[d->hash_at - 1];
}

uint32_t store_desks(const struct store *s)
{
	/* Without desks a message waits for one that is named later. */
	return s->desk_count == 0 ? 1u : (uint32_t)((1ull << s->desk_count) - 1);
}

enum err store_desk_auth(struct store *s, const uint8_t token[static 32], uint32_t *desk)
{
	uint32_t found = 0;
	uint8_t hash[32];

	sha256(bytes_of(token, 32), hash);
	for (uint32_t i = 0; i < s->desk_count; i++)
		found |= (uint32_t)secret_equal(hash, hash_of(s, i), sizeof hash) << i;
	found &= s->live;
	if (found == 0)
		return ERR_AUTH;
	s->vault.fixed->header.desk_day = clock_day();
	/* Two desks with one token would be one desk. */
	*desk = found & -found;
	return ERR_OK;
}

enum err store_token_put(struct store *s, uint32_t desk, const uint8_t hash[static 32])
{
	struct vault_desk *d = &s->vault.fixed->desks[__builtin_ctz(desk)];
	uint8_t at = d->hash_at == 1 ? 2 : 1;

	for (uint32_t i = 0; i < s->desk_count; i++)
		if (desk != 1u << i && secret_equal(hash, hash_of(s, i), 32))
			return ERR_EXISTS;
	memcpy(d->hashes[at - 1], hash, 32);
	vault_in_order();
	d->hash_at = at;
	return ERR_OK;
}

void store_revoke(struct store *s, uint32_t desk)
{
	s->vault.fixed->desks[__builtin_ctz(desk)].revoked = 1;
	s->live &= ~desk;
	s->settling = true;
	s->settled_at = 0;
}
