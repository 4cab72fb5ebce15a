/* SPDX-License-Identifier: GPL-3.0-or-later
 * The keeper is killed; its successor has the same directory and the same secret area. What was acknowledged is there
 * once, what was not is there once or not at all. */
#include "keeper_process.h"

static void again(struct keeper_process *kp)
{
	kill_hard(kp);
	start(kp);
}

/* The messages that a source sees, and how many the desk has to collect. */
static void count(struct keeper_process *kp, const struct source *s, int *seen, int *collectable)
{
	int visit = open_peer(kp, ROLE_VISIT);
	int collect = open_peer(kp, ROLE_COLLECT);
	struct message_MESSAGE_ENTRY entry = {0};
	struct message_COLLECT_ENTRY found = {0};
	struct incoming in;

	*seen = 0;
	*collectable = 0;
	if (send_auth(visit, s) == ERR_OK) {
		for (;; (*seen)++) {
			SEND(visit, MESSAGE_NEXT, .after = entry.number);
			if (answer(visit, &in) != MESSAGE_MESSAGE_ENTRY)
				break;
			assert_int_equal(message_get_MESSAGE_ENTRY(in.fields, &entry), ERR_OK);
		}
		assert_int_equal(in.type, MESSAGE_DONE);
	}
	assert_int_equal(send_desk_auth(collect, kp->f), ERR_OK);
	for (;; (*collectable)++) {
		SEND(collect, COLLECT_NEXT, .after = found.cursor);
		assert_int_equal(channel_receive(collect, 1u << ROLE_KEEPER, ROLE_COLLECT, STATE_UP, in_storage,
						 clock_ms() + 5000, &in),
				 ERR_OK);
		if (in.type != MESSAGE_COLLECT_ENTRY)
			break;
		assert_int_equal(message_get_COLLECT_ENTRY(in.fields, &found), ERR_OK);
	}
	assert_int_equal(in.type, MESSAGE_DONE);
	close(visit);
	close(collect);
}

/* ---- at every message boundary of an exchange */

enum step {
	STEP_BEGIN,
	STEP_TEXT,
	STEP_ATTACHMENT,
	STEP_META,
	STEP_CREATE,
	STEP_SECOND_TEXT,
	STEP_SUBMIT,
	STEP_REPLY_FILE,
	STEP_REPLY_PUT,
	STEP_COLLECTED,
	STEP_REPLY_DELETE,
	STEP_FORGET,
	STEP_COUNT
};

struct exchange {
	struct keeper_process *kp;
	struct source s;
	int visit;
	int collect;
};

static enum err put_reply(struct exchange *x)
{
	return send_reply(x->collect, x->s.id, "r");
}

static enum err take_step(struct exchange *x, enum step step)
{
	switch (step) {
	case STEP_BEGIN:
		x->visit = open_peer(x->kp, ROLE_VISIT);
		x->collect = open_peer(x->kp, ROLE_COLLECT);
		return send_desk_auth(x->collect, x->kp->f);
	case STEP_TEXT:
		send_file(x->visit, FILE_TEXT, 1, 4000, 4000);
		return result(x->visit);
	case STEP_ATTACHMENT:
		send_file(x->visit, FILE_DATA, 2, 500000, LIMIT_CHUNK_SEALED);
		return result(x->visit);
	case STEP_META:
		send_file(x->visit, FILE_META, 3, 1200, 1200);
		return result(x->visit);
	case STEP_CREATE:
		return send_create(x->visit, &x->s);
	case STEP_SECOND_TEXT:
		send_file(x->visit, FILE_TEXT, 1, 100000, 9999);
		return result(x->visit);
	case STEP_SUBMIT:
		SEND(x->visit, SUBMIT, .desks = DESK_1);
		return result(x->visit);
	case STEP_REPLY_FILE:
		send_file(x->collect, FILE_TEXT, 4, 80000, 30000);
		return result(x->collect);
	case STEP_REPLY_PUT:
		return put_reply(x);
	case STEP_COLLECTED:
		SEND(x->collect, COLLECTED, .cursor = 2);
		return result(x->collect);
	case STEP_REPLY_DELETE:
		SEND(x->visit, REPLY_DELETE, .number = 1);
		return result(x->visit);
	case STEP_FORGET:
		SEND(x->visit, CONVERSATION_DELETE);
		return result(x->visit);
	case STEP_COUNT:
		break;
	}
	return ERR_STATE;
}

static int replies_of(struct exchange *x)
{
	int visit = open_peer(x->kp, ROLE_VISIT);
	struct incoming in;
	enum message type = MESSAGE_DONE;

	if (send_auth(visit, &x->s) == ERR_OK) {
		SEND(visit, REPLY_NEXT, .after = 0);
		type = answer(visit, &in);
	}
	close(visit);
	return type == MESSAGE_REPLY_ENTRY ? 1 : 0;
}

static void check_after(struct exchange *x, enum step last)
{
	int seen, collectable;
	int expected = last < STEP_CREATE || last == STEP_FORGET ? 0 : last < STEP_SUBMIT ? 1 : 2;

	count(x->kp, &x->s, &seen, &collectable);
	assert_int_equal(seen, expected);
	assert_int_equal(collectable, last >= STEP_COLLECTED ? 0 : expected);
	assert_int_equal(replies_of(x), last >= STEP_REPLY_PUT && last < STEP_REPLY_DELETE ? 1 : 0);
}

/* Nothing but what the conversations need is left in the file. */
static void check_rubbish(struct keeper_process *kp, size_t chunks)
{
	kill_hard(kp);
	assert_int_equal(fixture_open(kp->f), ERR_OK);
	sweep_all(kp->f);
	assert_int_equal(count_names(kp->f, 'd') + count_names(kp->f, 't'), 0);
	assert_int_equal(count_chunks(kp->f), chunks);
	fixture_close(kp->f);
	start(kp);
}

static void killed_after_every_step(void **state)
{
	/* Of the text, the attachment and its meta; of the second text; of the reply. */
	static const size_t chunks[STEP_COUNT] = {
	    [STEP_CREATE] = 10,    [STEP_SECOND_TEXT] = 10, [STEP_SUBMIT] = 12,      [STEP_REPLY_FILE] = 12,
	    [STEP_REPLY_PUT] = 14, [STEP_COLLECTED] = 2,    [STEP_REPLY_DELETE] = 0, [STEP_FORGET] = 0,
	};

	(void)state;
	for (enum step last = STEP_BEGIN; last < STEP_COUNT; last++) {
		struct keeper_process kp = keeper_new();
		struct exchange x = {.kp = &kp, .s = source_new()};
		for (enum step step = STEP_BEGIN; step <= last; step++)
			assert_int_equal(take_step(&x, step), ERR_OK);
		again(&kp);
		close(x.visit);
		close(x.collect);
		check_after(&x, last);
		check_rubbish(&kp, chunks[last]);
		check_after(&x, last);
		keeper_free(&kp);
	}
}

/* ---- anywhere inside */

/* Submissions one after the other until the keeper is gone. */
static int submit_until_gone(int fd)
{
	int acknowledged = 0;

	for (;;) {
		send_file(fd, FILE_TEXT, 1, 3000, 3000);
		if (result(fd) != ERR_OK)
			return acknowledged;
		SEND(fd, SUBMIT, .desks = DESK_1);
		if (result(fd) != ERR_OK)
			return acknowledged;
		acknowledged++;
	}
}

static void killed_while_it_works(void **state)
{
	struct keeper_process kp = keeper_new();
	struct source s = source_new();
	int fd = open_peer(&kp, ROLE_VISIT);
	int total = 1;
	int seen, collectable;

	(void)state;
	make_owner(fd, &s);
	close(fd);
	/* A slow machine has done less when it is killed, and is killed more often. */
	for (int round = 0; round < 40 || (total <= 100 && round < 4000); round++) {
		pid_t killer;
		int more;
		fd = open_peer(&kp, ROLE_VISIT);
		assert_int_equal(send_auth(fd, &s), ERR_OK);
		killer = fork();
		if (killer == 0) {
			usleep(500 + random_below(3000));
			kill(kp.pid, SIGKILL);
			_exit(0);
		}
		more = submit_until_gone(fd);
		close(fd);
		waitpid(killer, NULL, 0);
		again(&kp);
		count(&kp, &s, &seen, &collectable);
		assert_in_range(seen, total + more, total + more + 1);
		assert_int_equal(collectable, seen);
		total = seen;
	}
	assert_true(total > 100);
	keeper_free(&kp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(killed_after_every_step),
	    cmocka_unit_test(killed_while_it_works),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
