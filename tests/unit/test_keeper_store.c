/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_fixture.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define DESK_1 1u
#define DESK_2 2u

/* ---- sources, desks, cursors */

static void nobody_gets_in_with_a_wrong_proof(void **state)
{
	struct fixture *f = fixture_new(4u << 20, 2, 100);
	struct source s = source_new();
	struct source other = source_new();
	struct conversation c;
	uint32_t desk = 0;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 100), ERR_OK);
	assert_int_equal(create_text(f, &s, DESK_1, 1, 100), ERR_EXISTS);
	assert_int_equal(store_auth(&f->store, s.id, s.proof, &c), ERR_OK);
	assert_memory_equal(&c, &s.c, sizeof c);
	assert_int_equal(store_auth(&f->store, s.id, other.proof, &c), ERR_AUTH);
	assert_int_equal(store_auth(&f->store, s.id, s.proof_hash, &c), ERR_AUTH);
	assert_int_equal(store_auth(&f->store, other.id, other.proof, &c), ERR_AUTH);
	/* The decoy isn't anybody's, even by its own id. */
	assert_int_equal(store_auth(&f->store, f->store.vault.slots[SLOT_DECOY].id, s.proof, &c), ERR_AUTH);
	assert_int_equal(store_desk_auth(&f->store, f->tokens[1], &desk), ERR_OK);
	assert_int_equal(desk, DESK_2);
	assert_int_equal(store_desk_auth(&f->store, f->hashes[1], &desk), ERR_AUTH);
	fixture_free(f);
}

static void desks_see_their_own_and_confirm_each(void **state)
{
	struct fixture *f = fixture_new(4u << 20, 2, 100);
	struct source one = source_new();
	struct source both = source_new();
	struct store_collect got;
	struct store_message m;
	struct conversation c;
	uint64_t first;
	uint64_t at = 0;

	(void)state;
	assert_int_equal(create_text(f, &one, DESK_1, 1, 100), ERR_OK);
	assert_int_equal(create_text(f, &both, UINT32_MAX, 2, 100), ERR_OK);
	assert_int_equal(store_desk_find(&f->store, one.id, DESK_2, &c), ERR_NOT_FOUND);
	assert_int_equal(store_desk_find(&f->store, one.id, DESK_1, &c), ERR_OK);
	assert_int_equal(store_desk_find(&f->store, both.id, DESK_2, &c), ERR_OK);
	assert_int_equal(store_collect_next(&f->store, DESK_1, 0, &got), ERR_OK);
	assert_memory_equal(got.id, one.id, 16);
	first = got.cursor;
	assert_int_equal(store_collect_next(&f->store, DESK_1, first, &got), ERR_OK);
	assert_memory_equal(got.id, both.id, 16);
	assert_true(got.cursor > first);
	assert_int_equal(store_collect_next(&f->store, DESK_2, 0, &got), ERR_OK);
	assert_memory_equal(got.id, both.id, 16);

	/* One of two has it: stored. Both: collected, and the files are gone, the entry not. */
	assert_int_equal(store_collected(&f->store, DESK_1, got.cursor, &at), ERR_OK);
	assert_int_equal(store_message_next(&f->store, &one.c, 0, &m), ERR_OK);
	assert_int_equal(m.receipt, RECEIPT_COLLECTED);
	assert_int_equal(store_message_next(&f->store, &both.c, 0, &m), ERR_OK);
	assert_int_equal(m.receipt, RECEIPT_STORED);
	assert_int_equal(count_chunks(f), 1);
	assert_int_equal(store_collect_next(&f->store, DESK_1, 0, &got), ERR_OK);
	assert_memory_equal(got.id, both.id, 16);
	at = 0;
	assert_int_equal(store_collected(&f->store, DESK_2, got.cursor, &at), ERR_OK);
	assert_int_equal(store_message_next(&f->store, &both.c, 0, &m), ERR_OK);
	assert_int_equal(m.receipt, RECEIPT_COLLECTED);
	assert_int_equal(m.number, 1);
	assert_int_equal(store_message_next(&f->store, &both.c, 1, &m), ERR_END);
	assert_int_equal(store_collect_next(&f->store, DESK_2, 0, &got), ERR_END);
	assert_int_equal(count_chunks(f), 0);
	fixture_free(f);
}

static void many_are_confirmed_in_slices(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 2, 600);
	struct source s[500];
	struct store_collect got;
	uint64_t at = 0;
	uint64_t last = 0;
	int slices = 0;

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		s[i] = source_new();
		assert_int_equal(create_text(f, &s[i], 1u + i % 3, i, 200), ERR_OK);
	}
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(submit_text(f, &s[i], DESK_1, i, 200), ERR_OK);
	for (uint32_t n = 0; store_collect_next(&f->store, DESK_1, last, &got) == ERR_OK; n++) {
		assert_true(got.cursor > last);
		last = got.cursor;
	}
	do {
		assert_int_equal(store_collected(&f->store, DESK_1, last, &at), ERR_OK);
		slices++;
	} while (at < last);
	assert_true(slices > 3);
	/* What is left waits for the second desk. */
	assert_int_equal(f->store.queue.count - f->store.queue.gone, 333);
	assert_int_equal(store_collect_next(&f->store, DESK_2, 0, &got), ERR_OK);
	at = 0;
	do
		assert_int_equal(store_collected(&f->store, DESK_2, last, &at), ERR_OK);
	while (at < last);
	assert_int_equal(f->store.queue.count - f->store.queue.gone, 0);
	assert_int_equal(count_chunks(f), 0);
	fixture_free(f);
}

static void replies_are_numbered_replaced_and_deleted(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct store_reply r;
	struct file_ref ref;
	uint8_t key[32];

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 100), ERR_OK);
	assert_int_equal(store_reply_next(&f->store, &s.c, 0, &r), ERR_END);
	assert_int_equal(reply_text(f, &s, "first", 2, 1000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "second", 3, 2000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "first", 4, 400000), ERR_OK);
	assert_int_equal(f->store.replies, 2);
	assert_int_equal(store_reply_next(&f->store, &s.c, 0, &r), ERR_OK);
	assert_int_equal(r.number, 1);
	assert_int_equal(r.size, 400000);
	assert_int_equal(store_file_find(&f->store, &s.c, RECORD_REPLY, 1, FILE_TEXT, 0, &ref, key), ERR_OK);
	assert_int_equal(file_check(f, &ref, key, 4), ERR_OK);
	assert_int_equal(store_file_find(&f->store, &s.c, RECORD_REPLY, 1, FILE_META, 0, &ref, key), ERR_NOT_FOUND);
	/* A source doesn't read its own messages. */
	assert_int_equal(store_file_find(&f->store, &s.c, RECORD_MESSAGE, 1, FILE_TEXT, 0, &ref, key), ERR_NOT_FOUND);
	assert_int_equal(store_reply_delete(&f->store, &s.c, 1), ERR_OK);
	assert_int_equal(store_reply_delete(&f->store, &s.c, 1), ERR_NOT_FOUND);
	assert_int_equal(store_reply_next(&f->store, &s.c, 0, &r), ERR_OK);
	assert_int_equal(r.number, 2);
	assert_int_equal(store_reply_next(&f->store, &s.c, 2, &r), ERR_END);
	assert_int_equal(f->store.replies, 1);
	assert_int_equal(reply_text(f, &s, "first", 5, 10), ERR_OK);
	assert_int_equal(store_reply_next(&f->store, &s.c, 2, &r), ERR_OK);
	assert_int_equal(r.number, 3);
	sweep_all(f);
	assert_int_equal(count_chunks(f), 3); /* the message, the second and the new first */
	fixture_free(f);
}

static uint8_t receipt_of(struct fixture *f, const struct source *s, uint16_t number)
{
	struct store_message m;

	assert_int_equal(store_message_next(&f->store, &s->c, (uint16_t)(number - 1u), &m), ERR_OK);
	assert_int_equal(m.number, number);
	return m.receipt;
}

/* A reply answers what every desk had when it came, and nothing else; deleting it changes nothing. */
static void receipts_say_how_far(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	uint64_t at = 0;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 100), ERR_OK);
	assert_int_equal(reply_text(f, &s, "early", 2, 10), ERR_OK);
	assert_int_equal(receipt_of(f, &s, 1), RECEIPT_STORED);
	assert_int_equal(store_collected(&f->store, DESK_1, vault_cursor(&f->store.vault) - 1, &at), ERR_OK);
	assert_int_equal(receipt_of(f, &s, 1), RECEIPT_COLLECTED);
	assert_int_equal(submit_text(f, &s, DESK_1, 3, 100), ERR_OK);
	assert_int_equal(reply_text(f, &s, "answer", 4, 10), ERR_OK);
	assert_int_equal(store_reply_delete(&f->store, &s.c, 2), ERR_OK);
	assert_int_equal(receipt_of(f, &s, 1), RECEIPT_ANSWERED);
	assert_int_equal(receipt_of(f, &s, 2), RECEIPT_STORED);
	fixture_free(f);
}

static void each_visit_leaves_its_word(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	uint16_t before;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 100), ERR_OK);
	assert_int_equal(store_visit_word(&f->store, &s.c, 2048, &before), ERR_OK);
	assert_int_equal(before, 0);
	assert_int_equal(store_visit_word(&f->store, &s.c, 7, &before), ERR_OK);
	assert_int_equal(before, 2048);
	assert_int_equal(store_forget(&f->store, &s.c), ERR_OK);
	assert_int_equal(store_visit_word(&f->store, &s.c, 1, &before), ERR_NOT_FOUND);
	assert_int_equal(before, 2048);
	fixture_free(f);
}

/* A text, then its attachments, each with its own number; then the next reply. */
static void replies_have_parts(void **state)
{
	static const struct {
		uint16_t number;
		uint8_t kind;
		uint64_t size;
	} want[] = {{1, FILE_TEXT, 100}, {2, FILE_DATA, 70000}, {3, FILE_DATA, 5}, {4, FILE_TEXT, 10}};
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct draft *d = &f->drafts[1];
	struct source s = source_new();
	struct store_reply r = {.number = 0};
	struct file_ref ref;
	uint8_t key[32];

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 100), ERR_OK);
	d->room = ROOM_DESK;
	assert_int_equal(file_put(f, d, FILE_TEXT, 2, 100, LIMIT_CHUNK_SEALED), ERR_OK);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(file_put(f, d, FILE_DATA, 3 + i, want[1 + i].size, LIMIT_CHUNK_SEALED), ERR_OK);
		assert_int_equal(file_put(f, d, FILE_META, 5 + i, 300, LIMIT_CHUNK_SEALED), ERR_OK);
	}
	assert_int_equal(store_reply_put(&f->store, &s.c, BYTES_LITERAL("parts"), d), ERR_OK);
	assert_int_equal(reply_text(f, &s, "next", 9, 10), ERR_OK);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_int_equal(store_reply_next(&f->store, &s.c, r.number, &r), ERR_OK);
		assert_int_equal(r.number, want[i].number);
		assert_int_equal(r.kind, want[i].kind);
		assert_int_equal(r.size, want[i].size);
	}
	assert_int_equal(store_reply_next(&f->store, &s.c, r.number, &r), ERR_END);
	assert_int_equal(store_file_find(&f->store, &s.c, RECORD_REPLY, 3, FILE_META, 0, &ref, key), ERR_OK);
	assert_int_equal(file_check(f, &ref, key, 6), ERR_OK);
	fixture_free(f);
}

/* ---- full */

/* Announced and never sent: large forms are refused then, a text still finds room. */
static void announcements_leave_room_for_texts(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 1, 1000);
	struct source s = source_new();
	uint64_t size = 16u << 20;

	(void)state;
	/* As much as can be had, in ever smaller large pieces. */
	while (size > LIMIT_SMALL_FORM)
		if (draft_reserve(&f->store, &f->drafts[1], size, UINT64_MAX) != ERR_OK)
			size -= 64u << 10;
		else
			break;
	assert_true(size > 8u << 20);
	/* A page more: what a file takes is counted in pages. */
	assert_int_equal(draft_reserve(&f->store, &f->drafts[2], LIMIT_SMALL_FORM + EXTENT_PAGE, UINT64_MAX), ERR_FULL);
	assert_int_equal(draft_reserve(&f->store, &f->drafts[2], LIMIT_SMALL_FORM, UINT64_MAX), ERR_OK);
	draft_drop(&f->store, &f->drafts[2]);
	assert_int_equal(create_text(f, &s, DESK_1, 1, 60000), ERR_OK);
	draft_drop(&f->store, &f->drafts[1]);
	fixture_free(f);
}

static void full_is_an_error_and_the_desk_can_empty_it(void **state)
{
	struct fixture *f = fixture_new(4u << 20, 1, 1000);
	struct source s = source_new();
	struct store_collect got;
	uint64_t last = 0;
	uint64_t at = 0;
	int stored = 0;
	enum err e;

	(void)state;
	assert_int_equal(draft_reserve(&f->store, &f->drafts[0], 64u << 20, UINT64_MAX), ERR_FULL);
	assert_int_equal(draft_reserve(&f->store, &f->drafts[0], UINT64_MAX, UINT64_MAX), ERR_FULL);
	assert_int_equal(draft_reserve(&f->store, &f->drafts[0], 2560u << 10, UINT64_MAX), ERR_OK);
	assert_int_equal(draft_reserve(&f->store, &f->drafts[1], 2560u << 10, UINT64_MAX), ERR_FULL);
	draft_drop(&f->store, &f->drafts[0]);
	assert_int_equal(create_text(f, &s, DESK_1, 1, 60000), ERR_OK);
	while ((e = submit_text(f, &s, DESK_1, 1, 150000)) == ERR_OK)
		stored++;
	assert_int_equal(e, ERR_FULL);
	assert_true(stored >= 15 && stored < 27);
	/* Again and again, while something of the draft is in the database. */
	for (int i = 0; i < 50; i++)
		assert_int_equal(submit_text(f, &s, DESK_1, 1, 400000), ERR_FULL);
	sweep_all(f);
	while (submit_text(f, &s, DESK_1, 1, 1000) == ERR_OK)
		stored++;
	/* The desk still answers, collects and confirms. */
	assert_int_equal(reply_text(f, &s, "answer", 2, 60000), ERR_OK);
	for (int n = 0; store_collect_next(&f->store, DESK_1, last, &got) == ERR_OK; n++) {
		struct file_ref ref;
		uint8_t key[32];
		last = got.cursor;
		assert_int_equal(
		    store_file_find(&f->store, &s.c, RECORD_MESSAGE, got.files[0].item, FILE_TEXT, DESK_1, &ref, key),
		    ERR_OK);
		assert_int_equal(file_check(f, &ref, key, 1), ERR_OK);
	}
	do
		assert_int_equal(store_collected(&f->store, DESK_1, last, &at), ERR_OK);
	while (at < last);
	sweep_all(f);
	for (int i = 0; i < 10; i++)
		assert_int_equal(submit_text(f, &s, DESK_1, 1, 150000), ERR_OK);
	assert_int_equal(store_forget(&f->store, &s.c), ERR_OK);
	assert_false(store_broken(&f->store));
	fixture_free(f);
}

static void no_key_slot_is_full_too(void **state)
{
	struct fixture *f = fixture_new(4u << 20, 1, 4);
	struct source s;
	uint32_t n = 0;

	(void)state;
	for (;; n++) {
		enum err e;
		s = source_new();
		e = create_text(f, &s, DESK_1, n, 10);
		if (e != ERR_OK) {
			assert_int_equal(e, ERR_FULL);
			break;
		}
	}
	/* The area is whole pages. */
	assert_int_equal(n, f->store.vault.slot_count - 1);
	fixture_free(f);
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Where nothing that is mounted is seen by others: as root, or as root of a user namespace. */
static bool enter_own_mounts(void)
{
	char uids[32], gids[32];

	if (unshare(CLONE_NEWNS) == 0)
		return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 ||
		       mount("none", "/tmp", "none", MS_REC | MS_PRIVATE, NULL) == 0;
	snprintf(uids, sizeof uids, "0 %u 1\n", geteuid());
	snprintf(gids, sizeof gids, "0 %u 1\n", getegid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", uids) && write_text("/proc/self/gid_map", gids);
}

/* The kernel says ENOSPC before LMDB knows: in a file system smaller than was said. */
static char mounted[64];

/* With files of n bytes: short ones fill LMDB's file, longer ones the extents. */
static int fill_small_file_system(uint64_t n)
{
	struct fixture *f = malloc(sizeof *f);
	struct source s = source_new();
	struct store_message m;
	uint16_t seen = 0;
	int stored = 1;
	enum err e;

	if (!enter_own_mounts())
		return 77;
	fixture_make(f, 16u << 20, 1, 10000);
	snprintf(mounted, sizeof mounted, "%s", f->directory);
	if (mount("store", f->directory, "tmpfs", MS_NOSUID, "size=2m") != 0)
		return 77;
	if (fixture_open(f) != ERR_OK || create_text(f, &s, DESK_1, 1, 1000) != ERR_OK)
		return 1;
	while ((e = submit_text(f, &s, DESK_1, 1, n)) == ERR_OK)
		stored++;
	if (e != ERR_FULL || stored < 10 || store_broken(&f->store))
		return 2;
	for (int i = 0; i < 20; i++)
		if (submit_text(f, &s, DESK_1, 1, 2000000) != ERR_FULL)
			return 3;
	fixture_close(f);
	if (fixture_open(f) != ERR_OK)
		return 4;
	while (store_message_next(&f->store, &s.c, seen, &m) == ERR_OK) {
		struct file_ref ref;
		uint8_t key[32];
		seen = m.number;
		stored--;
		if (store_file_find(&f->store, &s.c, RECORD_MESSAGE, m.number, FILE_TEXT, DESK_1, &ref, key) !=
			ERR_OK ||
		    file_check(f, &ref, key, 1) != ERR_OK)
			return 5;
	}
	return stored == 0 ? 0 : 6;
}

static void a_full_file_system_is_an_error_too(void **state)
{
	static const uint64_t sizes[] = {70000, 1500, 300};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		pid_t child = fork();
		int status;
		if (child == 0) {
			int result = fill_small_file_system(sizes[i]);
			umount2(mounted, MNT_DETACH);
			rmdir(mounted);
			_exit(result);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == 77)
			skip(); /* no user namespace here */
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

/* ---- the next keeper */

static void a_restart_finds_everything(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 2, 100);
	struct source s = source_new();
	struct source gone = source_new();
	uint8_t session[32] = {9};
	uint8_t storage[LIMIT_SESSION_BLOB];
	struct buf blob = buf_over(storage, sizeof storage);
	struct store_collect got;
	struct conversation c;
	uint64_t last;
	uint64_t at = 0;
	uint8_t boot_id[16];

	(void)state;
	assert_int_equal(create_text(f, &gone, DESK_1, 1, 5000), ERR_OK);
	assert_int_equal(create_text(f, &s, DESK_1 | DESK_2, 1, 5000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "reply", 2, 50), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_2, 3, 300000), ERR_OK);
	assert_int_equal(store_session_put(&f->store, session, BYTES_LITERAL("blob"), NULL, 1000), ERR_OK);
	assert_int_equal(store_forget(&f->store, &gone.c), ERR_OK); /* and not swept */
	assert_int_equal(store_collect_next(&f->store, DESK_1, 0, &got), ERR_OK);
	assert_int_equal(store_collected(&f->store, DESK_1, got.cursor, &at), ERR_OK);
	assert_int_equal(file_put(f, &f->drafts[0], FILE_TEXT, 9, 400000, 60000), ERR_OK);
	assert_int_equal(draft_begin(&f->store, &f->drafts[0], FILE_DATA), ERR_OK);
	store_flush(&f->store);
	assert_true(count_names(f, 'd') > 0);
	memcpy(boot_id, f->store.vault.fixed->header.boot_id, 16);
	fixture_close(f);

	assert_int_equal(fixture_open(f), ERR_OK);
	assert_memory_equal(boot_id, f->store.vault.fixed->header.boot_id, 16);
	assert_int_equal(f->store.conversations, 1);
	assert_int_equal(f->store.replies, 1);
	assert_int_equal(f->store.sessions, 1);
	assert_int_equal(f->store.queue.count, 2);
	sweep_all(f);
	assert_int_equal(count_names(f, 'd') + count_names(f, 't'), 0);
	assert_int_equal(count_chunks(f), 1 + 1 + 5); /* the first message, the reply, the second */
	assert_int_equal(store_auth(&f->store, s.id, s.proof, &c), ERR_OK);
	assert_memory_equal(&c, &s.c, sizeof c);
	assert_int_equal(store_auth(&f->store, gone.id, gone.proof, &c), ERR_AUTH);
	assert_int_equal(store_session_get(&f->store, session, 2000, &blob), ERR_OK);
	assert_true(bytes_eq_str(buf_view(&blob), "blob"));
	assert_int_equal(store_collect_next(&f->store, DESK_2, 0, &got), ERR_OK);
	assert_int_equal(store_collect_next(&f->store, DESK_2, got.cursor, &got), ERR_OK);
	last = got.cursor;
	assert_int_equal(submit_text(f, &s, DESK_2, 3, 10), ERR_OK);
	assert_int_equal(store_collect_next(&f->store, DESK_2, last, &got), ERR_OK);
	assert_true(got.cursor > last);
	fixture_free(f);
}

static void a_half_forgotten_conversation_is_forgotten(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 2, 100);
	struct source marked = source_new();
	struct source made = source_new();
	struct conversation c;
	struct name trash;
	uint32_t slot;

	(void)state;
	/* Killed between the mark's commit and the erasing of the keys. */
	assert_int_equal(create_text(f, &marked, DESK_1, 1, 5000), ERR_OK);
	trash = name_conversation_trash(marked.c.prefix);
	assert_int_equal(store_begin(&f->store), ERR_OK);
	assert_int_equal(store_mark(&f->store, &trash), ERR_OK);
	assert_int_equal(store_commit(&f->store), ERR_OK);
	/* Killed between the claim of a slot and the commit. */
	assert_int_equal(vault_claim(&f->store.vault, made.id, &slot), ERR_OK);
	fixture_close(f);
	assert_int_equal(fixture_open(f), ERR_OK);
	assert_int_equal(f->store.conversations, 0);
	assert_int_equal(f->store.queue.count, 0);
	assert_int_equal(f->store.vault.used, 1);
	assert_int_equal(store_auth(&f->store, marked.id, marked.proof, &c), ERR_AUTH);
	sweep_all(f);
	assert_int_equal(count_names(f, 'c'), 1);
	fixture_free(f);
}

static void a_new_area_starts_an_empty_store(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 2, 100);
	struct source s = source_new();

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 500000), ERR_OK);
	fixture_close(f);
	memset(f->secrets.p, 0, f->secrets.n);
	assert_int_equal(fixture_open(f), ERR_OK);
	assert_int_equal(f->store.conversations, 0);
	assert_int_equal(count_chunks(f), 0);
	fixture_close(f);
	/* Another version's is refused and left as it is. */
	((struct vault_header *)(void *)f->secrets.p)->version++;
	assert_int_equal(fixture_open(f), ERR_UNSUPPORTED);
	((struct vault_header *)(void *)f->secrets.p)->version--;
	assert_int_equal(fixture_open(f), ERR_OK);
	fixture_close(f);
	((struct vault_header *)(void *)f->secrets.p)->magic++;
	assert_int_equal(fixture_open(f), ERR_FORMAT);
	fixture_free(f);
}

/* ---- sessions */

static void sessions_end(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	uint8_t names[200][32];
	uint8_t storage[LIMIT_SESSION_BLOB];
	struct buf blob = buf_over(storage, sizeof storage);
	uint64_t now = 5000;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		random_fill(names[i], 32);
		assert_int_equal(store_session_put(&f->store, names[i], BYTES_LITERAL("blob"), NULL, now), ERR_OK);
	}
	/* Used again and again it lives to its absolute end, not past it. */
	for (; now < 5000 + LIMIT_SESSION_MS; now += LIMIT_SESSION_IDLE_MS / 2) {
		blob.len = 0;
		assert_int_equal(store_session_get(&f->store, names[0], now, &blob), ERR_OK);
		/* Written again, it doesn't begin anew. */
		assert_int_equal(store_session_put(&f->store, names[0], BYTES_LITERAL("blob"), NULL, now), ERR_OK);
	}
	blob.len = 0;
	assert_int_equal(store_session_get(&f->store, names[0], now, &blob), ERR_NOT_FOUND);
	assert_int_equal(store_session_get(&f->store, names[1], now, &blob), ERR_NOT_FOUND);
	assert_int_equal(f->store.sessions, 198);
	assert_int_equal(store_session_drop(&f->store, names[1]), ERR_OK);
	assert_int_equal(store_session_drop(&f->store, names[2]), ERR_OK);
	assert_int_equal(store_session_put(&f->store, names[3], BYTES_LITERAL("new"), NULL, now), ERR_OK);
	assert_int_equal(store_session_put(&f->store, names[1], BYTES_LITERAL("new"), NULL, now), ERR_OK);
	while (store_session_sweep(&f->store, now + 1))
		continue;
	/* 3's absolute time had passed. */
	assert_int_equal(f->store.sessions, 1);
	store_flush(&f->store);
	assert_int_equal(count_names(f, 's'), 1);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_gets_in_with_a_wrong_proof),
	    cmocka_unit_test(desks_see_their_own_and_confirm_each),
	    cmocka_unit_test(many_are_confirmed_in_slices),
	    cmocka_unit_test(replies_are_numbered_replaced_and_deleted),
	    cmocka_unit_test(receipts_say_how_far),
	    cmocka_unit_test(each_visit_leaves_its_word),
	    cmocka_unit_test(replies_have_parts),
	    cmocka_unit_test(announcements_leave_room_for_texts),
	    cmocka_unit_test(full_is_an_error_and_the_desk_can_empty_it),
	    cmocka_unit_test(no_key_slot_is_full_too),
	    cmocka_unit_test(a_full_file_system_is_an_error_too),
	    cmocka_unit_test(a_restart_finds_everything),
	    cmocka_unit_test(a_half_forgotten_conversation_is_forgotten),
	    cmocka_unit_test(a_new_area_starts_an_empty_store),
	    cmocka_unit_test(sessions_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
