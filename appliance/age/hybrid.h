/* SPDX-License-Identifier: GPL-3.0-or-later
 * The mlkem768x25519 stanza: HPKE with X-Wing. As age/x25519.h. */
#ifndef AGE_HYBRID_STANZA_H
#define AGE_HYBRID_STANZA_H

#include "age/header.h"

#define AGE_HYBRID_STANZA_LEN 1557 /* "-> mlkem768x25519 ", 1494 digits, LF, 43 digits, LF */

/* ERR_AUTH: a low-order point; ERR_FORMAT: not an ML-KEM key; ERR_LIBRARY: no memory. *out is as it was. */
enum err age_hybrid_wrap(struct buf *out, const struct age_recipient *to,
			 const uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;
/* ERR_NOT_FOUND: a stanza of another type. ERR_FORMAT: not two arguments, not 1,120 bytes of encapsulated key or 32 of
 * body, or a low-order point. ERR_AUTH: not for this identity. ERR_LIBRARY. */
enum err age_hybrid_unwrap(const struct age_stanza *s, const struct age_identity *with,
			   const struct age_recipient *self, uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;
enum err age_hybrid_check(const struct age_stanza *s) MUST_CHECK;

#endif
