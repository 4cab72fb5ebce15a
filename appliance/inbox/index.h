/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a list of conversations needs, kept in a box's file `index`, so that a hundred thousand folders need not be
 * looked into again. A line counts only as long as its folder has the modification time that it had; the file can be
 * removed at any time, and a damaged one is as good as none:
 *
 *   courier-index 1
 *   ID STAMP DAY MESSAGES FILES REPLIES LAST READ_TO FLAGS     a line each, by id; FLAGS: 1 muted, 2 gone */
#ifndef INBOX_INDEX_H
#define INBOX_INDEX_H

#include "inbox/inbox.h"

struct index {
	struct inbox_conversation *entry; /* by id; `folder` and `box` are not set */
	size_t count;
};

/* Empty if there is none that can be read. index_free() it. */
void index_read(const struct folder *box, struct index *x);
void index_free(struct index *x);
/* Fills *c, whose id and stamp are set. False: it must be looked into. */
bool index_find(const struct index *x, struct inbox_conversation *c);

/* A folder's stamp: its modification time, or 0 if that is so short ago that a change may not show yet. ERR_IO,
 * ERR_NOT_FOUND. */
enum err index_stamp(const struct folder *box, const char *conversation, uint64_t *stamp) MUST_CHECK;
/* Those with a stamp, sorted by id. Without a file, or with an old one, the next list takes longer: that is all. */
void index_write(const struct folder *box, const struct inbox_conversation *list, size_t count);

#endif
