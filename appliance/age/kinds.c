/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age/kinds.h"

#include "age/hybrid.h"
#include "age/tagged.h"
#include "age/x25519.h"

struct kind {
	size_t stanza_len;
	enum err (*wrap)(struct buf *out, const struct age_recipient *to, const uint8_t *file_key);
	/* NULL: a token's, which is only sealed to. */
	enum err (*unwrap)(const struct age_stanza *s, const struct age_identity *with,
			   const struct age_recipient *self, uint8_t *file_key);
	enum err (*check)(const struct age_stanza *s);
};

static const struct kind kinds[] = {
    [AGE_X25519] = {AGE_X25519_STANZA_LEN, age_x25519_wrap, age_x25519_unwrap, age_x25519_check},
    [AGE_HYBRID] = {AGE_HYBRID_STANZA_LEN, age_hybrid_wrap, age_hybrid_unwrap, age_hybrid_check},
    [AGE_TAG_P256] = {AGE_P256TAG_STANZA_LEN, age_tagged_wrap, NULL, NULL},
    [AGE_TAG_P256_HYBRID] = {AGE_MLKEM768P256TAG_STANZA_LEN, age_tagged_wrap, NULL, NULL},
};

size_t age_kind_stanza_len(enum age_kind kind)
{
	return kinds[kind].stanza_len;
}

enum err age_kind_wrap(struct buf *out, const struct age_recipient *to, const uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	return kinds[to->kind].wrap(out, to, file_key);
}

enum err age_kind_unwrap(const struct age_stanza *s, const struct age_identity *with, const struct age_recipient *self,
			 uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	BUG_IF(kinds[with->kind].unwrap == NULL);
	return kinds[with->kind].unwrap(s, with, self, file_key);
}

enum err age_kinds_check(const struct age_stanza *s)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		enum err e = kinds[i].check == NULL ? ERR_NOT_FOUND : kinds[i].check(s);
		if (e != ERR_NOT_FOUND)
			return e;
	}
	return ERR_NOT_FOUND;
}
