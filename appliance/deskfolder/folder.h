/* SPDX-License-Identifier: GPL-3.0-or-later
 * A folder of plain files, for one person's eyes (0700, 0600): the desk's own (home.h), or that of one of its boxes.
 * A box's:
 *
 *   address                  the desk door's onion address
 *   token                    64 hexadecimal digits                                           secret
 *   token-next, token-before while a change of the token is under way (exchange.h)           secret
 *   client-key               "descriptor:x25519:BASE32", the client authorisation's own key  secret
 *   tor/courier.auth_private for a stock Tor's ClientOnionAuthDir                            secret
 *   for-the-operator.txt     what the operator needs
 *   boot                     the box's boot in which it has all that it can have from here
 *   cursor                   all up to here is in this folder, on disk
 *   confirmed                the cursor that the box was last told
 *   conversations/HEX/       recipient, state, boots, read, gone, muted, NNNN.age, NNNN.data.age, NNNN.meta.age,
 *                            replies/ our own copies, sent/ what its source can still read
 *   incoming/                half a file, until it is whole
 *   outbox/                  what waits to be told to the box (outbox.h)
 *   opened/                  attachments that were saved
 *   have, exported, air-has  over an air gap (air.h): what is here, what of outbox/ was exported, what is over there
 */
#ifndef DESKFOLDER_FOLDER_H
#define DESKFOLDER_FOLDER_H

#include "base/bytes.h"
#include "limits.h"

enum {
	FOLDER_ROOT_MAX = 1024,
	FOLDER_PATH_MAX = FOLDER_ROOT_MAX + 512, /* a name inside: 4 folders and what a saved attachment is called */
	FOLDER_CONVERSATION_LEN = 32,
	FOLDER_TOKEN_LEN = 64,
	FOLDER_LINE_MAX = LIMIT_RECIPIENT_TEXT + 1, /* the longest line of a small file */
};

struct folder {
	char path[FOLDER_ROOT_MAX];
	char name[LIMIT_DESK_BOX_NAME + 1]; /* of the box; "" the desk's own */
};

/* ERR_TOO_BIG: PATH is empty or too long. */
enum err folder_at(struct folder *f, const char *path) MUST_CHECK;
/* "PATH/" and the rest as by printf. A path that doesn't fit is a bug. */
void folder_path(char out[static FOLDER_PATH_MAX], const struct folder *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* One that may be there. ERR_IO. */
enum err folder_make(const struct folder *f, const char *name) MUST_CHECK;
bool folder_has(const struct folder *f, const char *name);

/* A small file of the folder, trimmed of blanks at both ends. ERR_NOT_FOUND, ERR_TOO_BIG, ERR_IO. */
enum err folder_read(const struct folder *f, const char *name, void *out, size_t cap, struct bytes *text) MUST_CHECK;
/* Replaces it in one step, with a line end, on disk when this returns. At most FOLDER_LINE_MAX bytes. ERR_IO. */
enum err folder_write(const struct folder *f, const char *name, struct bytes text) MUST_CHECK;
/* Gone, or not there. ERR_IO. */
enum err folder_remove(const struct folder *f, const char *name) MUST_CHECK;

/* A folder inside and all in it, or nothing of that name. ERR_IO. */
enum err folder_remove_tree(const struct folder *f, const char *name) MUST_CHECK;
/* Within the folder; what has the new name is replaced. ERR_IO; ERR_NOT_FOUND: nothing has the old one. */
enum err folder_rename(const struct folder *f, const char *from, const char *to) MUST_CHECK;
/* All that was written is on disk when this returns. ERR_IO. */
enum err folder_sync(const struct folder *f) MUST_CHECK;

/* ERR_FULL: a file of that size would leave less than LIMIT_DESK_SPARE of the disk. ERR_IO. */
enum err folder_room(const struct folder *f, uint64_t size) MUST_CHECK;
/* Reads as much of fd as `received` has; *differs is set once it is something else. ERR_IO. */
enum err folder_compare(int fd, struct bytes received, bool *differs) MUST_CHECK;

/* What is in a folder inside, name by name, but for "." and ".."; one that isn't there is empty. An error of `take`
 * ends it. ERR_IO. */
enum err folder_each(const struct folder *f, const char *name, enum err (*take)(void *context, const char *name),
		     void *context) MUST_CHECK;

/* Removes what an interrupted program left in a folder inside: files whose names begin so, untouched for a day. ERR_IO.
 */
enum err folder_sweep(const struct folder *f, const char *name, const char *beginning) MUST_CHECK;

/* 64 hexadecimal digits in a file of the box's. ERR_FORMAT, ERR_NOT_FOUND, ERR_IO. */
enum err folder_token(const struct folder *f, const char *name, char out[static FOLDER_TOKEN_LEN + 1]) MUST_CHECK;

/* 32 lower-case hexadecimal digits? */
bool folder_is_conversation(struct bytes name);

#endif
