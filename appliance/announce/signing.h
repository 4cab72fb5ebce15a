/* SPDX-License-Identifier: GPL-3.0-or-later
 * Signatures that stock minisign verifies: Ed25519 over the file's BLAKE2b-512 ("ED"), and over that signature with its
 * trusted comment. docs/ANNOUNCE.md has the formats. These functions allocate (OpenSSL's EVP). */
#ifndef ANNOUNCE_SIGNING_H
#define ANNOUNCE_SIGNING_H

#include "base/bytes.h"

enum {
	SIGNING_ID_LEN = 8,
	SIGNING_PUBLIC_TEXT = 56,    /* the public key in base64: "RW..." */
	SIGNING_COMMENT_MAX = 200,   /* of a trusted comment; minisign reads at most 8,192 */
	SIGNING_SIGNATURE_MAX = 512, /* a signature's file */
	SIGNING_KEY_FILE_MAX = 256,  /* the key's text, before it is sealed */
};

/* Secret: SECRET_WIPE() it. The id is public, and random. */
struct signing_key {
	uint8_t id[SIGNING_ID_LEN];
	uint8_t seed[32]; /* RFC 8032, clause 5.1.5 */
};

void signing_key_new(struct signing_key *k);
/* The text that is sealed; `out` then holds a secret. */
void signing_key_write(struct buf *out, const struct signing_key *k);
/* ERR_FORMAT. *k is unchanged on error. */
enum err signing_key_read(struct bytes text, struct signing_key *k) MUST_CHECK;

/* "RW...", SIGNING_PUBLIC_TEXT characters, as `minisign -P` takes it. ERR_LIBRARY: no memory. */
enum err signing_public_text(const struct signing_key *k, struct buf *out) MUST_CHECK;
/* minisign.pub, whole. ERR_LIBRARY. */
enum err signing_public_file(const struct signing_key *k, struct buf *out) MUST_CHECK;
/* FILE.minisig, whole. comment: one line, at most SIGNING_COMMENT_MAX bytes (more is a bug). ERR_LIBRARY: no memory;
 * `out` is as it was. */
enum err signing_sign(const struct signing_key *k, struct bytes data, struct bytes comment, struct buf *out) MUST_CHECK;

#endif
