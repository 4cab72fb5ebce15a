/* SPDX-License-Identifier: GPL-3.0-or-later
 * The files of a form that have arrived and aren't sent yet: the keeper keeps them, sealed to the desks, under a name
 * that follows from the form's hidden token, so that the form can be sent again after an interruption. What they are
 * (names, sizes, checksums, whom they are sealed for) is the draft's note, which only who has the token can read.
 *
 *   token     32 random bytes as base64url, the form's field "draft"
 *   name      HKDF-SHA-256(token, "name")
 *   note      12 bytes nonce, then the list sealed under HKDF-SHA-256(token, "note")
 *   checksum  of a file's contents, under HKDF-SHA-256(token, "sums") */
#ifndef VISIT_UPLOAD_H
#define VISIT_UPLOAD_H

#include "crypto/crypto.h"
#include "visit/store.h"

enum { UPLOAD_TOKEN_LEN = 32, UPLOAD_TEXT_LEN = 43 };

struct upload_file {
	uint8_t name_len;
	uint8_t name[LIMIT_FILE_NAME];
	uint64_t len;
	uint8_t sum[CHECKSUM_LEN]; /* of the contents, under the draft's sum_key */
};

/* Secret: upload_wipe() it. */
struct upload {
	uint8_t text[UPLOAD_TEXT_LEN]; /* the token as text */
	uint8_t key[32];
	uint8_t sum_key[32];
	uint8_t name[32];
	bool open;      /* the keeper keeps this channel's files under `name` */
	uint32_t desks; /* the files are sealed for; 0 without files */
	unsigned count;
	struct upload_file files[LIMIT_FILES];
};

/* A fresh token, for an empty form. */
void upload_new(struct upload *d);
/* The form's token, and the files that have arrived under it. ERR_FORMAT: not one of our tokens. ERR_BUSY: another
 * connection is sending it. ERR_NOT_FOUND: open and empty, for what it had can't be told. Without a place for one more
 * draft: ERR_OK and not open: files end with the connection. Or the keeper's errors. */
enum err upload_open(struct upload *d, struct visit_store *store, struct bytes token) MUST_CHECK;
/* This very file has arrived: the browser sends all of them again. */
bool upload_has(const struct upload *d, struct bytes name, uint64_t len, const uint8_t sum[static CHECKSUM_LEN]);
/* One more has arrived, sealed for the same desks as those before. */
enum err upload_add(struct upload *d, struct visit_store *store, uint32_t desks, struct bytes name, uint64_t len,
		    const uint8_t sum[static CHECKSUM_LEN]) MUST_CHECK;
/* Forgets the files; the token stays. */
enum err upload_drop(struct upload *d, struct visit_store *store) MUST_CHECK;
void upload_wipe(struct upload *d);

#endif
