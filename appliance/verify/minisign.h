/* SPDX-License-Identifier: GPL-3.0-or-later
 * minisign's signatures, prehashed ones ("ED"): Ed25519 (RFC 8032) over the BLAKE2b-512 of a file, and over that
 * signature with its trusted comment. A file has four lines: an untrusted comment, base64 of "ED", a key id and the
 * signature; "trusted comment: TEXT"; base64 of the second signature. */
#ifndef VERIFY_MINISIGN_H
#define VERIFY_MINISIGN_H

#include "base/bytes.h"

enum { MINISIGN_FILE_MAX = 10 * 1024 }; /* minisign's own maximum for comments is 8 KiB */

struct minisign_key {
	uint8_t id[8];
	uint8_t key[32];
};

/* "RW..." as `minisign -P` takes it, or a minisign.pub file. ERR_FORMAT. *k is unchanged on error. */
enum err minisign_key_parse(struct bytes text, struct minisign_key *k) MUST_CHECK;

/* *comment becomes a view of the trusted comment in `signature`, printable UTF-8. ERR_FORMAT; ERR_UNSUPPORTED: a legacy
 * signature ("Ed"), over the file itself; ERR_NOT_FOUND: another key's; ERR_AUTH: data or comment aren't what was
 * signed; ERR_LIBRARY: no memory. *comment is unchanged on error. */
enum err minisign_verify(const struct minisign_key *k, struct bytes data, struct bytes signature,
			 struct bytes *comment) MUST_CHECK;

#endif
