/* SPDX-License-Identifier: GPL-3.0-or-later
 * What makes the box go down by itself: roles that hang, a desk that stays away, a stick that is pulled. The clock is
 * the test's. */
#include "test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/watch.h"
#include "link/channel.h"

enum { T0 = 1000 * 1000, HOUR = 60 * 60 * 1000 };

static struct supervisor s;
static int ends[ROLE_COUNT]; /* the roles' */
static uint8_t storage[LIMIT_MESSAGE];

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof s);
	s.notes = buf_over(s.notes_storage, sizeof s.notes_storage);
	for (size_t r = 0; r < ROLE_COUNT; r++) {
		s.processes[r] = (struct process){.channel = -1, .unwell_ms = DEADLINE_NONE};
		ends[r] = -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t r = 0; r < ROLE_COUNT; r++) {
		if (s.processes[r].channel >= 0)
			close(s.processes[r].channel);
		if (ends[r] >= 0)
			close(ends[r]);
	}
	return 0;
}

/* A role's process: a child of ours that waits to be killed. */
static void start(enum role r, uint64_t now)
{
	struct process *p = &s.processes[r];
	int pair[2];

	assert_int_equal(channel_pair(pair), ERR_OK);
	p->channel = pair[0];
	ends[r] = pair[1];
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		pause();
		_exit(0);
	}
	p->wanted = p->ready = p->answered = true;
	p->started_ms = p->asked_ms = now;
}

static bool was_asked(enum role r)
{
	struct incoming in;

	return channel_receive(ends[r], 1u << ROLE_INIT, r, STATE_UP, storage, 0, &in) == ERR_OK &&
	       in.type == MESSAGE_PING;
}

static bool was_killed(enum role r)
{
	int status;

	if (waitpid(s.processes[r].pid, &status, s.processes[r].ready ? WNOHANG : 0) != s.processes[r].pid)
		return false;
	s.processes[r].pid = 0;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void end(enum role r)
{
	kill(s.processes[r].pid, SIGKILL);
	s.processes[r].ready = false;
	assert_true(was_killed(r));
}

static void a_role_that_answers_lives(void **state)
{
	uint64_t now = T0;

	(void)state;
	start(ROLE_KEEPER, now);
	assert_int_equal(watch_turn(&s, now), END_NONE);
	assert_false(was_asked(ROLE_KEEPER));
	for (int i = 0; i < 1000; i++) {
		now = watch_next_ms(&s);
		assert_int_equal(watch_turn(&s, now), END_NONE);
		assert_true(was_asked(ROLE_KEEPER));
		watch_answered(&s, ROLE_KEEPER);
	}
	assert_int_equal(now, T0 + 1000ull * LIMIT_ASK_EVERY_MS);
	assert_false(was_killed(ROLE_KEEPER));
	end(ROLE_KEEPER);
}

static void a_role_that_does_not_is_killed(void **state)
{
	uint64_t now = T0 + LIMIT_ASK_EVERY_MS;

	(void)state;
	start(ROLE_KEEPER, T0);
	assert_int_equal(watch_turn(&s, now), END_NONE);
	assert_true(was_asked(ROLE_KEEPER));
	assert_int_equal(watch_next_ms(&s), now + LIMIT_ANSWER_MS);
	assert_int_equal(watch_turn(&s, now + LIMIT_ANSWER_MS - 1), END_NONE);
	assert_false(was_killed(ROLE_KEEPER));
	assert_false(was_asked(ROLE_KEEPER)); /* once is enough */
	assert_int_equal(watch_turn(&s, now + LIMIT_ANSWER_MS), END_NONE);
	assert_true(was_killed(ROLE_KEEPER));
}

/* torctl doesn't answer when Tor doesn't. */
static void a_silent_torctl_takes_tor_along(void **state)
{
	(void)state;
	start(ROLE_TORCTL, T0);
	start(ROLE_TOR, T0);
	assert_int_equal(watch_turn(&s, T0 + LIMIT_ASK_EVERY_MS), END_NONE);
	watch_answered(&s, ROLE_TOR);
	assert_int_equal(watch_turn(&s, T0 + LIMIT_ASK_EVERY_MS + LIMIT_ANSWER_MS), END_NONE);
	assert_true(was_killed(ROLE_TORCTL));
	assert_true(was_killed(ROLE_TOR));
}

static void a_role_that_does_not_come_back_is_the_end(void **state)
{
	(void)state;
	start(ROLE_DOOR, T0);
	end(ROLE_DOOR);
	watch_ended(&s, ROLE_DOOR, T0);
	assert_int_equal(watch_next_ms(&s), T0 + LIMIT_UNWELL_MS);
	assert_int_equal(watch_turn(&s, T0 + LIMIT_UNWELL_MS - 1), END_NONE);
	assert_int_equal(watch_turn(&s, T0 + LIMIT_UNWELL_MS), END_HUNG);
}

/* Whoever can crash or hang a role again and again from outside must not get the store wiped: it was ready each time.
 */
static void one_that_comes_and_goes_is_not(void **state)
{
	uint64_t now = T0;

	(void)state;
	while (now < T0 + 3 * LIMIT_UNWELL_MS) {
		start(ROLE_DOOR, now);
		watch_ready(&s, ROLE_DOOR, now);
		now += 5000;
		end(ROLE_DOOR);
		watch_ended(&s, ROLE_DOOR, now);
		close(ends[ROLE_DOOR]);
		close(s.processes[ROLE_DOOR].channel);
		now += LIMIT_RESTART_LAST_MS;
		assert_int_equal(watch_turn(&s, now), END_NONE);
	}
	s.processes[ROLE_DOOR].channel = ends[ROLE_DOOR] = -1;
}

/* The screen alone is no reason to wipe what sources left; a role that nobody wants is none at all. */
static void what_the_box_can_do_without(void **state)
{
	(void)state;
	start(ROLE_CONSOLE, T0);
	end(ROLE_CONSOLE);
	watch_ended(&s, ROLE_CONSOLE, T0);
	watch_ended(&s, ROLE_TOR, T0);
	assert_int_equal(watch_turn(&s, T0 + 100ull * LIMIT_UNWELL_MS), END_NONE);
}

static void no_desk_for_too_long(void **state)
{
	(void)state;
	assert_int_equal(watch_turn(&s, UINT64_MAX / 2), END_NONE); /* off */
	assert_int_equal(watch_dead_man_hours(&s, UINT64_MAX / 2), 0);
	s.dead_man_ms = 48ull * HOUR;
	watch_desk_seen(&s, T0);
	assert_int_equal(watch_dead_man_hours(&s, T0), 48);
	assert_int_equal(watch_dead_man_hours(&s, T0 + 1), 48);
	assert_int_equal(watch_dead_man_hours(&s, T0 + HOUR), 47);
	assert_int_equal(watch_turn(&s, T0 + 48ull * HOUR - 1), END_NONE);
	assert_int_equal(watch_next_ms(&s), T0 + 48ull * HOUR);
	watch_desk_seen(&s, T0 + 48ull * HOUR - 1);
	assert_int_equal(watch_turn(&s, T0 + 96ull * HOUR - 2), END_NONE);
	assert_int_equal(watch_dead_man_hours(&s, T0 + 96ull * HOUR - 2), 1);
	assert_int_equal(watch_turn(&s, T0 + 96ull * HOUR - 1), END_DEAD_MAN);
	assert_int_equal(watch_dead_man_hours(&s, T0 + 97ull * HOUR), 1);
}

/* ---- the stick */

#define PATH "/devices/pci0000:00/0000:00:03.0/usb1/1-1/1-1:1.0"

static uint64_t now_ms;

static bool event(struct sticks *sticks, const char *text, size_t n)
{
	return sticks_event(sticks, bytes_of(text, n), now_ms);
}
#define EVENT(sticks, text) event(sticks, text, sizeof text - 1)

static void a_stick_is_pulled(void **state)
{
	struct sticks one = {.events = -1, .count = 1, .settled_ms = 0, .paths = {PATH}};

	(void)state;
	assert_false(EVENT(&one, "remove@" PATH "0\0ACTION=remove\0"));
	assert_false(EVENT(&one, "remove@/devices/pci0000:00/0000:00:03.0/usb1/1-2/1-2:1.0\0INTERFACE=8/6/80\0"));
	assert_false(EVENT(&one, "unbind@" PATH "\0ACTION=unbind\0"));
	assert_false(EVENT(&one, "remove@"));
	assert_false(EVENT(&one, ""));
	assert_false(EVENT(&one, "libudev\0remove@" PATH "\0"));
	assert_true(EVENT(&one, "remove@" PATH "\0ACTION=remove\0DEVPATH=" PATH "\0"));
	assert_true(EVENT(&one, "remove@" PATH)); /* cut off there */
}

static void the_first_that_comes(void **state)
{
	struct sticks none;

	(void)state;
	sticks_init(&none);
	assert_false(EVENT(&none, "remove@\0"));
	assert_false(EVENT(&none, "add@/devices/usb1/1-3/1-3:1.0\0INTERFACE=3/1/1\0"));
	assert_false(EVENT(&none, "add@\0INTERFACE=8/6/80\0"));
	assert_int_equal(none.count, 0);
	assert_false(EVENT(&none, "add@" PATH "\0ACTION=add\0INTERFACE=8/6/80\0SEQNUM=7\0"));
	assert_int_equal(none.count, 1);
	/* Twice is once. */
	assert_false(EVENT(&none, "add@" PATH "\0INTERFACE=8/6/80\0"));
	assert_int_equal(none.count, 1);
	now_ms = none.settled_ms;
	/* Another one later is nobody's boot stick. */
	assert_false(EVENT(&none, "add@/devices/usb1/1-4/1-4:1.0\0INTERFACE=8/6/80\0"));
	assert_int_equal(none.count, 1);
	assert_false(EVENT(&none, "remove@/devices/usb1/1-4/1-4:1.0\0"));
	assert_true(EVENT(&none, "remove@" PATH "\0"));
}

/* A box with two of them, found after the site file was opened: nobody can say which it started from. */
static void those_that_come_soon(void **state)
{
	struct sticks none;

	(void)state;
	sticks_init(&none);
	none.settled_ms = 1000;
	now_ms = 500;
	assert_false(EVENT(&none, "add@/devices/usb1/1-4/1-4:1.0\0INTERFACE=8/6/80\0"));
	assert_false(EVENT(&none, "add@" PATH "\0INTERFACE=8/6/80\0"));
	now_ms = 1000;
	assert_false(EVENT(&none, "add@/devices/usb1/1-5/1-5:1.0\0INTERFACE=8/6/80\0"));
	assert_int_equal(none.count, 2);
	assert_true(EVENT(&none, "remove@/devices/usb1/1-4/1-4:1.0\0"));
	assert_true(EVENT(&none, "remove@" PATH "\0"));
}

static void a_path_too_long_is_none(void **state)
{
	char text[LIMIT_STICK_PATH + 64] = "add@/";
	struct sticks none;

	(void)state;
	sticks_init(&none);
	memset(text + 5, 'x', LIMIT_STICK_PATH);
	memcpy(text + 5 + LIMIT_STICK_PATH, "\0INTERFACE=8/6/80", 18);
	assert_false(event(&none, text, sizeof text));
	assert_int_equal(none.count, 0);
}

#define WITH_ROLES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_ROLES(a_role_that_answers_lives),
	    WITH_ROLES(a_role_that_does_not_is_killed),
	    WITH_ROLES(a_silent_torctl_takes_tor_along),
	    WITH_ROLES(a_role_that_does_not_come_back_is_the_end),
	    WITH_ROLES(one_that_comes_and_goes_is_not),
	    WITH_ROLES(what_the_box_can_do_without),
	    WITH_ROLES(no_desk_for_too_long),
	    cmocka_unit_test(a_stick_is_pulled),
	    cmocka_unit_test(the_first_that_comes),
	    cmocka_unit_test(those_that_come_soon),
	    cmocka_unit_test(a_path_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
