/* SPDX-License-Identifier: GPL-3.0-or-later
 * What lies under the store: files that can't be opened, values that aren't what was written, lists at their ends. */
#include "keeper_fixture.h"

#include <sys/stat.h>

#include "records/queue.h"

/* ---- the database */

static void files_that_cannot_be_opened(void **state)
{
	static char longer[300];
	char directory[] = "/tmp/records-XXXXXX";
	char path[96];
	struct db db;

	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	assert_int_equal(db_open(&db, longer, 4u << 20, true), ERR_TOO_BIG);
	assert_int_equal(db_open(&db, "/nonexistent", 4u << 20, true), ERR_IO);
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/data", directory);
	/* Something that can't be deleted lies where the database is to be; or it leads to where nothing is. */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(db_open(&db, directory, 4u << 20, true), ERR_IO);
	db_close(&db);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/nonexistent/data", path), 0);
	assert_int_equal(db_open(&db, directory, 4u << 20, false), ERR_IO);
	db_close(&db);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(db_open(&db, directory, 4u << 20, true), ERR_OK);
	db_close(&db);
	unlink(path);
	snprintf(path, sizeof path, "%s/chunks", directory);
	unlink(path);
	assert_int_equal(rmdir(directory), 0);
}

static void put_value(struct fixture *f, struct bytes name, struct bytes value)
{
	uint8_t *space;

	assert_int_equal(db_begin(&f->store.db), ERR_OK);
	assert_int_equal(db_put(&f->store.db, name, value.n, &space), ERR_OK);
	memcpy(space, value.p, value.n);
	assert_int_equal(db_commit(&f->store.db), ERR_OK);
}

static void names_that_do_not_fit(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	uint8_t storage[8];
	struct buf found = buf_over(storage, sizeof storage);

	(void)state;
	put_value(f, BYTES_LITERAL("zz12345678"), BYTES_LITERAL("value"));
	assert_int_equal(db_next(&f->store.db, BYTES_LITERAL("zz"), BYTES_LITERAL("zz"), &found), ERR_TOO_BIG);
	found = buf_over(storage, sizeof storage);
	assert_int_equal(db_next(&f->store.db, BYTES_LITERAL("zy"), BYTES_LITERAL("zy"), &found), ERR_NOT_FOUND);
	db_rest(&f->store.db);
	fixture_free(f);
}

/* Sealed with the right key, and its length says more than there is. */
static void a_record_that_lies_about_its_length(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct vault *v = &f->store.vault;
	const struct name name = name_record(&v->slots[SLOT_DECOY], RECORD_RECIPIENT, bytes_of(NULL, 0));
	const uint8_t *key = v->slots[SLOT_DECOY].seal_key;
	uint8_t text[100] = {0};
	uint8_t value[8 + sizeof text + AEAD_TAG_LEN];
	uint8_t nonce[12];
	struct bytes plain;

	(void)state;
	for (unsigned said = 98; said <= 99; said++) {
		text[0] = (uint8_t)said;
		vault_nonce(v, nonce);
		memcpy(value, nonce, 8);
		aead_seal(key, nonce, name_view(&name), BYTES_ARRAY(text), value + 8);
		put_value(f, name_view(&name), BYTES_ARRAY(value));
		assert_int_equal(record_get(&f->store.db, v, &name, key, &plain), said == 98 ? ERR_OK : ERR_FORMAT);
	}
	/* Too short for any. */
	put_value(f, name_view(&name), bytes_of(value, 20));
	assert_int_equal(record_get(&f->store.db, v, &name, key, &plain), ERR_FORMAT);
	db_rest(&f->store.db);
	fixture_free(f);
}

static void a_chunk_from_its_middle(void **state)
{
	static uint8_t out[LIMIT_CHUNK];
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct draft *d = &f->drafts[0];
	const uint64_t size = CHUNK_PLAIN + 5000;

	(void)state;
	assert_int_equal(file_put(f, d, FILE_TEXT, 3, size, 9999), ERR_OK);
	assert_int_equal(file_put(f, d, FILE_DATA, 4, 1, 1), ERR_OK); /* the first one's end is written before it */
	store_flush(&f->store);
	for (uint64_t at = 1; at < size; at += 7777) {
		size_t n;
		assert_int_equal(chunk_get(&f->store.db, &d->files[0].ref, d->key, at, out, &n), ERR_OK);
		assert_int_equal(n, (at < CHUNK_PLAIN ? CHUNK_PLAIN : size) - at);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(out[i], file_byte(3, at + i));
	}
	draft_drop(&f->store, d);
	fixture_free(f);
}

/* ---- the secret area */

static void areas_that_are_not_ours(void **state)
{
	struct secret_area area;
	struct vault v;

	(void)state;
	assert_int_equal(vault_open(-1, false, &v), ERR_IO);
	assert_int_equal(secret_area_new(4096, &area), ERR_OK);
	assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_FORMAT);
	secret_area_free(&area);
	assert_int_equal(secret_area_new(LIMIT_KEEPER_FIXED + 100 * sizeof(struct slot), &area), ERR_OK);
	assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_OK);
	v.fixed->header.version++;
	vault_close(&v);
	assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_UNSUPPORTED);
	((struct vault_fixed *)(void *)area.p)->header.version--;
	((struct vault_fixed *)(void *)area.p)->header.magic ^= 1;
	assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_FORMAT);
	((struct vault_fixed *)(void *)area.p)->header.magic ^= 1;
	((struct vault_fixed *)(void *)area.p)->header.high = UINT32_MAX;
	assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_FORMAT);
	((struct vault_fixed *)(void *)area.p)->header.high = 1;
	assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_OK);
	vault_close(&v);
	secret_area_free(&area);
}

/* ---- the queue, a history, numbers */

static void ends_of_lists(void **state)
{
	struct queue q;

	(void)state;
	assert_int_equal(queue_open(&q, SIZE_MAX / 2), ERR_TOO_BIG);
	assert_int_equal(queue_open(&q, 4), ERR_OK);
	for (uint16_t i = 1; i <= 4; i++)
		queue_push(&q, &(struct queue_entry){.cursor = 10u * i, .number = i});
	assert_true(queue_full(&q));
	assert_int_equal(queue_find(&q, 20), 1);
	assert_int_equal(queue_find(&q, 15), q.count);
	assert_int_equal(queue_find(&q, 0), q.count);
	assert_int_equal(queue_find(&q, 41), q.count);
	queue_drop(&q, 1);
	assert_int_equal(queue_find(&q, 20), q.count);
	queue_close(&q);
}

static void histories_that_are_none(void **state)
{
	struct history h = {.last = 5, .count = 2, .messages = {{20000, RECEIPT_ANSWERED}, {20001, RECEIPT_STORED}}};
	struct history read;
	uint8_t storage[512];
	struct buf b = buf_over(storage, sizeof storage);

	(void)state;
	history_put(&b, &h);
	assert_int_equal(history_get(buf_view(&b), &read), ERR_OK);
	assert_memory_equal(&read, &h, sizeof h);
	assert_int_equal(history_get(bytes_first(buf_view(&b), b.len - 1), &read), ERR_FORMAT);
	storage[2] = LIMIT_HISTORY + 1;
	assert_int_equal(history_get(buf_view(&b), &read), ERR_FORMAT);
	storage[2] = 2;
	storage[b.len - 1] = RECEIPT_COUNT;
	assert_int_equal(history_get(buf_view(&b), &read), ERR_FORMAT);
}

static void numbers_end(void **state)
{
	static struct entry x = {.file_count = 5}; /* a text and two attachments */
	uint16_t last = 77;

	(void)state;
	assert_int_equal(entry_number(&x, LIMIT_MESSAGES - 2, &last), ERR_FULL);
	assert_int_equal(last, 77);
	assert_int_equal(entry_number(&x, LIMIT_MESSAGES - 3, &last), ERR_OK);
	assert_int_equal(last, LIMIT_MESSAGES);
	assert_int_equal(x.files[4].item, LIMIT_MESSAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_that_cannot_be_opened),
	    cmocka_unit_test(names_that_do_not_fit),
	    cmocka_unit_test(a_record_that_lies_about_its_length),
	    cmocka_unit_test(a_chunk_from_its_middle),
	    cmocka_unit_test(areas_that_are_not_ours),
	    cmocka_unit_test(ends_of_lists),
	    cmocka_unit_test(histories_that_are_none),
	    cmocka_unit_test(numbers_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
