/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/db.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err err_of(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return ERR_OK;
	case MDB_NOTFOUND:
		return ERR_NOT_FOUND;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EIO: /* LMDB's word for a short write, which is how a full file system begins; tmpfs has no other */
		return ERR_FULL;
	case ENOMEM:
		return ERR_NO_MEMORY;
	case EACCES:
	case ENOENT:
	case EROFS:
		return ERR_IO;
	default:
		return ERR_LIBRARY;
	}
}

/* LMDB takes names it only reads through pointers that aren't const. */
static MDB_val val_of(struct bytes b)
{
	return (MDB_val){.mv_size = b.n, .mv_data = (void *)(uintptr_t)b.p};
}

static uint64_t used_of(MDB_txn *txn, MDB_dbi dbi)
{
	MDB_stat st;

	BUG_IF(mdb_stat(txn, dbi, &st) != MDB_SUCCESS);
	return (uint64_t)(st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages) * st.ms_psize;
}

enum err db_open(struct db *db, const char *directory, uint64_t capacity, bool anew)
{
	const unsigned flags = MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOLOCK | MDB_NOTLS | MDB_NORDAHEAD;
	char path[256];
	enum err e;
	int n;

	memset(db, 0, sizeof *db);
	db->extents.fd = -1;
	n = snprintf(path, sizeof path, "%s/chunks", directory);
	if (n < 0 || (size_t)n >= sizeof path)
		return ERR_TOO_BIG;
	e = extents_open(&db->extents, path, anew);
	if (e != ERR_OK) {
		extents_close(&db->extents);
		return e;
	}
	/* Not longer than the name before. */
	(void)snprintf(path, sizeof path, "%s/data", directory);
	if (anew && unlink(path) != 0 && errno != ENOENT)
		TRY(ERR_IO);
	TRY(err_of(mdb_env_create(&db->env)));
	TRY(err_of(mdb_env_set_mapsize(db->env, capacity)));
	TRY(err_of(mdb_env_open(db->env, path, flags, 0600)));
	TRY(err_of(mdb_txn_begin(db->env, NULL, 0, &db->write)));
	TRY(err_of(mdb_dbi_open(db->write, NULL, 0, &db->dbi)));
	db->capacity = capacity;
	TRY(db_commit(db));
	TRY(err_of(mdb_txn_begin(db->env, NULL, MDB_RDONLY, &db->read)));
	db->used = used_of(db->read, db->dbi);
	mdb_txn_reset(db->read);
out:
	if (e != ERR_OK)
		db_close(db);
	return e;
}

void db_close(struct db *db)
{
	db_abort(db);
	if (db->read != NULL)
		mdb_txn_abort(db->read);
	if (db->env != NULL)
		mdb_env_close(db->env);
	extents_close(&db->extents);
	memset(db, 0, sizeof *db);
	db->extents.fd = -1;
}

void db_rest(struct db *db)
{
	if (db->reading)
		mdb_txn_reset(db->read);
	db->reading = false;
}

/* LMDB gives up an environment whose meta page it could not write: only a new process can go on. */
static enum err begun(struct db *db, int rc)
{
	db->broken = db->broken || rc == MDB_PANIC;
	return err_of(rc);
}

enum err db_begin(struct db *db)
{
	if (db->write != NULL)
		return ERR_OK;
	/* Without locks LMDB doesn't know of readers: it would give a snapshot's pages away. */
	db_rest(db);
	return begun(db, mdb_txn_begin(db->env, NULL, 0, &db->write));
}

enum err db_commit(struct db *db)
{
	uint64_t used;
	enum err e;

	if (db->write == NULL)
		return ERR_OK;
	used = used_of(db->write, db->dbi);
	e = err_of(mdb_txn_commit(db->write));
	db->write = NULL;
	if (e == ERR_OK) {
		db->used = used;
		extents_commit(&db->extents);
	} else {
		extents_abort(&db->extents);
		db->broken = db->broken || (e != ERR_FULL && e != ERR_NO_MEMORY);
		/* If it was the meta page, the next beginning says so: better now than to the next peer. */
		if (db_begin(db) == ERR_OK)
			db_abort(db);
	}
	return e;
}

void db_abort(struct db *db)
{
	if (db->write == NULL)
		return;
	mdb_txn_abort(db->write);
	db->write = NULL;
	extents_abort(&db->extents);
}

uint64_t db_used(const struct db *db)
{
	return (db->write != NULL ? used_of(db->write, db->dbi) : db->used) + db->extents.used;
}

uint64_t db_taken(const struct db *db)
{
	MDB_envinfo info;

	BUG_IF(mdb_env_info(db->env, &info) != MDB_SUCCESS);
	return ((uint64_t)info.me_last_pgno + 1) * EXTENT_PAGE + db->extents.used;
}

/* The transaction to read in. */
static enum err reader(struct db *db, MDB_txn **txn)
{
	if (db->write != NULL) {
		*txn = db->write;
		return ERR_OK;
	}
	if (!db->reading) {
		enum err e = begun(db, mdb_txn_renew(db->read));
		if (e != ERR_OK)
			return e;
		db->reading = true;
	}
	*txn = db->read;
	return ERR_OK;
}

enum err db_get(struct db *db, struct bytes name, struct bytes *value)
{
	MDB_val key = val_of(name);
	MDB_val data;
	MDB_txn *txn;
	enum err e;

	TRY(reader(db, &txn));
	TRY(err_of(mdb_get(txn, db->dbi, &key, &data)));
	*value = bytes_of(data.mv_data, data.mv_size);
out:
	return e;
}

enum err db_put(struct db *db, struct bytes name, size_t n, uint8_t **space)
{
	MDB_val key = val_of(name);
	MDB_val data = {.mv_size = n, .mv_data = NULL};
	enum err e;

	BUG_IF(db->write == NULL || n > DB_VALUE_MAX);
	TRY(err_of(mdb_put(db->write, db->dbi, &key, &data, MDB_RESERVE)));
	*space = data.mv_data;
out:
	return e;
}

enum err db_delete(struct db *db, struct bytes name)
{
	MDB_val key = val_of(name);

	BUG_IF(db->write == NULL);
	return err_of(mdb_del(db->write, db->dbi, &key, NULL));
}

enum err db_next(struct db *db, struct bytes prefix, struct bytes from, struct buf *out)
{
	MDB_val key = val_of(from);
	MDB_cursor *cursor = NULL;
	MDB_txn *txn;
	enum err e;

	TRY(reader(db, &txn));
	TRY(err_of(mdb_cursor_open(txn, db->dbi, &cursor)));
	TRY(err_of(mdb_cursor_get(cursor, &key, NULL, MDB_SET_RANGE)));
	if (!bytes_starts(bytes_of(key.mv_data, key.mv_size), prefix))
		TRY(ERR_NOT_FOUND);
	buf_put(out, bytes_of(key.mv_data, key.mv_size));
	if (out->failed)
		TRY(ERR_TOO_BIG);
out:
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	return e;
}

enum err db_delete_prefix(struct db *db, struct bytes prefix, size_t max,
			  void (*gone)(struct db *db, struct bytes value), size_t *count)
{
	MDB_cursor *cursor = NULL;
	MDB_val key = val_of(prefix);
	MDB_val data;
	size_t n = 0;
	enum err e;

	BUG_IF(db->write == NULL);
	TRY(err_of(mdb_cursor_open(db->write, db->dbi, &cursor)));
	e = err_of(mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE));
	while (n < max && e == ERR_OK && bytes_starts(bytes_of(key.mv_data, key.mv_size), prefix)) {
		if (gone != NULL)
			gone(db, bytes_of(data.mv_data, data.mv_size));
		TRY(err_of(mdb_cursor_del(cursor, 0)));
		n++;
		/* After a deletion the cursor stands before what followed. */
		e = err_of(mdb_cursor_get(cursor, &key, &data, MDB_NEXT));
	}
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK)
		*count = n;
out:
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	return e;
}

enum err db_walk(struct db *db, struct bytes prefix, bool (*each)(void *context, struct bytes value), void *context)
{
	MDB_cursor *cursor = NULL;
	MDB_val key = val_of(prefix);
	MDB_val data;
	MDB_txn *txn;
	enum err e;

	TRY(reader(db, &txn));
	TRY(err_of(mdb_cursor_open(txn, db->dbi, &cursor)));
	e = err_of(mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE));
	while (e == ERR_OK && bytes_starts(bytes_of(key.mv_data, key.mv_size), prefix) &&
	       each(context, bytes_of(data.mv_data, data.mv_size)))
		e = err_of(mdb_cursor_get(cursor, &key, &data, MDB_NEXT));
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
out:
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	return e;
}
