/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk needs to reach a box that made the desk's keys itself, as one line that fits a QR code:
 *
 *   access = base32( client-key[32] token[32] check[2] )     106 upper-case letters and digits
 *
 * check: the first bytes of the SHA-256 of what stands before it. */
#ifndef ONION_ACCESS_H
#define ONION_ACCESS_H

#include "base/bytes.h"

enum { ACCESS_TEXT_LEN = 106 };

/* Secret: SECRET_WIPE() it, and its text. */
struct access {
	uint8_t client_key[32]; /* X25519, of Tor's client authorisation */
	uint8_t token[32];
};

void access_new(struct access *a);
void access_text(struct buf *out, const struct access *a);
/* Blanks and either case are forgiven. ERR_FORMAT: a slip, or something else; *a is unchanged then. */
enum err access_parse(struct bytes text, struct access *a) MUST_CHECK;

#endif
