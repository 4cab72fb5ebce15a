/* SPDX-License-Identifier: GPL-3.0-or-later
 * Input: one byte, and then a record of the keeper's.
 *   'h', 'e'   what a sealed record says: a conversation's head, an entry. What is read is written as the same bytes.
 *   'r', 'c'   what lies in the file, as somebody could have changed it there: a sealed record, or a chunk of a file
 *              (of 12 bytes: the place of its extent). It is refused, and nothing of it comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "records/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[LIMIT_CHUNK];
static struct db db;
static struct vault vault;
static char directory[] = "/tmp/fuzz-record-XXXXXX";

static void try_head(struct bytes in)
{
	static struct head h;
	struct buf out = buf_over(again, sizeof again);

	if (head_get(in, &h) != ERR_OK)
		return;
	head_put(&out, &h);
	BUG_IF(out.failed || !bytes_eq(buf_view(&out), in));
	for (uint16_t n = bit_next(h.messages, 0), last = 0; n != 0; last = n, n = bit_next(h.messages, n))
		BUG_IF(n <= last || bit_before(h.messages, n) != n);
}

static void try_entry(struct bytes in)
{
	static struct entry x;
	struct buf out = buf_over(again, sizeof again);

	if (entry_get(in, &x) != ERR_OK)
		return;
	entry_put(&out, &x);
	BUG_IF(out.failed || !bytes_eq(buf_view(&out), in));
}

static void clean_up(void)
{
	static const char *const files[] = {"data", "chunks"};
	char path[64];

	db_close(&db);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i]);
		unlink(path);
	}
	rmdir(directory);
}

static void start(void)
{
	vault.fixed = calloc(1, sizeof *vault.fixed);
	BUG_IF(vault.fixed == NULL || mkdtemp(directory) == NULL);
	BUG_IF(db_open(&db, directory, 4 << 20, true) != ERR_OK);
	atexit(clean_up);
}

static void try_file(struct bytes in, bool chunk)
{
	static const uint8_t key[32] = {1};
	static uint8_t out[LIMIT_CHUNK];
	struct slot slot = {.state = 0};
	struct file_ref ref = {.size = 100};
	struct name name = name_record(&slot, RECORD_HEAD, bytes_of(NULL, 0));
	struct bytes plain;
	uint8_t *space;
	size_t n;
	enum err e;

	if (in.n == 0 || in.n > DB_VALUE_MAX)
		return;
	if (chunk) {
		name = name_prefix('f', BYTES_ARRAY(ref.id));
		memset(name.p + name.n, 0, 4); /* chunk 0 */
		name.n = (uint8_t)(name.n + 4);
	}
	BUG_IF(db_begin(&db) != ERR_OK || db_put(&db, name_view(&name), in.n, &space) != ERR_OK);
	memcpy(space, in.p, in.n);
	e = chunk ? chunk_get(&db, &ref, key, 0, out, &n) : record_get(&db, &vault, &name, key, &plain);
	BUG_IF(e == ERR_OK);
	db_abort(&db);
	db_rest(&db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);

	if (vault.fixed == NULL)
		start();
	switch (size > 0 ? data[0] : 0) {
	case 'h':
		try_head(bytes_from(in, 1));
		break;
	case 'e':
		try_entry(bytes_from(in, 1));
		break;
	case 'r':
	case 'c':
		try_file(bytes_from(in, 1), data[0] == 'c');
		break;
	default:
		break;
	}
	return 0;
}
