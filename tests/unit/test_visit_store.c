/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a worker of visit asks, and a keeper that answers what it may not: the worker believes nothing of it, writes to
 * no output, and asks nothing more. */
#include "test.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/channel.h"
#include "visit/store.h"

static struct visit_store store;
static int keeper_fd = -1;
static const uint8_t name[32] = {1};

/* ---- every question, and whether its output is as it was */

static enum err ask_desks(bool *same)
{
	struct message_DESKS_IS m = {.live = 0xabcd};
	enum err e = visit_store_desks(&store, &m);

	*same = m.live == 0xabcd;
	return e;
}

static enum err ask_conversation(bool *same)
{
	struct message_CONVERSATION_IS m = {.desks = 0xabcd};
	enum err e = visit_store_conversation(&store, &m);

	*same = m.desks == 0xabcd;
	return e;
}

static enum err ask_draft(bool *same)
{
	unsigned attachments = 77;
	struct bytes note = {name, 5};
	enum err e = visit_store_draft_get(&store, &attachments, &note);

	*same = attachments == 77 && note.p == name && note.n == 5;
	return e;
}

static enum err ask_session(bool *same)
{
	struct bytes blob = {name, 5};
	enum err e = visit_store_session_get(&store, name, &blob);

	*same = blob.p == name && blob.n == 5;
	return e;
}

static enum err ask_message(bool *same)
{
	struct message_MESSAGE_ENTRY m = {.number = 77};
	enum err e = visit_store_message_next(&store, 5, &m);

	*same = m.number == 77;
	return e;
}

static enum err ask_reply(bool *same)
{
	struct message_REPLY_ENTRY m = {.number = 77};
	enum err e = visit_store_reply_next(&store, 5, &m);

	*same = m.number == 77;
	return e;
}

static enum err ask_reply_read(bool *same)
{
	struct bytes data = {name, 5};
	enum err e = visit_store_reply_read(&store, 6, FILE_TEXT, 0, &data);

	*same = data.p == name && data.n == 5;
	return e;
}

static enum err ask_word(bool *same)
{
	uint16_t before = 77;
	enum err e = visit_store_visit_word(&store, 3, &before);

	*same = before == 77;
	return e;
}

static enum err ask_turn(bool *same)
{
	*same = true;
	return visit_store_turn(&store);
}

static enum err ask_auth(bool *same)
{
	*same = true;
	return visit_store_auth(&store, name, name);
}

static const struct question {
	enum err (*ask)(bool *same);
	bool done; /* DONE is an answer to it */
} questions[] = {
    {ask_desks, false}, {ask_conversation, false}, {ask_draft, false}, {ask_session, false}, {ask_message, true},
    {ask_reply, true},  {ask_reply_read, true},    {ask_word, false},  {ask_turn, false},    {ask_auth, false},
};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

/* ---- the keeper's end */

static uint8_t storage[LIMIT_MESSAGE];
static struct buf record;

static int set_up(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(channel_pair(pair), ERR_OK);
	visit_store_open(&store, pair[0]);
	keeper_fd = pair[1];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(store.fd);
	if (keeper_fd >= 0)
		close(keeper_fd);
	return 0;
}

/* What is said before it is asked waits in the channel. */
static void say(void)
{
	assert_false(record.failed);
	assert_int_equal(channel_send(keeper_fd, &record, NULL, 0, DEADLINE_NONE), ERR_OK);
}

static bool keeper_was_asked(void)
{
	uint8_t in[LIMIT_MESSAGE];

	return recv(keeper_fd, in, sizeof in, MSG_DONTWAIT) > 0;
}

/* It was asked once; then nobody is there any more, and the next question is not even sent. */
static void is_lost(const struct question *q)
{
	bool same = false;

	assert_int_equal(q->ask(&same), ERR_PEER);
	assert_true(same && store.gone);
	assert_true(keeper_was_asked());
	assert_int_equal(q->ask(&same), ERR_PEER);
	assert_false(keeper_was_asked());
}

static void each(void (*lie)(const struct question *q), bool but_where_done_is_meant)
{
	void *none = NULL;

	for (size_t i = 0; i < QUESTIONS; i++) {
		if (but_where_done_is_meant && questions[i].done)
			continue;
		tear_down(&none);
		set_up(&none);
		record = buf_over(storage, sizeof storage);
		lie(&questions[i]);
		say();
		is_lost(&questions[i]);
	}
}

/* ---- lies */

static void done(const struct question *q)
{
	(void)q;
	message_put_DONE(&record, &(struct message_DONE){});
}

static void done_with_more(const struct question *q)
{
	done(q);
	buf_byte(&record, 0);
}

/* An answer, to another question. */
static void about_something_else(const struct question *q)
{
	if (q->ask == ask_word)
		message_put_DESKS_IS(&record, &(struct message_DESKS_IS){.live = 1});
	else
		message_put_VISIT_WORD_IS(&record, &(struct message_VISIT_WORD_IS){.word = 1});
}

static void refused_by_nothing(const struct question *q)
{
	(void)q;
	message_put_REFUSED(&record, &(struct message_REFUSED){.err = ERR_OK});
}

static void refused_by_what_is_no_error(const struct question *q)
{
	(void)q;
	message_put_REFUSED(&record, &(struct message_REFUSED){.err = ERR_COUNT});
}

static void refused_as_the_end(const struct question *q)
{
	(void)q;
	message_put_REFUSED(&record, &(struct message_REFUSED){.err = ERR_END});
}

static void refused_as_a_lost_peer(const struct question *q)
{
	(void)q;
	message_put_REFUSED(&record, &(struct message_REFUSED){.err = ERR_PEER});
}

static void refused_too_short(const struct question *q)
{
	refused_by_nothing(q);
	record.len--;
}

static void test_lies(void **state)
{
	(void)state;
	each(done, true);
	each(done_with_more, false);
	each(about_something_else, false);
	each(refused_by_nothing, false);
	each(refused_by_what_is_no_error, false);
	each(refused_as_the_end, false);
	each(refused_as_a_lost_peer, false);
	each(refused_too_short, false);
}

/* The right answer, a byte too short, a byte too long, or of a number that was had already. */
static void right(const struct question *q)
{
	if (q->ask == ask_desks)
		message_put_DESKS_IS(&record, &(struct message_DESKS_IS){.live = 1});
	else if (q->ask == ask_conversation)
		message_put_CONVERSATION_IS(&record, &(struct message_CONVERSATION_IS){.desks = 1});
	else if (q->ask == ask_draft)
		message_put_DRAFT_IS(&record, &(struct message_DRAFT_IS){.attachments = 1});
	else if (q->ask == ask_session)
		message_put_SESSION(&record, &(struct message_SESSION){.blob = BYTES_LITERAL("x")});
	else if (q->ask == ask_message)
		message_put_MESSAGE_ENTRY(&record, &(struct message_MESSAGE_ENTRY){.number = 6});
	else if (q->ask == ask_reply)
		message_put_REPLY_ENTRY(&record, &(struct message_REPLY_ENTRY){.number = 6});
	else if (q->ask == ask_reply_read)
		message_put_FILE_CHUNK(&record, &(struct message_FILE_CHUNK){.data = BYTES_LITERAL("x")});
	else if (q->ask == ask_word)
		message_put_VISIT_WORD_IS(&record, &(struct message_VISIT_WORD_IS){.word = 1});
	else
		message_put_OK(&record, &(struct message_OK){});
}

static void test_right_but_for_a_byte(void **state)
{
	for (size_t i = 0; i < QUESTIONS; i++)
		for (int by = -1; by <= 1; by++) {
			bool same;
			tear_down(state);
			set_up(state);
			record = buf_over(storage, sizeof storage);
			right(&questions[i]);
			if (by < 0 && record.len == 2)
				continue; /* a number alone: less can't be sent */
			record.len += (size_t)by;
			say();
			if (by != 0) {
				is_lost(&questions[i]);
				continue;
			}
			assert_int_equal(questions[i].ask(&same), ERR_OK);
			assert_false(store.gone);
		}
}

static void test_no_way_on(void **state)
{
	(void)state;
	/* Numbers that don't grow, and a chunk of nothing, would be loops without end. */
	record = buf_over(storage, sizeof storage);
	message_put_MESSAGE_ENTRY(&record, &(struct message_MESSAGE_ENTRY){.number = 5});
	say();
	is_lost(&(struct question){ask_message, true});
	tear_down(state);
	set_up(state);
	record = buf_over(storage, sizeof storage);
	message_put_REPLY_ENTRY(&record, &(struct message_REPLY_ENTRY){.number = 5});
	say();
	is_lost(&(struct question){ask_reply, true});
	tear_down(state);
	set_up(state);
	record = buf_over(storage, sizeof storage);
	message_put_FILE_CHUNK(&record, &(struct message_FILE_CHUNK){.data = {NULL, 0}});
	say();
	is_lost(&(struct question){ask_reply_read, true});
}

/* A damaged record in the store is no failure of the source's connection, which ERR_IO would be here. */
static void test_a_damaged_record(void **state)
{
	bool same;

	(void)state;
	record = buf_over(storage, sizeof storage);
	message_put_REFUSED(&record, &(struct message_REFUSED){.err = ERR_IO});
	say();
	assert_int_equal(ask_session(&same), ERR_LIBRARY);
	assert_true(same && !store.gone);
}

static void test_nobody_there(void **state)
{
	bool same;

	(void)state;
	close(keeper_fd);
	keeper_fd = -1;
	assert_int_equal(ask_desks(&same), ERR_PEER);
	assert_true(same && store.gone);
	assert_int_equal(visit_store_file_begin(&store, FILE_TEXT), ERR_PEER);
	assert_int_equal(visit_store_file_data(&store, BYTES_LITERAL("x")), ERR_PEER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_lies, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_right_but_for_a_byte, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_way_on, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_damaged_record, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_nobody_there, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
