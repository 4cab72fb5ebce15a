/* SPDX-License-Identifier: GPL-3.0-or-later
 * Whose turn it is to derive. The keeper's tables with a clock of the test's, one turn at once, and channels whose
 * other end the test reads. */
#include "keeper_process.h"

enum { WORKERS = 60 };

struct stage {
	struct keeper k;
	struct fixture *f;
	int fds[WORKERS]; /* workers' ends */
	size_t count;
	uint64_t now;
};

static struct stage *stage_new(uint32_t turns)
{
	struct stage *t = calloc(1, sizeof *t);
	struct store_setup setup;

	assert_non_null(t);
	t->f = malloc(sizeof *t->f);
	assert_non_null(t->f);
	fixture_make(t->f, CAPACITY, 1, 10);
	setup = fixture_setup(t->f);
	assert_int_equal(store_open(&t->k.store, &setup), ERR_OK);
	keeper_init(&t->k, -1, turns);
	t->now = 1000 * 1000;
	return t;
}

static void stage_free(struct stage *t)
{
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++)
		if (t->k.peers[i].fd >= 0)
			peer_close(&t->k, &t->k.peers[i]);
	for (size_t i = 0; i < t->count; i++)
		close(t->fds[i]);
	store_close(&t->k.store);
	fixture_free(t->f);
	free(t);
}

/* The worker's number, which is its peer's, too. */
static size_t worker(struct stage *t, uint32_t circuit)
{
	size_t i = t->count++;
	int ends[2];

	assert_true(i < WORKERS);
	assert_int_equal(channel_pair(ends), ERR_OK);
	t->fds[i] = ends[0];
	peer_add(&t->k, ends[1], ROLE_VISIT, (uint16_t)i);
	SEND(ends[0], CIRCUIT, .circuit = circuit);
	peer_serve(&t->k, &t->k.peers[i]);
	return i;
}

static void ask(struct stage *t, size_t i)
{
	assert_int_equal(turn_ask(&t->k, &t->k.peers[i], t->now), ERR_OK);
	turns_serve(&t->k, t->now);
}

/* What it was told: ERR_OK, ERR_BUSY; ERR_TIMEOUT: nothing yet. */
static enum err told(struct stage *t, size_t i)
{
	struct message_REFUSED m;
	struct incoming in;
	enum err e = channel_receive(t->fds[i], 1u << ROLE_KEEPER, ROLE_VISIT, STATE_UP, in_storage, 0, &in);

	if (e != ERR_OK)
		return e;
	if (in.type == MESSAGE_OK)
		return ERR_OK;
	assert_int_equal(in.type, MESSAGE_REFUSED);
	assert_int_equal(message_get_REFUSED(in.fields, &m), ERR_OK);
	return (enum err)m.err;
}

static void end_turn(struct stage *t, size_t i)
{
	turn_end(&t->k.peers[i]);
	turns_serve(&t->k, t->now);
}

static void one_after_the_other(void **state)
{
	struct stage *t = stage_new(1);
	size_t a = worker(t, 1), b = worker(t, 2), c = worker(t, 3);

	(void)state;
	ask(t, a);
	assert_int_equal(told(t, a), ERR_OK);
	ask(t, b);
	ask(t, c);
	assert_int_equal(told(t, b), ERR_TIMEOUT);
	/* The next message ends a turn, and so does the channel's end. */
	SEND(t->fds[a], DRAFT_DROP);
	peer_serve(&t->k, &t->k.peers[a]);
	assert_int_equal(told(t, a), ERR_OK);
	turns_serve(&t->k, t->now);
	assert_int_equal(told(t, b), ERR_OK);
	assert_int_equal(told(t, c), ERR_TIMEOUT);
	peer_close(&t->k, &t->k.peers[b]);
	turns_serve(&t->k, t->now);
	assert_int_equal(told(t, c), ERR_OK);
	stage_free(t);
}

static void as_many_at_once_as_the_machine_can(void **state)
{
	struct stage *t = stage_new(3);
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		ask(t, worker(t, 1));
	for (i = 0; i < 5; i++)
		assert_int_equal(told(t, i), i < 3 ? ERR_OK : ERR_TIMEOUT);
	stage_free(t);
}

/* A circuit with as many workers as a door gives it, and ever new requests, against one with a single worker. */
static void a_flooder_does_not_starve_another_circuit(void **state)
{
	struct stage *t = stage_new(1);
	size_t flood[16];
	size_t served = 0;
	size_t has;
	size_t lone;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		flood[i] = worker(t, 7);
		ask(t, flood[i]);
	}
	lone = worker(t, 8);
	assert_int_equal(told(t, flood[0]), ERR_OK);
	has = flood[0];
	for (int round = 0; round < 20; round++) {
		/* The flooder asks again at once, so all of its workers always wait; the other after some time. */
		int before = 0;
		ask(t, lone);
		while (told(t, lone) != ERR_OK) {
			assert_true(++before <= 2);
			end_turn(t, has);
			ask(t, has);
			for (size_t i = 0; i < 16; i++)
				if (told(t, flood[i]) == ERR_OK)
					has = flood[i];
		}
		served++;
		end_turn(t, lone);
		for (size_t i = 0; i < 16; i++)
			if (told(t, flood[i]) == ERR_OK)
				has = flood[i];
	}
	assert_int_equal(served, 20);
	stage_free(t);
}

/* Ever new circuits come after one that waits. */
static void new_circuits_do_not_overtake(void **state)
{
	struct stage *t = stage_new(1);
	size_t first = worker(t, 1);
	size_t other = worker(t, 1);
	size_t has = first;
	int before = 0;

	(void)state;
	ask(t, first);
	assert_int_equal(told(t, first), ERR_OK);
	ask(t, worker(t, 2));
	ask(t, other); /* its circuit's second */
	while (told(t, other) != ERR_OK) {
		assert_true(++before <= 4);
		ask(t, worker(t, 100 + (uint32_t)before));
		end_turn(t, has);
		for (size_t i = 0; i < t->count; i++)
			if (i != other && told(t, i) == ERR_OK)
				has = i;
	}
	stage_free(t);
}

static void the_queue_is_bounded(void **state)
{
	struct stage *t = stage_new(1);
	size_t newcomer;

	(void)state;
	for (size_t i = 0; i <= LIMIT_TURNS_WAITING; i++)
		ask(t, worker(t, 7));
	assert_int_equal(told(t, 0), ERR_OK);
	/* One more of the same circuit is told at once; for another circuit's, the flooder's last one gives way. */
	ask(t, worker(t, 7));
	assert_int_equal(told(t, LIMIT_TURNS_WAITING + 1), ERR_BUSY);
	newcomer = worker(t, 8);
	ask(t, newcomer);
	assert_int_equal(told(t, newcomer), ERR_TIMEOUT);
	assert_int_equal(told(t, LIMIT_TURNS_WAITING), ERR_BUSY);
	assert_int_equal(told(t, LIMIT_TURNS_WAITING - 1), ERR_TIMEOUT);
	end_turn(t, 0);
	assert_int_equal(told(t, 1), ERR_OK);
	end_turn(t, 1);
	assert_int_equal(told(t, newcomer), ERR_OK);
	/* Thirty-two circuits with one each: then it is full for all. */
	stage_free(t);
	t = stage_new(1);
	for (size_t i = 0; i <= LIMIT_TURNS_WAITING; i++)
		ask(t, worker(t, (uint32_t)i));
	newcomer = worker(t, 1000);
	ask(t, newcomer);
	assert_int_equal(told(t, newcomer), ERR_BUSY);
	stage_free(t);
}

static void time_ends_waiting_and_turns(void **state)
{
	struct stage *t = stage_new(1);
	size_t a = worker(t, 1), b = worker(t, 2), c = worker(t, 3);

	(void)state;
	assert_int_equal(turns_next_ms(&t->k), UINT64_MAX);
	ask(t, a);
	assert_int_equal(told(t, a), ERR_OK);
	assert_int_equal(turns_next_ms(&t->k), t->now + LIMIT_TURN_MS);
	ask(t, b);
	t->now += LIMIT_TURN_MS - 1;
	ask(t, c);
	assert_int_equal(told(t, b), ERR_TIMEOUT);
	/* a never says that it is done. */
	t->now += 1;
	turns_serve(&t->k, t->now);
	assert_int_equal(told(t, b), ERR_OK);
	assert_int_equal(told(t, c), ERR_TIMEOUT);
	t->now += LIMIT_TURN_MS - 1;
	turns_serve(&t->k, t->now);
	assert_int_equal(told(t, c), ERR_TIMEOUT);
	/* It waits, but not for ever: b's turn is taken away before. */
	t->now += 1;
	turns_serve(&t->k, t->now);
	assert_int_equal(told(t, c), ERR_OK);
	ask(t, a);
	ask(t, b);
	t->k.peers[c].turn_until_ms = UINT64_MAX;
	t->now += LIMIT_TURN_WAIT_MS;
	turns_serve(&t->k, t->now);
	assert_int_equal(told(t, a), ERR_BUSY);
	assert_int_equal(told(t, b), ERR_BUSY);
	stage_free(t);
}

/* Through the loop: who goes while it waits is forgotten. */
static void a_worker_that_waits_only_waits(void **state)
{
	struct keeper_process kp = keeper_new();
	int has = open_peer(&kp, ROLE_VISIT);
	int waits = open_peer(&kp, ROLE_VISIT);
	int gone = open_peer(&kp, ROLE_VISIT);

	(void)state;
	SEND(has, TURN);
	assert_int_equal(result(has), ERR_OK);
	SEND(gone, TURN);
	SEND(waits, TURN);
	SEND(has, DRAFT_DROP);
	close(gone);
	assert_int_equal(result(has), ERR_OK);
	assert_int_equal(result(waits), ERR_OK);
	SEND(has, TURN);
	SEND(has, DRAFT_DROP);
	close(waits);
	/* What it says too early is heard after its turn came. */
	assert_int_equal(result(has), ERR_OK);
	assert_int_equal(result(has), ERR_OK);
	close(has);
	keeper_free(&kp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_after_the_other),
	    cmocka_unit_test(as_many_at_once_as_the_machine_can),
	    cmocka_unit_test(a_flooder_does_not_starve_another_circuit),
	    cmocka_unit_test(new_circuits_do_not_overtake),
	    cmocka_unit_test(the_queue_is_bounded),
	    cmocka_unit_test(time_ends_waiting_and_turns),
	    cmocka_unit_test(a_worker_that_waits_only_waits),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
