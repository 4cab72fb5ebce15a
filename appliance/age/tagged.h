/* SPDX-License-Identifier: GPL-3.0-or-later
 * The p256tag and mlkem768p256tag stanzas: recipients whose identity is in a hardware token. Sealing only; what opens
 * them is stock age with the token's plugin. A stanza carries four bytes by which a token knows its own: whoever has
 * the recipient can tell that a file is for it. */
#ifndef AGE_TAGGED_H
#define AGE_TAGGED_H

#include "age/header.h"

#define AGE_P256TAG_STANZA_LEN         150  /* "-> p256tag ", 6 digits, SP, 87 digits, LF, 43 digits, LF */
#define AGE_MLKEM768P256TAG_STANZA_LEN 1609 /* "-> mlkem768p256tag ", 6, SP, 1538, LF, 43, LF */

/* Both kinds. ERR_FORMAT: not a point, not an ML-KEM key; ERR_LIBRARY: no memory. *out is as it was. */
enum err age_tagged_wrap(struct buf *out, const struct age_recipient *to,
			 const uint8_t file_key[static AGE_FILE_KEY_LEN]) MUST_CHECK;

#endif
