/* SPDX-License-Identifier: GPL-3.0-or-later
 * How init hears a role: all that it said before now, and no more than that at once. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/wiring.h"
#include "link/channel.h"

static struct supervisor s;
static int role = -1; /* the other end */

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	memset(&s, 0, sizeof s);
	for (size_t r = 0; r < ROLE_COUNT; r++)
		s.processes[r] = (struct process){.channel = -1, .unwell_ms = DEADLINE_NONE};
	s.notes = buf_over(s.notes_storage, sizeof s.notes_storage);
	assert_int_equal(channel_pair(ends), ERR_OK);
	s.processes[ROLE_NET].channel = ends[0];
	role = ends[1];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (s.processes[ROLE_NET].channel >= 0)
		close(s.processes[ROLE_NET].channel);
	close(role);
	return 0;
}

static enum err say(uint8_t state_number, uint64_t deadline_ms)
{
	uint8_t storage[64];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_NET_STATUS(&b, &(struct message_NET_STATUS){.state = state_number});
	return channel_send(role, &b, NULL, 0, deadline_ms);
}

static void a_full_channel_is_heard_in_one_turn(void **state)
{
	uint8_t byte;

	(void)state;
	while (say(1, 0) == ERR_OK)
		continue;
	wiring_receive(&s, ROLE_NET);
	assert_int_equal(s.state.net_state, 1);
	assert_true(recv(s.processes[ROLE_NET].channel, &byte, 1, MSG_DONTWAIT) < 0);
	assert_true(s.processes[ROLE_NET].channel >= 0);
}

static atomic_bool enough;
static atomic_uint said;

/* Several at once, and none of them waits: there is always something more to hear. */
static void *talk(void *context)
{
	(void)context;
	while (!enough)
		said += say(1, 0) == ERR_OK;
	return NULL;
}

static void a_role_that_never_stops_is_left_after_a_while(void **state)
{
	enum { TALKERS = 4, TURNS = 100, HEARD_MAX = 1024 };
	pthread_t threads[TALKERS];
	unsigned most = 0;

	(void)state;
	enough = false;
	for (size_t i = 0; i < TALKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, talk, NULL), 0);
	alarm(300); /* without an end the program is killed, which is a failure */
	for (int i = 0; i < TURNS; i++) {
		unsigned before;
		unsigned during;
		while (say(1, 0) == ERR_OK)
			continue; /* full: the talkers have time to begin */
		before = said;
		wiring_receive(&s, ROLE_NET);
		during = said - before;
		most = during > most ? during : most;
	}
	alarm(0);
	enough = true;
	for (size_t i = 0; i < TALKERS; i++)
		pthread_join(threads[i], NULL);
	assert_true(s.processes[ROLE_NET].channel >= 0);
	/* What was heard, and what the channel holds, which is less. */
	assert_true(most <= 2 * HEARD_MAX);
}

/* ---- what is passed on, and told */

/* The role's process is there: its end of the channel. */
static int attach(enum role r)
{
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	s.processes[r].channel = ends[0];
	s.processes[r].ready = true;
	return ends[1];
}

static void detach(enum role r, int end)
{
	close(s.processes[r].channel);
	s.processes[r].channel = -1;
	close(end);
}

static bool hears(int fd, enum role as, struct incoming *in)
{
	static uint8_t storage[LIMIT_MESSAGE];

	return channel_receive(fd, 1u << ROLE_INIT, as, STATE_UP, storage, 0, in) == ERR_OK;
}

static void the_keepers_wish_goes_to_torctl(void **state)
{
	uint8_t storage[32];
	struct buf b = buf_over(storage, sizeof storage);
	struct message_CIRCUIT_CLOSE m;
	struct incoming in;
	int keeper = attach(ROLE_KEEPER);
	int torctl = attach(ROLE_TORCTL);

	(void)state;
	message_put_CIRCUIT_CLOSE(&b, &(struct message_CIRCUIT_CLOSE){.circuit = 9});
	/* Without Tor there is nothing to close. */
	assert_int_equal(channel_send(keeper, &b, NULL, 0, 0), ERR_OK);
	wiring_receive(&s, ROLE_KEEPER);
	assert_false(hears(torctl, ROLE_TORCTL, &in));
	s.torctl_has_control = true;
	assert_int_equal(channel_send(keeper, &b, NULL, 0, 0), ERR_OK);
	wiring_receive(&s, ROLE_KEEPER);
	assert_true(hears(torctl, ROLE_TORCTL, &in));
	assert_int_equal(in.type, MESSAGE_CIRCUIT_CLOSE);
	assert_int_equal(message_get_CIRCUIT_CLOSE(in.fields, &m), ERR_OK);
	assert_int_equal(m.circuit, 9);
	assert_true(s.processes[ROLE_KEEPER].channel >= 0);
	detach(ROLE_KEEPER, keeper);
	detach(ROLE_TORCTL, torctl);
}

static void the_keeper_is_told_what_changed(void **state)
{
	struct message_BOX_FACTS m;
	struct incoming in;
	int keeper = attach(ROLE_KEEPER);

	(void)state;
	s.began_ms = clock_ms();
	s.binary_known = true;
	s.state.binary[0] = 0xab;
	wiring_tell_keeper(&s);
	assert_false(hears(keeper, ROLE_KEEPER, &in)); /* not before the door is open */
	s.opened = true;
	for (uint32_t restarts = 0; restarts < 3; restarts++) {
		s.state.restarts = restarts;
		wiring_tell_keeper(&s);
		wiring_tell_keeper(&s);
		assert_true(hears(keeper, ROLE_KEEPER, &in));
		assert_int_equal(message_get_BOX_FACTS(in.fields, &m), ERR_OK);
		assert_int_equal(m.restarts, restarts);
		assert_int_equal(m.binary[0], 0xab);
		assert_int_equal(m.uptime_days, 0);
		assert_false(hears(keeper, ROLE_KEEPER, &in));
	}
	/* The next keeper knows nothing. */
	wiring_role_gone(&s, ROLE_KEEPER);
	wiring_tell_keeper(&s);
	assert_true(hears(keeper, ROLE_KEEPER, &in));
	detach(ROLE_KEEPER, keeper);
}

/* ---- no fact of the table is forgotten */

#define U8(name)          assert_int_not_equal(m->name, 0);
#define U16(name)         assert_int_not_equal(m->name, 0);
#define U32(name)         assert_int_not_equal(m->name, 0);
#define U64(name)         assert_int_not_equal(m->name, 0);
#define FIXED(name, size) assert_int_not_equal(m->name[(size) - 1], 0);
#define BYTES(name, max)  assert_int_not_equal(m->name.n, 0);
#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	__attribute__((unused)) static void all_of_##name(const struct message_##name *m)                              \
	{                                                                                                              \
		(void)m;                                                                                               \
		fields                                                                                                 \
	}
#include "link/messages.def"
#undef U8
#undef U16
#undef U32
#undef U64
#undef FIXED
#undef BYTES
#undef MESSAGE

static void all_that_is_known_is_told(void **state)
{
	struct message_BOX_FACTS m;
	struct incoming in;
	int keeper = attach(ROLE_KEEPER);

	(void)state;
	memset(&s.state, 1, sizeof s.state);
	memset(s.guards, 1, sizeof s.guards);
	s.began_ms = clock_ms() - UINT64_C(40) * 86400 * 1000;
	s.binary_known = s.opened = true;
	wiring_tell_keeper(&s);
	assert_true(hears(keeper, ROLE_KEEPER, &in));
	assert_int_equal(message_get_BOX_FACTS(in.fields, &m), ERR_OK);
	all_of_BOX_FACTS(&m);
	detach(ROLE_KEEPER, keeper);
}

static void say_guards(int torctl, uint8_t standing, struct bytes lines)
{
	uint8_t storage[64 + LIMIT_GUARDS_TEXT];
	struct buf record = buf_over(storage, sizeof storage);
	struct message_GUARD_STATUS m = {.age_days = 8, .standing = standing, .waiting = 1, .guards = lines};

	message_put_GUARD_STATUS(&record, &m);
	assert_int_equal(channel_send(torctl, &record, NULL, 0, clock_ms() + 1000), ERR_OK);
	wiring_receive(&s, ROLE_TORCTL);
}

/* What torctl says of the guards goes on to the console and, whole, to the keeper; a shorter list leaves nothing of a
 * longer one. */
static void what_the_guards_are_goes_on(void **state)
{
	struct message_BOX_FACTS m;
	struct incoming in;
	int keeper = attach(ROLE_KEEPER);
	int torctl = attach(ROLE_TORCTL);

	(void)state;
	s.began_ms = clock_ms();
	s.binary_known = s.opened = true;
	say_guards(torctl, GUARDS_SAME, BYTES_LITERAL("a longer list"));
	say_guards(torctl, GUARDS_MOVED, BYTES_LITERAL("short"));
	assert_true(s.state.guard_age_days == 8 && s.state.guard_standing == GUARDS_MOVED &&
		    s.state.guard_waiting == 1);
	wiring_tell_keeper(&s);
	assert_true(hears(keeper, ROLE_KEEPER, &in));
	assert_int_equal(message_get_BOX_FACTS(in.fields, &m), ERR_OK);
	assert_true(m.guard_age_days == 8 && m.guard_standing == GUARDS_MOVED && m.guard_waiting == 1);
	assert_string_equal((const char *)m.guards, "short");
	say_guards(torctl, GUARD_STANDING_COUNT, BYTES_LITERAL(""));
	assert_true(s.processes[ROLE_TORCTL].channel < 0); /* no such standing */
	detach(ROLE_KEEPER, keeper);
	close(torctl);
}

/* Only a console that has no part of the site file yet is handed the questions. */
static void the_console_gets_unlocks_channel(void **state)
{
	struct incoming in;
	int console = attach(ROLE_CONSOLE);
	int ends[2];

	(void)state;
	s.ask = -1;
	wiring_hand_on_ask(&s);
	assert_false(hears(console, ROLE_CONSOLE, &in));
	for (int unlocked = 0; unlocked < 2; unlocked++) {
		assert_int_equal(channel_pair(ends), ERR_OK);
		s.ask = ends[0];
		s.unlocked = unlocked;
		s.processes[ROLE_CONSOLE].ready = false;
		wiring_hand_on_ask(&s);
		assert_int_equal(s.ask, ends[0]); /* it waits for the console */
		s.processes[ROLE_CONSOLE].ready = true;
		wiring_hand_on_ask(&s);
		assert_true(hears(console, ROLE_CONSOLE, &in) == !unlocked);
		if (!unlocked) {
			assert_int_equal(in.type, MESSAGE_ASK_CHANNEL);
			assert_int_equal(s.ask, -1);
			incoming_close(&in);
			assert_int_equal(recv(ends[1], (uint8_t[1]){0}, 1, 0), 0); /* no copy stays */
		}
		close(ends[1]);
	}
	close(s.ask);
	detach(ROLE_CONSOLE, console);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_full_channel_is_heard_in_one_turn, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_role_that_never_stops_is_left_after_a_while, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(the_keepers_wish_goes_to_torctl, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(the_keeper_is_told_what_changed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(all_that_is_known_is_told, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_the_guards_are_goes_on, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(the_console_gets_unlocks_channel, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
