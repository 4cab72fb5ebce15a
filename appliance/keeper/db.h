/* SPDX-License-Identifier: GPL-3.0-or-later
 * LMDB, one table of it, as the store uses it: one process, one writer, no locks, no syncing (tmpfs has nothing to sync
 * to), no writable map. The file is the only one in its directory; both descriptors of it stay open from db_open on.
 *
 * One transaction is open at a time. Reads see the write transaction if there is one, else a snapshot that db_rest()
 * gives back. Views of values are valid until the next db_put, db_delete, db_commit, db_abort or db_rest.
 *
 * Every error but ERR_NOT_FOUND kills the write transaction: db_abort() is then the only legal step. */
#ifndef KEEPER_DB_H
#define KEEPER_DB_H

#include <lmdb.h>

#include "base/bytes.h"

#define DB_PAGE        4096u
#define DB_PAGE_HEADER 16u

struct db {
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *write; /* NULL: none */
	MDB_txn *read;  /* kept between uses, reset */
	bool reading;
	bool broken; /* a commit failed for another reason than room: the process must end and start again */
	uint64_t capacity;
	uint64_t used; /* as of the last commit */
};

/* Opens or makes DIRECTORY/data. `capacity` bounds the file: a multiple of a page, less than its file system has.
 * With `anew` what was there is deleted first. ERR_IO, ERR_NO_MEMORY, ERR_LIBRARY. */
enum err db_open(struct db *db, const char *directory, uint64_t capacity, bool anew) MUST_CHECK;
void db_close(struct db *db);

enum err db_begin(struct db *db) MUST_CHECK;  /* nothing to do if a write transaction is open */
enum err db_commit(struct db *db) MUST_CHECK; /* nothing to do if none is; on an error it is as if aborted */
void db_abort(struct db *db);                 /* nothing to do if none is */
void db_rest(struct db *db);                  /* give the snapshot back; call it before waiting */

/* Bytes of pages that hold data, with what the open transaction adds. Page-exact, but for LMDB's own free list. */
uint64_t db_used(const struct db *db);

enum err db_get(struct db *db, struct bytes name, struct bytes *value) MUST_CHECK; /* ERR_NOT_FOUND */
/* Room for n bytes under the name, new or replaced: the caller writes all of them before anything else here. ERR_FULL
 */
enum err db_put(struct db *db, struct bytes name, size_t n, uint8_t **space) MUST_CHECK;
enum err db_delete(struct db *db, struct bytes name) MUST_CHECK; /* ERR_NOT_FOUND */
/* The first name >= from that starts with prefix, copied to out. ERR_NOT_FOUND. */
enum err db_next(struct db *db, struct bytes prefix, struct bytes from, struct buf *out) MUST_CHECK;
/* At most max names that start with prefix. *count: how many it deleted; fewer than max: none is left. */
enum err db_delete_prefix(struct db *db, struct bytes prefix, size_t max, size_t *count) MUST_CHECK;

#endif
