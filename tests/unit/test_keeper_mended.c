/* SPDX-License-Identifier: GPL-3.0-or-later
 * A store in which something is damaged, half done or full: what is whole goes on, what isn't is said, and what was
 * refused is as it was. */
#include "keeper_process.h"

#include "keeper/keeper.h"
#include "store/kept.h"

static const uint8_t draft_name[32] = {'d'};

/* The log's lines of damaged records aren't the test's. */
static int stderr_fd = -1;

static int set_up(void **state)
{
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	stderr_fd = dup(2);
	dup2(quiet, 2);
	close(quiet);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dup2(stderr_fd, 2);
	close(stderr_fd);
	return 0;
}

/* Something else, sealed as it should be. */
static void replace(struct fixture *f, const struct source *s, const struct name *name, struct bytes plain)
{
	assert_int_equal(store_begin(&f->store), ERR_OK);
	assert_int_equal(
	    record_put(&f->store.db, &f->store.vault, name, f->store.vault.slots[s->c.slot].seal_key, plain), ERR_OK);
	assert_int_equal(store_commit(&f->store), ERR_OK);
}

static void flip_a_bit(struct fixture *f, const struct name *name)
{
	struct bytes value;
	uint8_t copy[DB_VALUE_MAX];
	uint8_t *space;
	size_t n;

	assert_int_equal(store_begin(&f->store), ERR_OK);
	assert_int_equal(db_get(&f->store.db, name_view(name), &value), ERR_OK);
	n = value.n;
	memcpy(copy, value.p, n);
	copy[n / 2] ^= 1;
	assert_int_equal(db_put(&f->store.db, name_view(name), n, &space), ERR_OK);
	memcpy(space, copy, n);
	assert_int_equal(store_commit(&f->store), ERR_OK);
}

static const struct slot *slot_of(const struct fixture *f, const struct source *s)
{
	return &f->store.vault.slots[s->c.slot];
}

/* ---- damaged */

static void a_recipient_that_is_none(void **state)
{
	static const uint8_t longer[LIMIT_RECIPIENT_TEXT + 1];
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct store_collect got = {.cursor = 77};
	struct name name;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	name = name_record(slot_of(f, &s), RECORD_RECIPIENT, bytes_of(NULL, 0));
	replace(f, &s, &name, BYTES_ARRAY(longer));
	assert_int_equal(store_recipient_get(&f->store, s.c.slot, got.recipient, &got.recipient_len), ERR_IO);
	replace(f, &s, &name, RECIPIENT);
	assert_int_equal(collectable(f, DESK_A), 1);
	fixture_free(f);
}

/* The name of a reply leads to nothing that is a number. */
static void a_reply_that_cannot_be_replaced(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct name name;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "name", 2, 3000), ERR_OK);
	name = name_record(slot_of(f, &s), RECORD_REPLY_NAME, BYTES_LITERAL("name"));
	replace(f, &s, &name, BYTES_LITERAL("123"));
	assert_int_equal(reply_text(f, &s, "name", 3, 3000), ERR_IO);
	assert_int_equal(reply_text(f, &s, "another", 3, 3000), ERR_OK);
	assert_int_equal(f->store.replies, 2);
	fixture_free(f);
}

/* More messages of before a restart than there are. */
static void a_history_that_is_shorter_than_it_was(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct state told = {.recipient = RECIPIENT, .day = 20000, .last = 1, .message_count = 1, .muted = true};
	struct store_message m;
	struct head h;

	(void)state;
	memcpy(told.proof_hash, s.proof_hash, 32);
	assert_int_equal(store_restore(&f->store, s.id, DESK_A, &told), ERR_OK);
	assert_int_equal(store_auth(&f->store, s.id, s.proof, &s.c), ERR_OK);
	/* It comes back muted, as that desk had it. */
	assert_int_equal(store_muted(&f->store, DESK_A), 1);
	assert_int_equal(store_message_next(&f->store, &s.c, 0, &m), ERR_OK);
	assert_int_equal(store_message_next(&f->store, &s.c, 1, &m), ERR_END);
	assert_int_equal(store_begin(&f->store), ERR_OK);
	assert_int_equal(store_head_get(&f->store, s.c.slot, &h), ERR_OK);
	h.history = 2;
	h.last_message = 2;
	assert_int_equal(store_head_put(&f->store, s.c.slot, &h), ERR_OK);
	assert_int_equal(store_commit(&f->store), ERR_OK);
	assert_int_equal(store_message_next(&f->store, &s.c, 0, &m), ERR_OK);
	assert_int_equal(store_message_next(&f->store, &s.c, 1, &m), ERR_IO);
	fixture_free(f);
}

/* What the damaged record named can't be found; the rest is forgotten all the same. */
static void forgetting_goes_on(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct source other = source_new();
	struct name name;

	(void)state;
	assert_int_equal(create_text(f, &other, DESK_A, 5, 4000), ERR_OK);
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "one", 2, 3000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "two", 3, 3000), ERR_OK);
	name = name_numbered(slot_of(f, &s), RECORD_REPLY, 1);
	flip_a_bit(f, &name);
	assert_int_equal(store_forget(&f->store, &s.c), ERR_OK);
	sweep_all(f);
	assert_int_equal(store_auth(&f->store, s.id, s.proof, &s.c), ERR_AUTH);
	assert_int_equal(count_names(f, 't'), 0);
	/* The other's, and the one that nothing leads to. */
	assert_int_equal(count_chunks(f), 2);
	assert_int_equal(collectable(f, DESK_A), 1);
	fixture_free(f);
}

/* A conversation's head is damaged: the next keeper starts, with the others. */
static void a_damaged_head_keeps_nobody_out(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s[2] = {source_new(), source_new()};
	struct name name;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(create_text(f, &s[i], DESK_A, 1, 4000), ERR_OK);
	name = name_record(slot_of(f, &s[0]), RECORD_HEAD, bytes_of(NULL, 0));
	flip_a_bit(f, &name);
	restart_keeper(f);
	assert_int_equal(f->store.conversations, 1);
	assert_int_equal(collectable(f, DESK_A), 1);
	assert_int_equal(store_auth(&f->store, s[1].id, s[1].proof, &s[1].c), ERR_OK);
	assert_int_not_equal(store_auth(&f->store, s[0].id, s[0].proof, &s[0].c), ERR_OK);
	fixture_free(f);
}

/* ---- half done */

/* A keeper was killed between the commit of a note and the word of it: the note is the one that has a mark. */
static void the_note_that_was_committed(void **state)
{
	static uint8_t out[LIMIT_CHUNK];
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct draft *d = &f->drafts[0];
	struct vault_draft *k;
	ptrdiff_t place;
	size_t n;

	(void)state;
	assert_int_equal(kept_open(&f->store, d, draft_name, 1000), ERR_OK);
	k = d->kept;
	place = k - f->store.vault.fixed->drafts;
	assert_int_equal(kept_note(&f->store, d, BYTES_LITERAL("first")), ERR_OK);
	assert_int_equal(kept_note(&f->store, d, BYTES_LITERAL("second")), ERR_OK);
	k->note_at = (uint8_t)(1 - k->note_at);
	restart_keeper(f);
	k = &f->store.vault.fixed->drafts[place];
	assert_int_equal(kept_open(&f->store, d, draft_name, 2000), ERR_OK);
	assert_ptr_equal(d->kept, k);
	assert_int_equal(kept_note_get(&f->store, d, out, &n), ERR_OK);
	assert_int_equal(n, 6);
	assert_memory_equal(out, "second", 6);
	/* Neither is marked: it was submitted or dropped, and nothing is left of the draft. */
	assert_int_equal(store_begin(&f->store), ERR_OK);
	assert_int_equal(kept_discard_note(&f->store, k), ERR_OK);
	assert_int_equal(store_commit(&f->store), ERR_OK);
	restart_keeper(f);
	for (size_t i = 0; i < sizeof *k; i++)
		assert_int_equal(((const uint8_t *)&f->store.vault.fixed->drafts[place])[i], 0);
	fixture_free(f);
}

static void notes_that_are_refused(void **state)
{
	static uint8_t out[LIMIT_CHUNK];
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct draft *d = &f->drafts[0];
	size_t n;

	(void)state;
	assert_int_equal(kept_open(&f->store, d, draft_name, 1000), ERR_OK);
	assert_int_equal(kept_note(&f->store, d, bytes_of(NULL, 0)), ERR_FORMAT);
	assert_int_equal(kept_note(&f->store, d, BYTES_LITERAL("kept")), ERR_OK);
	f->store.reserved += f->capacity;
	assert_int_equal(kept_note(&f->store, d, BYTES_LITERAL("no room")), ERR_FULL);
	f->store.reserved -= f->capacity;
	assert_int_equal(kept_note_get(&f->store, d, out, &n), ERR_OK);
	assert_int_equal(n, 4);
	assert_memory_equal(out, "kept", 4);
	fixture_free(f);
}

/* With one file more than before it gets new numbers; with as many it keeps them. */
static void a_reply_that_is_replaced_by_a_longer_one(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct draft *d = &f->drafts[1];
	struct store_reply r;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "name", 2, 3000), ERR_OK);
	assert_int_equal(reply_text(f, &s, "name", 3, 3000), ERR_OK);
	assert_int_equal(store_reply_next(&f->store, &s.c, 0, &r), ERR_OK);
	assert_int_equal(r.number, 1);
	d->room = ROOM_DESK;
	assert_int_equal(file_put(f, d, FILE_TEXT, 4, 3000, 3000), ERR_OK);
	assert_int_equal(file_put(f, d, FILE_DATA, 5, 9000, 9000), ERR_OK);
	assert_int_equal(file_put(f, d, FILE_META, 6, 100, 100), ERR_OK);
	assert_int_equal(store_reply_put(&f->store, &s.c, BYTES_LITERAL("name"), d), ERR_OK);
	assert_int_equal(f->store.replies, 1);
	assert_int_equal(store_reply_next(&f->store, &s.c, 0, &r), ERR_OK);
	assert_int_equal(r.number, 2);
	assert_int_equal(store_reply_next(&f->store, &s.c, 2, &r), ERR_OK);
	assert_true(r.number == 3 && r.kind == FILE_DATA && r.size == 9000);
	assert_int_equal(store_reply_next(&f->store, &s.c, 3, &r), ERR_END);
	sweep_all(f);
	assert_int_equal(count_chunks(f), 1 + 3);
	fixture_free(f);
}

/* ---- full */

static void no_room(void **state)
{
	struct fixture *f = fixture_new(8u << 20, 1, 100);
	struct source s = source_new();
	struct source other = source_new();
	struct state told = {.recipient = RECIPIENT, .day = 20000};
	struct conversation c;
	size_t room;

	(void)state;
	memcpy(told.proof_hash, other.proof_hash, 32);
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	f->store.reserved += f->capacity;
	assert_int_equal(store_room(&f->store, ROOM_KEEPER), 0);
	assert_int_equal(store_restore(&f->store, other.id, DESK_A, &told), ERR_FULL);
	assert_int_equal(store_session_put(&f->store, draft_name, BYTES_LITERAL("blob"), NULL, 1000), ERR_FULL);
	assert_int_equal(f->store.sessions, 0);
	f->store.reserved -= f->capacity;
	assert_int_equal(store_desk_find(&f->store, other.id, DESK_A, &c), ERR_NOT_FOUND);
	/* As many messages wait as may. */
	room = f->store.queue.room;
	f->store.queue.room = f->store.queue.count;
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_FULL);
	f->store.queue.room = room;
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	/* Without messages: nothing is told of what was sent. */
	assert_int_equal(store_restore(&f->store, other.id, DESK_A, &told), ERR_OK);
	assert_int_equal(store_auth(&f->store, other.id, other.proof, &other.c), ERR_OK);
	assert_int_equal(strlen(receipts(f, &other)), 0);
	fixture_free(f);
}

static void too_small_for_a_store(void **state)
{
	struct fixture *f = malloc(sizeof *f);

	(void)state;
	assert_non_null(f);
	fixture_make(f, STORE_CAPACITY_MIN - 1, 1, 100);
	assert_int_equal(fixture_open(f), ERR_FULL);
	store_close(&f->store);
	f->capacity = STORE_CAPACITY_MIN;
	assert_int_equal(fixture_open(f), ERR_OK);
	fixture_free(f);
}

/* ---- asked for what no worker of ours asks */

static void switches_are_on_or_off(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	struct incoming in;
	int visit = open_peer(&kp, ROLE_VISIT);
	int fd;

	(void)state;
	make_owner(visit, &s);
	for (int i = 0; i < 2; i++) {
		fd = open_peer(&kp, ROLE_COLLECT);
		assert_int_equal(send_desk_auth(fd, kp.f), ERR_OK);
		if (i == 0)
			send_about(fd, MESSAGE_MUTE, BYTES_ARRAY(s.id), BYTES_LITERAL("\x02"));
		else
			SEND(fd, DRAIN, .on = 2);
		assert_int_equal(answer_to_collect(fd, &in), MESSAGE_COUNT);
		close(fd);
	}
	/* Neither muted nor closed. */
	assert_int_equal(send_text(visit, 3000), ERR_OK);
	fd = open_peer(&kp, ROLE_COLLECT);
	assert_int_equal(send_desk_auth(fd, kp.f), ERR_OK);
	assert_true(collect_next(fd, 0, &(struct message_COLLECT_ENTRY){.cursor = 0}));
	close(fd);
	close(visit);
	keeper_free(&kp);
}

static void without_its_part_it_does_not_start(void **state)
{
	char program[] = "keeper";
	char *arguments[] = {program, NULL};

	(void)state;
	assert_int_equal(keeper_main(1, arguments), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_recipient_that_is_none),
	    TEST(a_reply_that_cannot_be_replaced),
	    TEST(a_history_that_is_shorter_than_it_was),
	    TEST(forgetting_goes_on),
	    TEST(a_damaged_head_keeps_nobody_out),
	    TEST(the_note_that_was_committed),
	    TEST(notes_that_are_refused),
	    TEST(a_reply_that_is_replaced_by_a_longer_one),
	    TEST(no_room),
	    TEST(too_small_for_a_store),
	    TEST(switches_are_on_or_off),
	    TEST(without_its_part_it_does_not_start),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
