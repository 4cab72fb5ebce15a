/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's folder: plain files, for one person's eyes (0700, 0600).
 *
 *   identity.txt             the age identity, as age-keygen writes it                       secret
 *   token                    64 hexadecimal digits                                           secret
 *   client-key               "descriptor:x25519:BASE32", the client authorisation's own key  secret
 *   for-the-operator.txt     what the operator needs
 *   tor/courier.auth_private for a stock Tor's ClientOnionAuthDir                            secret
 *   box/address              the desk door's onion address
 *   box/cursor               all up to here is in this folder, on disk
 *   box/confirmed            the cursor that the box was last told
 *   conversations/HEX/       recipient, boots, NNNN.age, NNNN.data.age, NNNN.meta.age, replies/
 *   incoming/                half a file, until it is whole
 *   outbox/HEX.NAME.age      replies that wait to be sent, sealed to their source
 *   opened/                  attachments that were saved
 *   lock                     held by whoever writes
 */
#ifndef DESK_FOLDER_H
#define DESK_FOLDER_H

#include "age/age.h"
#include "base/bytes.h"

enum { FOLDER_PATH_MAX = 4096, FOLDER_CONVERSATION_LEN = 32, FOLDER_TOKEN_LEN = 64 };

struct folder {
	const char *path;
	int lock_fd; /* -1: not held */
};

/* "PATH/" and the rest as by printf. A path that doesn't fit is a bug past folder_open(), which bounds PATH. */
void folder_path(char out[static FOLDER_PATH_MAX], const struct folder *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* PATH must be a folder with a desk in it. ERR_NOT_FOUND, ERR_TOO_BIG (the path). */
enum err folder_open(const char *path, struct folder *f) MUST_CHECK;
/* Makes the folders that are missing. ERR_IO, errno says why. */
enum err folder_prepare(const struct folder *f) MUST_CHECK;
/* Waits until no other process holds the folder; calls `waiting` once if it must wait. ERR_IO. */
enum err folder_lock(struct folder *f, void (*waiting)(void)) MUST_CHECK;
void folder_unlock(struct folder *f);

/* A small file of the folder, trimmed of blanks at both ends. ERR_NOT_FOUND, ERR_TOO_BIG, ERR_IO. */
enum err folder_read(const struct folder *f, const char *name, void *out, size_t cap, struct bytes *text) MUST_CHECK;
/* Replaces it in one step, with a line end, on disk when this returns. ERR_IO. */
enum err folder_write(const struct folder *f, const char *name, struct bytes text) MUST_CHECK;

/* The identities of identity.txt; wipe them. ERR_FORMAT; ERR_NOT_FOUND, ERR_IO. */
enum err folder_identities(const struct folder *f, struct age_identity out[static AGE_IDENTITIES_MAX],
			   size_t *count) MUST_CHECK;
/* 64 hexadecimal digits. ERR_FORMAT, ERR_NOT_FOUND, ERR_IO. */
enum err folder_token(const struct folder *f, char out[static FOLDER_TOKEN_LEN + 1]) MUST_CHECK;

/* 32 lower-case hexadecimal digits? */
bool folder_is_conversation(struct bytes name);

#endif
