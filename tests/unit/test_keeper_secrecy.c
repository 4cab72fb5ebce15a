/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#define DESK_1 1u
#define DESK_2 2u

/* ---- what the file shows */

static uint8_t *slurp(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *p;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	p = malloc(*n + 1);
	assert_non_null(p);
	assert_int_equal(fd_read_all(fd, p, *n, DEADLINE_NONE), ERR_OK);
	close(fd);
	return p;
}

static bool shows(struct bytes raw, struct bytes needle)
{
	return bytes_find(raw, needle) < raw.n;
}

static void a_raw_look_finds_nothing(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	uint8_t plain[100000];
	uint8_t session[32];
	static const char *const files[] = {"data", "chunks"};
	const uint64_t size = sizeof plain;

	(void)state;
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = file_byte(77, i);
	assert_int_equal(create_text(f, &s, DESK_1, 77, sizeof plain), ERR_OK);
	assert_int_equal(reply_text(f, &s, "the-name-of-a-reply", 77, 1200), ERR_OK);
	random_fill(session, sizeof session);
	assert_int_equal(store_session_put(&f->store, session, BYTES_LITERAL("the session's blob"), NULL, 1000),
			 ERR_OK);
	/* An open draft, too. */
	assert_int_equal(file_put(f, &f->drafts[2], FILE_TEXT, 77, sizeof plain, 60000), ERR_OK);
	store_flush(&f->store);
	for (size_t k = 0; k < 2; k++) {
		char path[96];
		size_t n;
		uint8_t *p;
		struct bytes raw;
		fixture_path(f, files[k], path);
		p = slurp(path, &n);
		raw = bytes_of(p, n);
		assert_true(n > (k == 0 ? 20000 : 150000));
		for (size_t i = 0; i + 16 <= sizeof plain; i += 16)
			assert_false(shows(raw, bytes_of(plain + i, 16)));
		assert_false(shows(raw, BYTES_ARRAY(s.id)));
		assert_false(shows(raw, bytes_of(s.id, 8)));
		assert_false(shows(raw, BYTES_ARRAY(s.proof)));
		assert_false(shows(raw, BYTES_ARRAY(s.proof_hash)));
		assert_false(shows(raw, bytes_of(session, 16)));
		assert_false(shows(raw, bytes_of(RECIPIENT.p, 16)));
		assert_false(shows(raw, BYTES_LITERAL("the-name")));
		assert_false(shows(raw, BYTES_LITERAL("session")));
		assert_false(shows(raw, bytes_of(&size, sizeof size)));
		/* It is the file that was looked at: what stands in it in the clear is found. */
		assert_int_equal(shows(raw, BYTES_ARRAY(s.c.prefix)), k == 0);
		free(p);
	}
	fixture_free(f);
}

/* All that can be read of the one conversation. */
static enum err read_all(struct fixture *f, struct source *s)
{
	struct store_collect got;
	struct store_message m;
	struct store_reply r;
	struct conversation c;
	struct file_ref ref;
	uint8_t key[32];
	enum err e;

	TRY(store_auth(&f->store, s->id, s->proof, &c));
	TRY(store_message_next(&f->store, &s->c, 0, &m));
	TRY(store_reply_next(&f->store, &s->c, 0, &r));
	TRY(store_collect_next(&f->store, DESK_1, 0, &got));
	TRY(store_file_find(&f->store, &s->c, RECORD_MESSAGE, 1, FILE_TEXT, DESK_1, &ref, key));
	TRY(file_check(f, &ref, key, 1));
	TRY(store_file_find(&f->store, &s->c, RECORD_REPLY, 1, FILE_TEXT, 0, &ref, key));
	TRY(file_check(f, &ref, key, 2));
out:
	return e;
}

/* A desk tells of what was before. */
static void add_history(struct fixture *f, const struct source *s)
{
	struct state told = {.recipient = RECIPIENT, .day = 20000, .message_count = 1};

	memcpy(told.proof_hash, s->proof_hash, sizeof told.proof_hash);
	assert_int_equal(store_restore(&f->store, s->id, DESK_1, &told), ERR_OK);
}

static void overwrite(struct fixture *f, struct bytes name, struct bytes value)
{
	uint8_t *space;

	assert_int_equal(store_begin(&f->store), ERR_OK);
	assert_int_equal(db_put(&f->store.db, name, value.n, &space), ERR_OK);
	memcpy(space, value.p, value.n);
	assert_int_equal(store_commit(&f->store), ERR_OK);
}

static void every_flipped_byte_is_refused(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct name from = {.p = "c", .n = 1};
	size_t flips = 0;
	size_t records = 0;
	const char *types = "cf";
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int stderr_fd = dup(2);

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 50), ERR_OK);
	assert_int_equal(reply_text(f, &s, "reply", 2, 2500), ERR_OK);
	add_history(f, &s);
	assert_int_equal(read_all(f, &s), ERR_OK);
	dup2(quiet, 2); /* each is logged */
	for (const char *type = types; *type != 0; type++) {
		from.p[0] = (uint8_t)*type;
		from.n = 1;
		for (;;) {
			struct name name;
			struct buf found = buf_over(name.p, sizeof name.p);
			struct bytes view;
			uint8_t value[1024];
			size_t n;
			if (db_next(&f->store.db, bytes_of(type, 1), name_view(&from), &found) != ERR_OK)
				break;
			name.n = (uint8_t)found.len;
			from = name;
			from.p[from.n++] = 0;
			assert_int_equal(db_get(&f->store.db, name_view(&name), &view), ERR_OK);
			n = view.n;
			assert_true(n <= sizeof value);
			memcpy(value, view.p, n);
			/* The reply's name opens only when a reply of that name comes; the decoy's head is nobody's. */
			overwrite(f, name_view(&name), bytes_of("", 0));
			if (read_all(f, &s) == ERR_OK) {
				overwrite(f, name_view(&name), bytes_of(value, n));
				continue;
			}
			records++;
			for (size_t i = 0; i < n; i++) {
				value[i] ^= (uint8_t)(1 << i % 8);
				overwrite(f, name_view(&name), bytes_of(value, n));
				assert_int_not_equal(read_all(f, &s), ERR_OK);
				value[i] ^= (uint8_t)(1 << i % 8);
				flips++;
			}
			overwrite(f, name_view(&name), bytes_of(value, n - 1));
			assert_int_not_equal(read_all(f, &s), ERR_OK);
			overwrite(f, name_view(&name), bytes_of(value, n));
			assert_int_equal(read_all(f, &s), ERR_OK);
		}
	}
	dup2(stderr_fd, 2);
	close(stderr_fd);
	close(quiet);
	/* head, recipient, message with its chunk's place, reply, history; the place of the reply's chunk */
	assert_int_equal(records, 6);
	assert_true(flips > 5 * 100);
	fixture_free(f);
}

static void every_flipped_byte_of_an_extent_is_refused(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int stderr_fd = dup(2);
	int fd = f->store.db.extents.fd;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 3000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "reply", 2, 5000), ERR_OK);
	assert_int_equal(f->store.db.extents.end, 3 * EXTENT_PAGE);
	dup2(quiet, 2);
	for (off_t at = 0; at < 3 * (off_t)EXTENT_PAGE; at++) {
		uint8_t byte, flipped;
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		flipped = (uint8_t)(byte ^ 1 << at % 8);
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		assert_int_not_equal(read_all(f, &s), ERR_OK);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	dup2(stderr_fd, 2);
	close(stderr_fd);
	close(quiet);
	assert_int_equal(read_all(f, &s), ERR_OK);
	fixture_free(f);
}

static void a_value_opens_under_its_own_name_alone(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	const struct slot *slot;
	struct name head, recipient;
	struct bytes view, plain;
	uint8_t value[1024];
	size_t n;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 50), ERR_OK);
	slot = &f->store.vault.slots[s.c.slot];
	head = name_record(slot, RECORD_HEAD, bytes_of(NULL, 0));
	recipient = name_record(slot, RECORD_RECIPIENT, bytes_of(NULL, 0));
	assert_int_equal(record_get(&f->store.db, &f->store.vault, &head, slot->seal_key, &plain), ERR_OK);
	assert_int_equal(db_get(&f->store.db, name_view(&recipient), &view), ERR_OK);
	n = view.n;
	memcpy(value, view.p, n);
	overwrite(f, name_view(&head), bytes_of(value, n));
	assert_int_equal(record_get(&f->store.db, &f->store.vault, &head, slot->seal_key, &plain), ERR_AUTH);
	fixture_free(f);
}

/* ---- forgetting */

/* Does some 32 bytes of the secret area open it? */
static bool opens(const struct fixture *f, struct bytes name, const uint8_t nonce[static 12], struct bytes value)
{
	static const uint8_t zeros[32];
	const uint8_t *area = f->secrets.p;
	uint8_t out[LIMIT_CHUNK];

	for (size_t i = 0; i + 32 <= f->secrets.n; i += 4)
		if (memcmp(area + i, zeros, 32) != 0 && aead_open(area + i, nonce, name, value, out) == ERR_OK)
			return true;
	return false;
}

/* Of a file whose only chunk lies in `chunks`, as its message's record says. */
static bool opens_placed(const struct fixture *f, const struct file_ref *ref, const uint8_t *chunks)
{
	static const uint8_t nonce[12]; /* ordinal 0, chunk 0 */
	uint8_t name[13] = {'f'};

	assert_true(ref->place.len != 0);
	memcpy(name + 1, ref->id, FILE_ID_LEN);
	return opens(f, BYTES_ARRAY(name), nonce, bytes_of(chunks + ref->place.offset, (size_t)ref->place.len));
}

/* How many values of the database in `path`, with the extents in `chunks`, some 32 bytes of the secret area open. */
static size_t opened_by(struct fixture *f, const char *path, const uint8_t *chunks)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_cursor *cursor;
	MDB_val key, data;
	size_t opened = 0;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	while (mdb_cursor_get(cursor, &key, &data, MDB_NEXT) == 0) {
		const uint8_t *name = key.mv_data;
		struct bytes value = bytes_of(data.mv_data, data.mv_size);
		uint8_t nonce[12] = {0};
		/* Not the decoy's. */
		if (memcmp(name + 1, f->store.vault.slots[SLOT_DECOY].prefix, 8) == 0 || value.n < 12)
			continue;
		if (name[0] == 'f' && value.n == 12) {
			uint64_t offset;
			memcpy(&offset, value.p, sizeof offset);
			value = bytes_of(chunks + offset, value.p[8] | (size_t)value.p[9] << 8);
		}
		/* A chunk's nonce is its file's ordinal (here 0) and its number (here 0). */
		if (name[0] == 'c')
			memcpy(nonce, value.p, 8);
		opened += opens(f, bytes_of(key.mv_data, key.mv_size), nonce, bytes_from(value, name[0] == 'c' ? 8 : 0))
			      ? 1
			      : 0;
	}
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return opened;
}

static void what_was_forgotten_stays_shut(void **state)
{
	struct fixture *f = fixture_new(4u << 20, 1, 20);
	struct source s = source_new();
	struct store_collect got;
	struct conversation c;
	struct file_ref ref, placed;
	char path[96], copy[96];
	size_t n;
	uint8_t *p;
	uint8_t *chunks;
	int fd;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 50), ERR_OK);
	assert_int_equal(reply_text(f, &s, "reply", 2, 3000), ERR_OK);
	add_history(f, &s);
	/* As a peer that read it last would leave it. */
	assert_int_equal(
	    store_file_find(&f->store, &s.c, RECORD_REPLY, 1, FILE_TEXT, 0, &ref, f->store.vault.fixed->read_keys[5]),
	    ERR_OK);
	assert_int_equal(store_file_find(&f->store, &s.c, RECORD_MESSAGE, 1, FILE_TEXT, DESK_1, &placed,
					 f->store.vault.fixed->read_keys[6]),
			 ERR_OK);
	store_flush(&f->store);
	fixture_path(f, "data", path);
	fixture_path(f, "copy", copy);
	p = slurp(path, &n);
	fd = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(fd_write_all(fd, bytes_of(p, n), DEADLINE_NONE), ERR_OK);
	close(fd);
	free(p);
	fixture_path(f, "chunks", path);
	chunks = slurp(path, &n);
	/* While it is there its keys open the six records; what was read last opens the chunks, the reply's and the
	 * message's. */
	assert_int_equal(opened_by(f, copy, chunks), 7);
	assert_true(opens_placed(f, &placed, chunks));
	assert_int_equal(store_forget(&f->store, &s.c), ERR_OK);
	assert_int_equal(opened_by(f, copy, chunks), 0);
	assert_false(opens_placed(f, &placed, chunks));
	free(chunks);
	assert_int_equal(store_forget(&f->store, &s.c), ERR_NOT_FOUND);
	assert_int_equal(store_auth(&f->store, s.id, s.proof, &c), ERR_AUTH);
	assert_int_equal(store_collect_next(&f->store, DESK_1, 0, &got), ERR_END);
	assert_int_equal(f->store.conversations, 0);
	sweep_all(f);
	assert_int_equal(count_names(f, 'f') + count_names(f, 't'), 0);
	assert_int_equal(count_names(f, 'c'), 1); /* the decoy's */
	assert_int_equal(f->store.db.extents.used, 0);
	/* The codename is free again. */
	assert_int_equal(create_text(f, &s, DESK_1, 3, 50), ERR_OK);
	fixture_free(f);
}

static void one_message_can_be_forgotten(void **state)
{
	struct fixture *f = fixture_new(4u << 20, 2, 20);
	struct source s = source_new();
	struct store_collect got;
	struct store_message m;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 50), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_2, 2, 50), ERR_OK);
	assert_int_equal(store_message_forget(&f->store, &s.c, 1, DESK_2), ERR_NOT_FOUND);
	assert_int_equal(store_message_forget(&f->store, &s.c, 3, DESK_1), ERR_NOT_FOUND);
	assert_int_equal(store_message_forget(&f->store, &s.c, 1, DESK_1), ERR_OK);
	assert_int_equal(store_message_forget(&f->store, &s.c, 1, DESK_1), ERR_NOT_FOUND);
	assert_int_equal(store_message_next(&f->store, &s.c, 0, &m), ERR_OK);
	assert_int_equal(m.number, 2);
	assert_int_equal(store_collect_next(&f->store, DESK_1, 0, &got), ERR_END);
	assert_int_equal(store_collect_next(&f->store, DESK_2, 0, &got), ERR_OK);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_raw_look_finds_nothing),
	    cmocka_unit_test(every_flipped_byte_is_refused),
	    cmocka_unit_test(every_flipped_byte_of_an_extent_is_refused),
	    cmocka_unit_test(a_value_opens_under_its_own_name_alone),
	    cmocka_unit_test(what_was_forgotten_stays_shut),
	    cmocka_unit_test(one_message_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
