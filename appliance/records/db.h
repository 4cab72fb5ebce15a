/* SPDX-License-Identifier: GPL-3.0-or-later
 * LMDB, one table of it, as the store uses it: one process, one writer, no locks, no syncing (tmpfs has nothing to sync
 * to), no writable map. Small values lie in LMDB, large ones as extents in a file beside it; both descriptors stay
 * open.
 *
 * One transaction is open at a time. Reads see the write transaction if there is one, else a snapshot that db_rest()
 * gives back. Views of values are valid until the next db_put, db_delete, db_commit, db_abort or db_rest.
 *
 * Every error but ERR_NOT_FOUND kills the write transaction: db_abort() is then the only legal step. */
#ifndef RECORDS_DB_H
#define RECORDS_DB_H

#include <lmdb.h>

#include "records/extents.h"

/* One page of LMDB's, its header taken off. Values of more pages than one would fragment it. */
#define DB_VALUE_MAX (EXTENT_PAGE - 16)
/* What lies inside a leaf page, with a name of 18 bytes. */
#define DB_LEAF_MAX 1984u

struct db {
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *write; /* NULL: none */
	MDB_txn *read;  /* kept between uses, reset */
	bool reading;
	struct extents extents;
	bool broken; /* LMDB failed for another reason than room: the process must end and start again */
	uint64_t capacity;
	uint64_t used; /* as of the last commit */
};

/* Opens or makes DIRECTORY/data and DIRECTORY/chunks. `capacity` bounds both together: a multiple of a page, less than
 * their file system has. With `anew` what was there is deleted first. ERR_IO, ERR_NO_MEMORY, ERR_LIBRARY. */
enum err db_open(struct db *db, const char *directory, uint64_t capacity, bool anew) MUST_CHECK;
void db_close(struct db *db);

enum err db_begin(struct db *db) MUST_CHECK;  /* nothing to do if a write transaction is open */
enum err db_commit(struct db *db) MUST_CHECK; /* nothing to do if none is; on an error it is as if aborted */
void db_abort(struct db *db);                 /* nothing to do if none is */
void db_rest(struct db *db);                  /* give the snapshot back; call it before waiting */

/* Bytes of pages that hold data, with what the open transaction adds. Page-exact, but for LMDB's own free list. */
uint64_t db_used(const struct db *db);
/* Bytes of the file system that are taken: what LMDB freed stays its own. */
uint64_t db_taken(const struct db *db);

enum err db_get(struct db *db, struct bytes name, struct bytes *value) MUST_CHECK; /* ERR_NOT_FOUND */
/* Room for n bytes, at most DB_VALUE_MAX, under the name, new or replaced: the caller writes all of them before
 * anything else here. ERR_FULL
 */
enum err db_put(struct db *db, struct bytes name, size_t n, uint8_t **space) MUST_CHECK;
enum err db_delete(struct db *db, struct bytes name) MUST_CHECK; /* ERR_NOT_FOUND */
/* The first name >= from that starts with prefix, copied to out. ERR_NOT_FOUND. */
enum err db_next(struct db *db, struct bytes prefix, struct bytes from, struct buf *out) MUST_CHECK;
/* Deletes at most max names that start with prefix; gone(db, value) sees each value first, if it isn't NULL. *count:
 * how many it deleted; fewer than max: none is left. */
enum err db_delete_prefix(struct db *db, struct bytes prefix, size_t max,
			  void (*gone)(struct db *db, struct bytes value), size_t *count) MUST_CHECK;
/* Each name that starts with prefix, in order: each(context, value), until it says false. */
enum err db_walk(struct db *db, struct bytes prefix, bool (*each)(void *context, struct bytes value),
		 void *context) MUST_CHECK;

#endif
