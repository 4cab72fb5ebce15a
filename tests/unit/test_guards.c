/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <string.h>

#include "tor/guards.h"

#define ID "0123456789ABCDEF0123456789ABCDEF01234567"

static void a_line_has_one_shape(void **state)
{
	static const struct {
		const char *line;
		bool good;
	} rows[] = {
	    {ID " 2026-02-01", true},
	    {ID " 2026-02-01 2026-02-02", true},
	    {"", false},
	    {ID, false},
	    {ID " ", false},
	    {ID " 2026-02-01 ", false},
	    {ID "  2026-02-01", false},
	    {" " ID " 2026-02-01", false},
	    {ID " 2026-02-30", false},
	    {ID " 2026-02-01 2026-02-02 2026-02-03", false},
	    {ID " 2026-02-01 in=bridges", false},
	    {ID " 1970-01-01", false},
	    {ID " 2026-02-01 1970-01-01", false},
	    {"0123456789abcdef0123456789abcdef01234567 2026-02-01", false},
	    {"0123456789ABCDEF0123456789ABCDEF0123456 2026-02-01", false},
	    {"0123456789ABCDEF0123456789ABCDEF012345678 2026-02-01", false},
	    {"0123456789ABCDEF0123456789ABCDEF0123456G 2026-02-01", false},
	    {ID " 2026-02-01\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct guard g = {.sampled_day = 7};
		uint8_t storage[GUARD_LINE_MAX];
		struct buf out = buf_over(storage, sizeof storage);
		enum err e = guard_parse(bytes_str(rows[i].line), &g);

		assert_int_equal(e, rows[i].good ? ERR_OK : ERR_FORMAT);
		if (!rows[i].good) {
			assert_int_equal(g.sampled_day, 7);
			continue;
		}
		guard_put(&out, &g);
		assert_true(bytes_eq_str(buf_view(&out), rows[i].line));
	}
}

/* The longest list there is fits its message, Tor's state its file, and comes back as it was. */
static void a_list_has_its_bounds(void **state)
{
	static uint8_t storage[LIMIT_GUARDS_TEXT + GUARD_LINE_MAX];
	struct buf out = buf_over(storage, sizeof storage);
	struct guards g = {.count = 0};
	struct guards back;
	struct guard one = {.sampled_day = 20000, .confirmed_day = 20001};
	size_t whole;

	(void)state;
	for (; g.count < LIMIT_GUARDS; g.list[g.count++] = one)
		one.id[0]++;
	guards_put(&out, &g);
	assert_int_equal(out.len, LIMIT_GUARDS_TEXT);
	whole = out.len;
	assert_int_equal(guards_parse(buf_view(&out), &back), ERR_OK);
	assert_memory_equal(&back, &g, sizeof g);
	assert_int_equal(guards_find(&back, g.list[5].id), 5);
	assert_int_equal(guards_find(&back, (const uint8_t[GUARD_ID_LEN]){0}), LIMIT_GUARDS);
	assert_int_equal(guards_parse(bytes_of(storage, whole - 1), &back), ERR_FORMAT);
	assert_int_equal(back.count, 0);
	one.id[0]++;
	guard_put(&out, &one);
	buf_byte(&out, '\n');
	assert_int_equal(guards_parse(buf_view(&out), &back), ERR_TOO_BIG);
	out.len = GUARD_LINE_MAX;
	buf_put(&out, bytes_of(storage, GUARD_LINE_MAX));
	assert_int_equal(guards_parse(buf_view(&out), &back), ERR_EXISTS);
	assert_int_equal(guards_parse(bytes_of(NULL, 0), &back), ERR_OK);
	assert_int_equal(back.count, 0);
}

static void three_are_tors_entries(void **state)
{
	struct guards g = {.count = 5};
	uint8_t storage[GUARDS_PINNED * 42];
	struct buf out = buf_over(storage, sizeof storage);

	(void)state;
	for (size_t i = 0; i < g.count; i++)
		memset(g.list[i].id, (int)(0x10 + i), GUARD_ID_LEN);
	guards_put_entry_nodes(&out, &g);
	assert_true(bytes_eq_str(buf_view(&out), "$1010101010101010101010101010101010101010,"
						 "$1111111111111111111111111111111111111111,"
						 "$1212121212121212121212121212121212121212"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_has_one_shape),
	    cmocka_unit_test(a_list_has_its_bounds),
	    cmocka_unit_test(three_are_tors_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
