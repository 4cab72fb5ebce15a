/* SPDX-License-Identifier: GPL-3.0-or-later
 * Quotas: what one circuit or one conversation takes leaves the others their part. Through the keeper's own loop, but
 * for the table itself. */
#include "keeper_process.h"

#define MIB (1u << 20)

static void a_circuit_has_its_quota(void **state)
{
	struct keeper_process kp = keeper_with(MIB, 0);
	int first = peer_on(&kp, ROLE_VISIT, 5);
	int second = peer_on(&kp, ROLE_VISIT, 5);
	int other = peer_on(&kp, ROLE_VISIT, 6);

	(void)state;
	assert_int_equal(reserve(first, 2 * MIB), ERR_FULL);
	assert_int_equal(reserve(first, 900000), ERR_OK);
	assert_int_equal(reserve(second, 300000), ERR_FULL);
	assert_int_equal(reserve(other, 900000), ERR_OK);
	/* Less than before is always possible. */
	assert_int_equal(reserve(first, 500000), ERR_OK);
	assert_int_equal(reserve(second, 300000), ERR_OK);
	/* What comes unannounced is counted as well. */
	send_file(second, FILE_TEXT, 1, 900000, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(second), ERR_FULL);
	send_file(second, FILE_TEXT, 1, 400000, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(second), ERR_OK);
	/* A channel's end gives back what was set aside and not sent. */
	assert_int_equal(reserve(second, 300000), ERR_FULL);
	close(first);
	while (reserve(second, 300000) != ERR_OK)
		usleep(1000);
	close(second);
	close(other);
	keeper_free(&kp);
}

static void collect_all(struct keeper_process *kp, int collect)
{
	struct message_COLLECT_ENTRY found = {.cursor = 0};

	(void)kp;
	while (collect_next(collect, found.cursor, &found))
		continue;
	SEND(collect, COLLECTED, .cursor = found.cursor);
	assert_int_equal(result(collect), ERR_OK);
}

static void uncollected_messages_count(void **state)
{
	struct keeper_process kp = keeper_with(MIB, 0);
	struct source s = source_new();
	int fd = peer_on(&kp, ROLE_VISIT, 5);
	int collect = open_peer(&kp, ROLE_COLLECT);
	int sent = 0;

	(void)state;
	assert_int_equal(send_desk_auth(collect, kp.f), ERR_OK);
	make_owner(fd, &s);
	while (send_text(fd, 100000) == ERR_OK)
		sent++;
	assert_in_range(sent, 8, 9);
	SEND(fd, DRAFT_DROP);
	assert_int_equal(result(fd), ERR_OK);
	/* Another channel of the circuit is told before the body. Another circuit isn't. */
	close(fd);
	fd = peer_on(&kp, ROLE_VISIT, 5);
	assert_int_equal(send_auth(fd, &s), ERR_OK);
	assert_int_equal(reserve(fd, 400000), ERR_FULL);
	close(fd);
	fd = peer_on(&kp, ROLE_VISIT, 6);
	assert_int_equal(send_auth(fd, &s), ERR_OK);
	assert_int_equal(reserve(fd, 400000), ERR_OK);
	close(fd);
	collect_all(&kp, collect);
	fd = peer_on(&kp, ROLE_VISIT, 5);
	assert_int_equal(reserve(fd, 900000), ERR_OK);
	close(fd);
	close(collect);
	keeper_free(&kp);
}

static void a_conversation_has_its_quota(void **state)
{
	struct keeper_process kp = keeper_with(0, MIB);
	struct source s = source_new();
	struct message_REPLY_PUT put = {.name = BYTES_LITERAL("r")};
	struct buf record = buf_over(out_storage, sizeof out_storage);
	int fd = open_peer(&kp, ROLE_VISIT);
	int collect = open_peer(&kp, ROLE_COLLECT);
	int sent = 0;

	(void)state;
	assert_int_equal(send_desk_auth(collect, kp.f), ERR_OK);
	assert_int_equal(reserve(fd, 2 * MIB), ERR_FULL);
	send_file(fd, FILE_TEXT, 1, 2 * MIB, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(fd), ERR_OK);
	assert_int_equal(send_create(fd, &s), ERR_FULL);
	SEND(fd, DRAFT_DROP);
	assert_int_equal(result(fd), ERR_OK);
	make_owner(fd, &s);
	/* From ever new circuits: it is the conversation's. */
	while (send_text(fd, 100000) == ERR_OK) {
		sent++;
		close(fd);
		fd = open_peer(&kp, ROLE_VISIT);
		assert_int_equal(send_auth(fd, &s), ERR_OK);
	}
	assert_in_range(sent, 6, 9);
	close(fd);
	fd = open_peer(&kp, ROLE_VISIT);
	assert_int_equal(send_auth(fd, &s), ERR_OK);
	assert_int_equal(reserve(fd, 300000), ERR_FULL);
	/* A desk answers all the same. */
	send_file(collect, FILE_TEXT, 4, 200000, LIMIT_CHUNK_SEALED);
	assert_int_equal(result(collect), ERR_OK);
	memcpy(put.conversation, s.id, 16);
	message_put_REPLY_PUT(&record, &put);
	assert_int_equal(send_record(collect, &record), ERR_OK);
	assert_int_equal(result(collect), ERR_OK);
	collect_all(&kp, collect);
	assert_int_equal(reserve(fd, 700000), ERR_OK);
	assert_int_equal(send_text(fd, 700000), ERR_OK);
	assert_int_equal(reserve(fd, 700000), ERR_FULL);
	close(fd);
	close(collect);
	keeper_free(&kp);
}

static void sessions_of_one_circuit_leave_some(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	struct source t = source_new();
	uint8_t names[LIMIT_CIRCUIT_SESSIONS + 1][32];
	int flood = peer_on(&kp, ROLE_VISIT, 5);
	int fd = peer_on(&kp, ROLE_VISIT, 6);

	(void)state;
	random_fill(names, sizeof names);
	make_owner(flood, &s);
	make_owner(fd, &t);
	for (int i = 0; i < LIMIT_CIRCUIT_SESSIONS; i++)
		assert_int_equal(send_session(flood, names[i]), ERR_OK);
	assert_int_equal(send_session(flood, names[LIMIT_CIRCUIT_SESSIONS]), ERR_BUSY);
	/* One that it has may be changed. */
	assert_int_equal(send_session(flood, names[3]), ERR_OK);
	assert_int_equal(send_session(fd, names[LIMIT_CIRCUIT_SESSIONS]), ERR_OK);
	/* Who ends it doesn't matter, whose it was does. */
	assert_int_equal(send_named(fd, MESSAGE_SESSION_DROP, names[0]), ERR_OK);
	assert_int_equal(send_session(flood, names[0]), ERR_OK);
	assert_int_equal(send_session(flood, (const uint8_t[32]){1}), ERR_BUSY);
	close(flood);
	close(fd);
	keeper_free(&kp);
}

static void conversations_of_one_circuit_leave_some(void **state)
{
	struct keeper_process kp = keeper_new();
	int flood = peer_on(&kp, ROLE_VISIT, 5);
	int fd = peer_on(&kp, ROLE_VISIT, 6);
	struct source s;
	int made = 0;
	enum err e;

	(void)state;
	for (;;) {
		s = source_new();
		send_file(flood, FILE_TEXT, 1, 1000, 1000);
		assert_int_equal(result(flood), ERR_OK);
		e = send_create(flood, &s);
		if (e != ERR_OK)
			break;
		made++;
		/* That it is gone gives nothing back: who makes and deletes makes work. */
		SEND(flood, CONVERSATION_DELETE);
		assert_int_equal(result(flood), ERR_OK);
	}
	assert_int_equal(e, ERR_FULL);
	/* A sixteenth of the 199. */
	assert_int_equal(made, 12);
	s = source_new();
	make_owner(fd, &s);
	close(flood);
	close(fd);
	keeper_free(&kp);
}

/* ---- the table */

static void circuits_come_and_go(void **state)
{
	struct fixture *f = fixture_new(16u << 20, 1, 1000);
	struct budgets *all = &f->store.budgets;
	struct source s = source_new();
	struct budget *first, *b;
	uint64_t at = 0;
	uint64_t now = 1000;

	(void)state;
	assert_int_equal(create_text(f, &s, DESK_1, 1, 3000), ERR_OK);
	first = budget_enter(all, &f->store.vault, 1, now);
	assert_ptr_equal(budget_enter(all, &f->store.vault, 1, now), first);
	/* Three times as many as there are places, each with a message that waits, and never two channels at once. */
	for (uint32_t circuit = 2; circuit < 3 * LIMIT_CIRCUITS; circuit++) {
		b = budget_enter(all, &f->store.vault, circuit, ++now);
		assert_int_equal(b->bytes, 0);
		f->drafts[0].budget = b;
		assert_int_equal(submit_text(f, &s, DESK_1, 1, 1000), ERR_OK);
		assert_true(b->bytes >= 1000);
		budget_leave(b, now);
		assert_int_equal(first->circuit, 1);
	}
	f->drafts[0].budget = NULL;
	do
		assert_int_equal(store_collected(&f->store, DESK_1, f->store.vault.fixed->header.cursor, &at), ERR_OK);
	while (at < f->store.vault.fixed->header.cursor);
	for (size_t i = 0; i < LIMIT_CIRCUITS; i++)
		assert_int_equal(all->of[i].bytes, 0);
	/* After an hour without a channel it is forgotten; with one it never is. */
	budget_sweep(all, now + LIMIT_CIRCUIT_IDLE_MS);
	for (size_t i = 0; i < LIMIT_CIRCUITS; i++)
		assert_int_equal(all->of[i].used, &all->of[i] == first);
	budget_leave(first, now);
	budget_leave(first, now);
	budget_sweep(all, now + LIMIT_CIRCUIT_IDLE_MS - 1);
	assert_true(first->used);
	budget_sweep(all, now + LIMIT_CIRCUIT_IDLE_MS);
	assert_false(first->used);
	fixture_free(f);
}

static void shares_end_with_one_for_each(void **state)
{
	(void)state;
	assert_int_equal(budget_share(0, 64), 1);
	assert_int_equal(budget_share(31, 64), 1);
	assert_int_equal(budget_share(32, 64), 2);
	assert_int_equal(budget_share(1024, 64), 64);
	assert_int_equal(budget_share(UINT64_MAX, 64), 64);
}

/* ---- full */

/* Many circuits fill the store. It says so before the body; the desk collects, answers and forgets. */
static void a_full_store_is_collected_and_emptied(void **state)
{
	struct keeper_process kp = keeper_with(2 * MIB, 0);
	struct message_COLLECT_ENTRY found = {.cursor = 0};
	struct message_REPLY_PUT put = {.name = BYTES_LITERAL("r")};
	struct message_CONVERSATION_FORGET forget;
	struct source sources[64];
	struct buf record;
	size_t made = 0;
	int collect = open_peer(&kp, ROLE_COLLECT);
	int fd;

	(void)state;
	for (;; made++) {
		assert_true(made < 64);
		fd = open_peer(&kp, ROLE_VISIT);
		if (reserve(fd, 400000) != ERR_OK)
			break;
		sources[made] = source_new();
		make_owner(fd, &sources[made]);
		assert_int_equal(send_text(fd, 400000), ERR_OK);
		close(fd);
	}
	assert_true(made > 20);
	/* Nothing more at all: small ones too, until they are refused. */
	assert_int_equal(send_auth(fd, &sources[0]), ERR_OK);
	while (send_text(fd, 3000) == ERR_OK)
		continue;
	SEND(fd, DRAFT_DROP);
	assert_int_equal(result(fd), ERR_OK);
	close(fd);
	assert_int_equal(send_desk_auth(collect, kp.f), ERR_OK);
	for (size_t i = 0; i < made; i++) {
		assert_true(collect_next(collect, found.cursor, &found));
		check_message(collect, sources[i].id, 1, FILE_TEXT, 1, 4000);
		assert_true(collect_next(collect, found.cursor, &found));
		check_message(collect, sources[i].id, 2, FILE_TEXT, 1, 400000);
	}
	send_file(collect, FILE_TEXT, 4, 80000, 30000);
	assert_int_equal(result(collect), ERR_OK);
	memcpy(put.conversation, sources[1].id, 16);
	record = buf_over(out_storage, sizeof out_storage);
	message_put_REPLY_PUT(&record, &put);
	assert_int_equal(send_record(collect, &record), ERR_OK);
	assert_int_equal(result(collect), ERR_OK);
	/* One is forgotten while nothing is confirmed yet, then all is confirmed, then the rest is forgotten. */
	for (size_t i = 0; i < made; i++) {
		memcpy(forget.conversation, sources[i].id, 16);
		record = buf_over(out_storage, sizeof out_storage);
		message_put_CONVERSATION_FORGET(&record, &forget);
		assert_int_equal(send_record(collect, &record), ERR_OK);
		assert_int_equal(result(collect), ERR_OK);
		if (i == 0)
			collect_all(&kp, collect);
	}
	fd = open_peer(&kp, ROLE_VISIT);
	while (reserve(fd, MIB) != ERR_OK)
		usleep(1000);
	make_owner(fd, &sources[0]);
	close(fd);
	close(collect);
	keeper_free(&kp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_circuit_has_its_quota),
	    cmocka_unit_test(uncollected_messages_count),
	    cmocka_unit_test(a_conversation_has_its_quota),
	    cmocka_unit_test(sessions_of_one_circuit_leave_some),
	    cmocka_unit_test(conversations_of_one_circuit_leave_some),
	    cmocka_unit_test(circuits_come_and_go),
	    cmocka_unit_test(shares_end_with_one_for_each),
	    cmocka_unit_test(a_full_store_is_collected_and_emptied),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
