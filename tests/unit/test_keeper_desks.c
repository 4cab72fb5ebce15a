/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk may do to the box, to its conversations, and to another desk: nothing. */
#include "keeper_process.h"
#include "process_memory.h"

/* ---- muting, in the store */

static void a_muted_conversation_is_not_collected(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 2, 64);
	struct source s = source_new();
	struct source other = source_new();

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_A | DESK_B, 1, 4000), ERR_OK);
	assert_int_equal(create_text(f, &other, DESK_A, 1, 4000), ERR_OK);
	confirm_all(f, DESK_A);
	confirm_all(f, DESK_B);
	assert_int_equal(store_mute(&f->store, &s.c, DESK_A, true), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_A | DESK_B, 1, 4000), ERR_OK);
	for (int round = 0; round < 2; round++, restart_keeper(f)) {
		assert_int_equal(store_muted(&f->store, DESK_A), 1);
		assert_int_equal(store_muted(&f->store, DESK_B), 0);
		assert_int_equal(collectable(f, DESK_A), 0);
		assert_int_equal(store_waiting_here(&f->store, DESK_A), 0);
		assert_int_equal(collectable(f, DESK_B), 1);
		assert_int_equal(store_waiting_here(&f->store, DESK_B), 1);
		assert_string_equal(receipts(f, &s), "cs");
	}
	/* It counts as collected when the cursors pass, as any other. */
	confirm_all(f, DESK_A);
	assert_string_equal(receipts(f, &s), "cs");
	confirm_all(f, DESK_B);
	assert_string_equal(receipts(f, &s), "cc");
	/* What comes later is heard again, if it is wanted. */
	assert_int_equal(store_mute(&f->store, &s.c, DESK_A, false), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(collectable(f, DESK_A), 1);
	fixture_free(f);
}

/* The source sees the same numbers, receipts and room either way. */
static void what_nobody_wants_is_dropped_and_still_counts(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 2, 64);
	struct source s = source_new();
	struct source loud = source_new();
	struct conversation c;
	struct file_ref ref;
	uint64_t left, left_loud;
	uint8_t key[32];

	(void)state;
	f->store.quota_conversation = 4u << 20;
	assert_int_equal(create_text(f, &s, DESK_A, 1, 4000), ERR_OK);
	assert_int_equal(create_text(f, &loud, DESK_A, 1, 4000), ERR_OK);
	/* One that waits when it is muted, short ones and a long one that come after. */
	assert_int_equal(store_mute(&f->store, &s.c, DESK_A, true), ERR_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(submit_text(f, &s, DESK_A, 1, i == 1 ? 900000 : 4000), ERR_OK);
		assert_int_equal(submit_text(f, &loud, DESK_A, 1, i == 1 ? 900000 : 4000), ERR_OK);
	}
	sweep_all(f);
	assert_int_equal(count_chunks(f), 3 + 14);
	for (int round = 0; round < 2; round++, restart_keeper(f)) {
		assert_int_equal(collectable(f, DESK_A), 4);
		assert_string_equal(receipts(f, &s), "ssss");
		assert_int_equal(store_quota_left(&f->store, &s.c, &left), ERR_OK);
		assert_string_equal(receipts(f, &loud), "ssss");
		assert_int_equal(store_quota_left(&f->store, &loud.c, &left_loud), ERR_OK);
		assert_int_equal(left, left_loud);
		f->store.quota_conversation = 4u << 20;
	}
	/* Wanted again, what is gone is gone. */
	assert_int_equal(store_mute(&f->store, &s.c, DESK_A, false), ERR_OK);
	assert_int_equal(collectable(f, DESK_A), 4);
	assert_int_equal(store_desk_find(&f->store, s.id, DESK_A, &c), ERR_OK);
	assert_int_equal(store_file_find(&f->store, &c, RECORD_MESSAGE, 1, FILE_TEXT, DESK_A, &ref, key),
			 ERR_NOT_FOUND);
	confirm_all(f, DESK_A);
	assert_string_equal(receipts(f, &s), "cccc");
	assert_string_equal(receipts(f, &loud), "cccc");
	f->store.quota_conversation = 4u << 20;
	assert_int_equal(store_quota_left(&f->store, &s.c, &left), ERR_OK);
	assert_int_equal(left, 4u << 20);
	sweep_all(f);
	assert_int_equal(count_chunks(f) + count_names(f, 't'), 0);
	/* Forgotten while some of it is dropped. */
	assert_int_equal(store_mute(&f->store, &s.c, DESK_A, true), ERR_OK);
	assert_int_equal(submit_text(f, &s, DESK_A, 1, 900000), ERR_OK);
	assert_int_equal(store_forget(&f->store, &s.c), ERR_OK);
	sweep_all(f);
	assert_int_equal(count_chunks(f) + count_names(f, 't'), 0);
	assert_int_equal(f->store.queue.count - f->store.queue.gone, 0);
	fixture_free(f);
}

/* ---- revoking, in the store */

static void settle(struct fixture *f)
{
	while (f->store.settling)
		store_settle(&f->store);
	sweep_all(f);
}

static void nothing_waits_for_a_revoked_desk(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 2, 64);
	struct source only_a = source_new();
	struct source both = source_new();
	struct source collected = source_new();
	struct store_about about;
	uint32_t desk;

	(void)state;
	assert_int_equal(create_text(f, &collected, DESK_A | DESK_B, 1, 4000), ERR_OK);
	confirm_all(f, DESK_B);
	assert_int_equal(create_text(f, &only_a, DESK_A, 1, 400000), ERR_OK);
	assert_int_equal(create_text(f, &both, DESK_A | DESK_B, 1, 4000), ERR_OK);
	store_revoke(&f->store, DESK_A);
	/* Whether this keeper does it or the next one. */
	restart_keeper(f);
	assert_int_equal(f->store.live, DESK_B);
	settle(f);
	assert_int_equal(store_desk_auth(&f->store, f->tokens[0], &desk), ERR_AUTH);
	assert_int_equal(store_desk_auth(&f->store, f->tokens[1], &desk), ERR_OK);
	/* What it alone could have read is not here, and nobody says that it was collected. */
	assert_string_equal(receipts(f, &only_a), "s");
	assert_string_equal(receipts(f, &both), "s");
	assert_string_equal(receipts(f, &collected), "c");
	assert_int_equal(count_chunks(f), 1);
	assert_int_equal(f->store.queue.count - f->store.queue.gone, 1);
	/* Nothing new is taken for it. */
	assert_int_equal(submit_text(f, &only_a, DESK_A, 1, 4000), ERR_CLOSED);
	assert_int_equal(store_about(&f->store, &only_a.c, &about), ERR_OK);
	assert_int_equal(about.desks, 0);
	assert_int_equal(submit_text(f, &both, DESK_A | DESK_B, 1, 4000), ERR_OK);
	confirm_all(f, DESK_B);
	assert_string_equal(receipts(f, &both), "cc");
	restart_keeper(f);
	settle(f);
	assert_string_equal(receipts(f, &only_a), "s");
	assert_string_equal(receipts(f, &both), "cc");
	assert_int_equal(count_chunks(f), 0);
	store_revoke(&f->store, DESK_B);
	settle(f);
	assert_int_equal(create_text(f, &collected, 0, 1, 4000), ERR_EXISTS);
	collected = source_new();
	assert_int_equal(create_text(f, &collected, 0, 1, 4000), ERR_CLOSED);
	fixture_free(f);
}

/* ---- tokens, through the channels */

static int desk_of(struct keeper_process *kp, size_t i, uint32_t circuit)
{
	int fd = peer_on(kp, ROLE_COLLECT, circuit);

	assert_int_equal(send_token(fd, kp->f->tokens[i]), ERR_OK);
	return fd;
}

/* Whether the keeper asks init to close that circuit, and no other, before it answers once more. */
static bool closes(struct keeper_process *kp, uint32_t circuit)
{
	static uint8_t storage[LIMIT_MESSAGE];
	struct message_CIRCUIT_CLOSE m;
	struct incoming in;
	bool seen = false;

	while (channel_receive(kp->init, 1u << ROLE_KEEPER, ROLE_INIT, STATE_UP, storage, 0, &in) == ERR_OK) {
		if (in.type != MESSAGE_CIRCUIT_CLOSE)
			continue;
		assert_int_equal(message_get_CIRCUIT_CLOSE(in.fields, &m), ERR_OK);
		assert_int_equal(m.circuit, circuit);
		seen = true;
	}
	return seen;
}

static bool hung_up(int fd)
{
	struct incoming in;

	return answer_to_collect(fd, &in) == MESSAGE_COUNT;
}

static enum err token_is(struct keeper_process *kp, const uint8_t token[static 32])
{
	int fd = open_peer(kp, ROLE_COLLECT);
	enum err e = send_token(fd, token);

	close(fd);
	return e;
}

static enum err put_token(int fd, const uint8_t token[static 32])
{
	uint8_t hash[32];

	sha256(bytes_of(token, 32), hash);
	send_about(fd, MESSAGE_TOKEN_PUT, BYTES_ARRAY(hash), bytes_of(NULL, 0));
	return result(fd);
}

static void a_new_token_takes_the_old_ones_place(void **state)
{
	struct keeper_process kp = keeper_of(2, 0, 0);
	int asking = desk_of(&kp, 0, 77);
	int same_circuit = desk_of(&kp, 0, 77);
	int other_circuit = desk_of(&kp, 0, 78);
	int other_desk = desk_of(&kp, 1, 79);
	uint8_t token[32];

	(void)state;
	random_fill(token, sizeof token);
	/* Not another desk's: it would become that desk. */
	assert_int_equal(put_token(asking, kp.f->tokens[1]), ERR_EXISTS);
	assert_int_equal(put_token(asking, token), ERR_OK);
	assert_true(hung_up(same_circuit));
	assert_true(hung_up(other_circuit));
	assert_true(closes(&kp, 78));
	assert_int_equal(reserve(other_desk, 100), ERR_OK);
	assert_int_equal(reserve(asking, 100), ERR_OK);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(token_is(&kp, kp.f->tokens[0]), ERR_AUTH);
		assert_int_equal(token_is(&kp, token), ERR_OK);
		assert_int_equal(token_is(&kp, kp.f->tokens[1]), ERR_OK);
		kill_hard(&kp);
		start(&kp);
	}
	/* And the next one, and back again. */
	close(asking);
	asking = open_peer(&kp, ROLE_COLLECT);
	assert_int_equal(send_token(asking, token), ERR_OK);
	assert_int_equal(put_token(asking, kp.f->tokens[0]), ERR_OK);
	assert_int_equal(token_is(&kp, token), ERR_AUTH);
	assert_int_equal(token_is(&kp, kp.f->tokens[0]), ERR_OK);
	close(asking);
	close(same_circuit);
	close(other_circuit);
	close(other_desk);
	keeper_free(&kp);
}

static uint32_t live_desks(struct keeper_process *kp)
{
	int fd = open_peer(kp, ROLE_VISIT);
	struct message_DESKS_IS m;
	struct incoming in;

	SEND(fd, DESKS_GET);
	assert_int_equal(answer(fd, &in), MESSAGE_DESKS_IS);
	assert_int_equal(message_get_DESKS_IS(in.fields, &m), ERR_OK);
	close(fd);
	return m.live;
}

static void a_revoked_desk_is_out(void **state)
{
	struct keeper_process kp = keeper_of(2, 0, 0);
	int asking = desk_of(&kp, 0, 77);
	int other = desk_of(&kp, 0, 78);
	int other_desk = desk_of(&kp, 1, 79);
	int visit = open_peer(&kp, ROLE_VISIT);
	struct source s = source_new();
	struct incoming in;

	(void)state;
	assert_int_equal(live_desks(&kp), DESK_A | DESK_B);
	SEND(asking, REVOKE);
	assert_int_equal(result(asking), ERR_OK);
	assert_true(hung_up(other));
	assert_true(closes(&kp, 78));
	assert_int_equal(reserve(other_desk, 100), ERR_OK);
	/* Who asked is nobody's desk any more. */
	SEND(asking, STATUS);
	assert_int_equal(answer_to_collect(asking, &in), MESSAGE_COUNT);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(live_desks(&kp), DESK_B);
		assert_int_equal(token_is(&kp, kp.f->tokens[0]), ERR_AUTH);
		assert_int_equal(token_is(&kp, kp.f->tokens[1]), ERR_OK);
		close(visit);
		kill_hard(&kp);
		start(&kp);
		visit = open_peer(&kp, ROLE_VISIT);
	}
	send_file(visit, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(visit), ERR_OK);
	assert_int_equal(send_create_for(visit, &s, DESK_A), ERR_CLOSED);
	assert_int_equal(send_create_for(visit, &s, DESK_B), ERR_OK);
	close(visit);
	close(asking);
	close(other);
	close(other_desk);
	keeper_free(&kp);
}

/* ---- draining */

static struct message_STATUS_IS status(int collect)
{
	struct message_STATUS_IS m;
	struct incoming in;

	SEND(collect, STATUS);
	assert_int_equal(answer_to_collect(collect, &in), MESSAGE_STATUS_IS);
	assert_int_equal(message_get_STATUS_IS(in.fields, &m), ERR_OK);
	return m;
}

static void drain(int collect, uint8_t on)
{
	SEND(collect, DRAIN, .on = on);
	assert_int_equal(result(collect), ERR_OK);
}

static void before_a_restart_nothing_is_begun(void **state)
{
	static const uint8_t name[32] = {'d'};
	struct keeper_process kp = keeper_new();
	int desk = desk_of(&kp, 0, 77);
	int begun = open_peer(&kp, ROLE_VISIT);
	int late = open_peer(&kp, ROLE_VISIT);
	struct source s = source_new();
	struct source t = source_new();

	(void)state;
	assert_int_equal(status(desk).draining, 0);
	assert_int_equal(reserve(begun, 10000), ERR_OK);
	/* Another one has sent a file and is not connected just now. */
	assert_int_equal(send_named(late, MESSAGE_DRAFT_OPEN, name), ERR_OK);
	send_file(late, FILE_DATA, 1, 1000, 1000);
	assert_int_equal(result(late), ERR_OK);
	send_file(late, FILE_META, 1, 1000, 1000);
	assert_int_equal(result(late), ERR_OK);
	close(late);
	drain(desk, 1);
	late = open_peer(&kp, ROLE_VISIT);
	assert_int_equal(status(desk).draining, 1);
	assert_int_equal(reserve(late, 10000), ERR_CLOSED);
	send_file(late, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(late), ERR_OK);
	assert_int_equal(send_create(late, &s), ERR_CLOSED);
	SEND(late, DRAFT_DROP);
	assert_int_equal(result(late), ERR_OK);
	/* Who was in the middle comes to an end. */
	send_file(begun, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(begun), ERR_OK);
	assert_int_equal(send_create(begun, &s), ERR_OK);
	assert_int_equal(status(desk).draining, 2);
	assert_int_equal(status(desk).waiting, 1);
	assert_int_equal(send_text(begun, 4000), ERR_CLOSED);
	SEND(begun, DRAFT_DROP);
	assert_int_equal(result(begun), ERR_OK);
	while (send_named(late, MESSAGE_DRAFT_OPEN, name) == ERR_BUSY)
		continue;
	assert_int_equal(status(desk).draining, 1);
	send_file(late, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(late), ERR_OK);
	assert_int_equal(send_create(late, &t), ERR_OK);
	/* Sources still read, desks still answer; and it is not forgotten by the next keeper. */
	assert_int_equal(send_auth(late, &s), ERR_OK);
	assert_int_equal(reserve(desk, 10000), ERR_OK);
	close(begun);
	close(late);
	close(desk);
	kill_hard(&kp);
	start(&kp);
	desk = desk_of(&kp, 0, 77);
	begun = open_peer(&kp, ROLE_VISIT);
	assert_int_equal(status(desk).draining, 2);
	assert_int_equal(reserve(begun, 10000), ERR_CLOSED);
	drain(desk, 0);
	assert_int_equal(status(desk).draining, 0);
	assert_int_equal(reserve(begun, 10000), ERR_OK);
	close(begun);
	close(desk);
	keeper_free(&kp);
}

/* Byte for byte; the keeper may hear the desk before it hears init. */
static bool tells(int collect, struct bytes facts)
{
	uint64_t limit_ms = clock_ms() + 20000;

	while (!bytes_eq(status(collect).facts, facts))
		if (clock_ms() > limit_ms)
			return false;
	return true;
}

static void the_status_has_what_init_told(void **state)
{
	struct keeper_process kp = keeper_of(2, 0, 0);
	int a = desk_of(&kp, 0, 77);
	int b = desk_of(&kp, 1, 78);
	int visit = open_peer(&kp, ROLE_VISIT);
	struct message_BOX_FACTS facts = {.uptime_days = 3};
	uint8_t storage[2 + LIMIT_BOX_FACTS];
	struct buf record;
	struct source s = source_new();
	struct message_STATUS_IS m;

	(void)state;
	assert_true(tells(a, bytes_of(NULL, 0)));
	for (int i = 0; i < 2; i++) {
		memset(facts.guards, 0xcd + i, sizeof facts.guards);
		record = buf_over(storage, sizeof storage);
		message_put_BOX_FACTS(&record, &facts);
		assert_int_equal(channel_send(kp.init, &record, NULL, 0, clock_ms() + 1000), ERR_OK);
		assert_true(tells(a, bytes_from(buf_view(&record), 2)));
	}
	send_file(visit, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(visit), ERR_OK);
	assert_int_equal(send_create_for(visit, &s, DESK_B), ERR_OK);
	m = status(a);
	assert_int_equal(m.waiting, 1);
	assert_int_equal(m.waiting_here, 0);
	assert_int_equal(status(b).waiting_here, 1);
	close(a);
	close(b);
	close(visit);
	keeper_free(&kp);
}

/* ---- one desk against another */

static void anothers_conversation_is_not_there(void **state)
{
	static const enum message kinds[] = {MESSAGE_STATE_NEXT, MESSAGE_OPEN_NEXT, MESSAGE_COLLECT_NEXT};
	struct keeper_process kp = keeper_of(2, 0, 0);
	int a = desk_of(&kp, 0, 77);
	int b = desk_of(&kp, 1, 78);
	int visit = open_peer(&kp, ROLE_VISIT);
	struct source s = source_new();
	struct message_STATE_ENTRY entry;
	uint8_t restored[4 + LIMIT_STATE];
	struct buf state_text = buf_over(restored, sizeof restored);
	struct incoming in;

	(void)state;
	send_file(visit, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(visit), ERR_OK);
	assert_int_equal(send_create_for(visit, &s, DESK_B), ERR_OK);
	/* It is listed nowhere. */
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct buf record = buf_over(out_storage, sizeof out_storage);
		wire_put_u16(&record, (uint16_t)kinds[i]);
		buf_fill(&record, 0, kinds[i] == MESSAGE_STATE_NEXT ? 12 : kinds[i] == MESSAGE_OPEN_NEXT ? 4 : 8);
		assert_int_equal(send_record(a, &record), ERR_OK);
		assert_int_equal(answer_to_collect(a, &in), MESSAGE_DONE);
	}
	/* Nor is it for who knows its id. */
	send_about(a, MESSAGE_MESSAGE_READ, BYTES_ARRAY(s.id), BYTES_LITERAL("\1\0\0\0\0\0\0\0\0\0\0"));
	assert_int_equal(result(a), ERR_NOT_FOUND);
	send_about(a, MESSAGE_MESSAGE_FORGET, BYTES_ARRAY(s.id), BYTES_LITERAL("\1\0"));
	assert_int_equal(result(a), ERR_NOT_FOUND);
	send_about(a, MESSAGE_CONVERSATION_FORGET, BYTES_ARRAY(s.id), bytes_of(NULL, 0));
	assert_int_equal(result(a), ERR_NOT_FOUND);
	send_about(a, MESSAGE_MUTE, BYTES_ARRAY(s.id), BYTES_LITERAL("\1"));
	assert_int_equal(result(a), ERR_NOT_FOUND);
	send_file(a, FILE_TEXT, 1, 4000, 4000);
	assert_int_equal(result(a), ERR_OK);
	assert_int_equal(send_reply(a, s.id, "r"), ERR_NOT_FOUND);
	/* Its own desk has it; with that desk's copy, but another recipient, nothing is put in its place. */
	SEND(b, STATE_NEXT, .since = 0);
	assert_int_equal(answer_to_collect(b, &in), MESSAGE_STATE_ENTRY);
	assert_int_equal(message_get_STATE_ENTRY(in.fields, &entry), ERR_OK);
	assert_memory_equal(entry.conversation, s.id, 16);
	wire_put_bytes(&state_text, entry.state, LIMIT_STATE);
	restored[4 + sizeof "courier-state 1\nrecipient age1" - 1] ^= 3;
	send_about(a, MESSAGE_RESTORE, BYTES_ARRAY(s.id), buf_view(&state_text));
	assert_int_equal(result(a), ERR_EXISTS);
	send_about(a, MESSAGE_RESTORE, BYTES_ARRAY(s.id), BYTES_LITERAL("\4\0\0\0none"));
	assert_int_equal(result(a), ERR_FORMAT);
	send_about(a, MESSAGE_CONVERSATION_FORGET, BYTES_ARRAY(s.id), bytes_of(NULL, 0));
	assert_int_equal(result(a), ERR_NOT_FOUND);
	check_message(b, s.id, 1, FILE_TEXT, 1, 4000);
	close(a);
	close(b);
	close(visit);
	keeper_free(&kp);
}

/* ---- of what is forgotten nothing is left, in the keeper's own memory either */

static unsigned found_in(pid_t pid, const struct bytes *needles, size_t count)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++)
		found += memory_holds(pid, needles[i]);
	return found;
}

static void of_a_forgotten_conversation_nothing_is_in_memory(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new(); /* after the fork */
	struct source words = source_new();
	uint8_t hex[64];
	struct buf proof_text = buf_over(hex, sizeof hex); /* as it stands in a state */
	const struct bytes needles[] = {BYTES_ARRAY(s.id), BYTES_ARRAY(s.proof), BYTES_ARRAY(s.proof_hash),
					BYTES_ARRAY(words.proof), BYTES_ARRAY(hex)};
	const size_t count = sizeof needles / sizeof needles[0];
	int visit = open_peer(&kp, ROLE_VISIT);
	int collect = desk_of(&kp, 0, 77);
	struct incoming in;

	(void)state;
	buf_hex(&proof_text, BYTES_ARRAY(s.proof_hash));
	for (int round = 0; round < 2; round++) {
		SEND(visit, FILE_BEGIN, .kind = FILE_TEXT);
		SEND(visit, FILE_DATA, .data = BYTES_ARRAY(words.proof));
		SEND(visit, FILE_END, .keep = 1);
		assert_int_equal(result(visit), ERR_OK);
		assert_int_equal(round == 0 ? send_create(visit, &s) : send_auth(visit, &s), ERR_OK);
	}
	SEND(visit, SUBMIT, .desks = DESK_1);
	assert_int_equal(result(visit), ERR_OK);
	send_file(collect, FILE_TEXT, 1, 3000, 3000);
	assert_int_equal(result(collect), ERR_OK);
	assert_int_equal(send_reply(collect, s.id, "r"), ERR_OK);
	SEND(collect, STATE_NEXT, .since = 0);
	assert_int_equal(answer_to_collect(collect, &in), MESSAGE_STATE_ENTRY);
	SEND(visit, REPLY_READ, .number = 1, .kind = FILE_TEXT);
	assert_int_equal(answer(visit, &in), MESSAGE_FILE_CHUNK);
	assert_true(found_in(kp.pid, needles, count) > 0);
	SEND(visit, CONVERSATION_DELETE);
	assert_int_equal(result(visit), ERR_OK);
	/* Its next answer comes after it has cleaned up. */
	assert_int_equal(reserve(collect, 10), ERR_OK);
	assert_int_equal(found_in(kp.pid, needles, count), 0);
	close(visit);
	close(collect);
	keeper_free(&kp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_muted_conversation_is_not_collected),
	    cmocka_unit_test(what_nobody_wants_is_dropped_and_still_counts),
	    cmocka_unit_test(nothing_waits_for_a_revoked_desk),
	    cmocka_unit_test(a_new_token_takes_the_old_ones_place),
	    cmocka_unit_test(a_revoked_desk_is_out),
	    cmocka_unit_test(before_a_restart_nothing_is_begun),
	    cmocka_unit_test(the_status_has_what_init_told),
	    cmocka_unit_test(anothers_conversation_is_not_there),
	    cmocka_unit_test(of_a_forgotten_conversation_nothing_is_in_memory),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
