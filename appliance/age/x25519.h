/* SPDX-License-Identifier: GPL-3.0-or-later
 * The X25519 stanza: a file key wrapped for one recipient. */
#ifndef AGE_X25519_H
#define AGE_X25519_H

#include "age/header.h"

#define AGE_X25519_STANZA_LEN 98 /* "-> X25519 ", 43 digits, LF, 43 digits, LF */

/* Appends a stanza, with a fresh ephemeral key. ERR_AUTH: a low-order recipient; *out is as it was. */
enum err age_x25519_wrap(struct buf *out, const struct age_recipient *to,
			 const uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;
/* ERR_NOT_FOUND: a stanza of another type. ERR_FORMAT: not two arguments, not 32 bytes of share or body, or a low-order
 * share. ERR_AUTH: not for this identity. `self` is the identity's own recipient. file_key is written only on success.
 */
enum err age_x25519_unwrap(const struct age_stanza *s, const struct age_identity *with,
			   const struct age_recipient *self, uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;
/* The form alone, before any key is tried: ERR_OK, ERR_NOT_FOUND, ERR_FORMAT as above. */
enum err age_x25519_check(const struct age_stanza *s) MUST_CHECK;

#endif
