/* SPDX-License-Identifier: GPL-3.0-or-later
 * What sealing and opening ask of every sort of key: one row a kind. */
#ifndef AGE_KINDS_H
#define AGE_KINDS_H

#include "age/header.h"

/* Of the stanza that is written for a recipient of this kind. */
size_t age_kind_stanza_len(enum age_kind kind);
/* Appends a stanza, with fresh randomness. The errors are those of age/x25519.h, hybrid.h and tagged.h. */
enum err age_kind_wrap(struct buf *out, const struct age_recipient *to,
		       const uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;
/* ERR_NOT_FOUND: not a stanza for identities of this kind. `self` is the identity's own recipient. */
enum err age_kind_unwrap(const struct age_stanza *s, const struct age_identity *with, const struct age_recipient *self,
			 uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;
/* The form alone, before any key is tried. ERR_NOT_FOUND: not a stanza that one of our identities opens. ERR_FORMAT. */
enum err age_kinds_check(const struct age_stanza *s) MUST_CHECK;

#endif
