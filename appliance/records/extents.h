/* SPDX-License-Identifier: GPL-3.0-or-later
 * Where chunks lie: a sparse file beside the database. A chunk is written once, after all that came before, and given
 * back as a hole; no offset is used for two chunks while either is named, so nothing has to be looked for and nothing
 * fragments. (LMDB's own pages for large values did: after a few thousand deletions a put cost twenty times as much.)
 *
 * Which extents are in use is what the database's records say. What is put or freed here goes with the open
 * transaction: freed ones are given back after its commit, new ones if it is aborted, and extents_recover() gives back
 * what a killed keeper left between. */
#ifndef RECORDS_EXTENTS_H
#define RECORDS_EXTENTS_H

#include "base/bytes.h"

#define EXTENT_PAGE 4096u

struct extent {
	uint64_t offset; /* both are whole pages */
	uint64_t len;
};

/* More than any one transaction frees: see store.c. */
#define EXTENTS_FREED_MAX 32768u

struct extents {
	int fd;
	uint64_t end;       /* the next chunk's offset */
	uint64_t begun;     /* `end` when the transaction began */
	uint64_t used;      /* bytes that the file takes of its file system */
	size_t freed_count; /* in this transaction */
	struct extent *freed;
};

/* Opens or makes the file; anew: empty. ERR_IO, ERR_NO_MEMORY. */
enum err extents_open(struct extents *x, const char *path, bool anew) MUST_CHECK;
void extents_close(struct extents *x);

/* Writes whole pages. ERR_FULL. */
enum err extents_put(struct extents *x, struct bytes pages, struct extent *at) MUST_CHECK;
/* at->len bytes. ERR_FORMAT: the file has no such bytes; ERR_IO. */
enum err extents_get(const struct extents *x, const struct extent *at, uint8_t *out) MUST_CHECK;
void extents_free(struct extents *x, const struct extent *at);

void extents_commit(struct extents *x);
void extents_abort(struct extents *x);

/* Gives back all but these, which it sorts. */
void extents_recover(struct extents *x, struct extent *named, size_t count);

#endif
