/* SPDX-License-Identifier: GPL-3.0-or-later
 * Who may set the clock, and how far. */
#include "test.h"

#include "start/built.h"
#include "limits.h"
#include "machine/clock.h"

enum { HOUR = 3600, DAY = 24 * HOUR, T0 = 5000 };

static struct clock_watch w;
static int64_t now_s;

static int set_up(void **state)
{
	(void)state;
	w = (struct clock_watch){.count = 0};
	now_s = built_unix_s;
	return 0;
}

static uint32_t hear(uint8_t relay, int32_t ahead_s, uint64_t at_ms)
{
	uint8_t name[CLOCK_RELAY_LEN] = {relay};

	return clock_hear(&w, name, ahead_s, now_s, at_ms);
}

static void three_that_agree(void **state)
{
	(void)state;
	assert_int_equal(hear(1, -30 * DAY, T0), 0);
	assert_int_equal(hear(2, -30 * DAY - HOUR, T0), 0);
	assert_int_equal(hear(3, -30 * DAY - 60, T0), 30 * DAY); /* the least of them */
	/* All was forgotten: it is said of another clock now. */
	assert_int_equal(hear(4, -30 * DAY, T0), 0);
	assert_int_equal(hear(5, -30 * DAY, T0), 0);
}

static void three_that_differ(void **state)
{
	(void)state;
	assert_int_equal(hear(1, -30 * DAY, T0), 0);
	assert_int_equal(hear(2, -30 * DAY - HOUR - 1, T0), 0);
	assert_int_equal(hear(3, -31 * DAY, T0), 0);
	assert_int_equal(hear(4, -30 * DAY - HOUR, T0), 0);
	assert_int_equal(hear(5, -30 * DAY - 2, T0), 30 * DAY);
}

static void one_that_says_it_three_times(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(hear(1, -30 * DAY, T0 + (uint64_t)i), 0);
	assert_int_equal(hear(2, -30 * DAY, T0), 0);
	assert_int_equal(hear(1, -30 * DAY, T0), 0);
}

/* Its last word counts: one that took it back is no witness. */
static void one_that_changes_its_mind(void **state)
{
	(void)state;
	assert_int_equal(hear(1, -30 * DAY, T0), 0);
	assert_int_equal(hear(2, -30 * DAY, T0), 0);
	assert_int_equal(hear(1, 5 * HOUR, T0), 0);
	assert_int_equal(hear(3, -30 * DAY, T0), 0);
	assert_int_equal(hear(4, -30 * DAY, T0), 30 * DAY);
}

static void never_backwards(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 100; i++)
		assert_int_equal(hear(i, 30 * DAY, T0), 0);
	assert_int_equal(hear(101, 0, T0), 0);
	assert_int_equal(hear(102, INT32_MAX, T0), 0);
	assert_false(clock_may_go(now_s, now_s));
	assert_false(clock_may_go(now_s + DAY, now_s));
	assert_false(clock_may_go(now_s, INT64_MIN));
}

static void not_past_ten_years(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 100; i++) {
		assert_int_equal(hear(i, INT32_MIN, T0), 0);
		assert_int_equal(hear(i, -LIMIT_CLOCK_AHEAD_S - 1, T0), 0);
	}
	assert_int_equal(w.count, 0);
	assert_true(clock_may_go(now_s, built_unix_s + LIMIT_CLOCK_AHEAD_S));
	assert_false(clock_may_go(now_s, built_unix_s + LIMIT_CLOCK_AHEAD_S + 1));
	assert_false(clock_may_go(now_s, INT64_MAX));
	/* Nor in steps. */
	now_s = built_unix_s + LIMIT_CLOCK_AHEAD_S - DAY;
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(hear(i, -2 * DAY, T0), 0);
	for (uint8_t i = 0; i < 2; i++)
		assert_int_equal(hear(i, -DAY, T0), 0);
	assert_int_equal(hear(2, -DAY, T0), DAY);
	/* A clock that ran wild is not set further. */
	now_s = built_unix_s + 2ll * LIMIT_CLOCK_AHEAD_S;
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(hear(i, -DAY, T0), 0);
}

static void what_was_said_long_ago(void **state)
{
	(void)state;
	assert_int_equal(hear(1, -DAY, T0), 0);
	assert_int_equal(hear(2, -DAY, T0 + 1), 0);
	assert_int_equal(hear(3, -DAY, T0 + LIMIT_CLOCK_AGREE_MS + 1), 0);
	assert_int_equal(hear(4, -DAY, T0 + LIMIT_CLOCK_AGREE_MS + 1), DAY);
}

/* Liars who fill the list push the honest ones off it only by asking for less than they do. */
static void a_full_list(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 100; i++)
		assert_int_equal(hear(i, -(i + 2) * 2 * DAY, T0), 0);
	assert_int_equal(w.count, CLOCK_REPORTS);
	assert_int_equal(hear(200, -3 * DAY, T0), 0);
	assert_int_equal(w.count, CLOCK_REPORTS);
	assert_int_equal(hear(201, -3 * DAY - 7, T0), 0);
	assert_int_equal(hear(202, -3 * DAY - 9, T0), 3 * DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(three_that_agree, set_up),
	    cmocka_unit_test_setup(three_that_differ, set_up),
	    cmocka_unit_test_setup(one_that_says_it_three_times, set_up),
	    cmocka_unit_test_setup(one_that_changes_its_mind, set_up),
	    cmocka_unit_test_setup(never_backwards, set_up),
	    cmocka_unit_test_setup(not_past_ten_years, set_up),
	    cmocka_unit_test_setup(what_was_said_long_ago, set_up),
	    cmocka_unit_test_setup(a_full_list, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
