/* SPDX-License-Identifier: GPL-3.0-or-later
 * The area on the boot medium that holds the site file. */
#include "test.h"

#include <string.h>

#include "limits.h"
#include "site/area.h"

static uint8_t area[LIMIT_STICK_AREA + 1];

static void fill(const char *head, size_t length)
{
	memset(area, 0, sizeof area);
	memcpy(area, head, strlen(head));
	memset(area + strlen(head), 'x', length);
}

static enum err take(size_t n, struct bytes *file)
{
	*file = (struct bytes){NULL, 77}; /* unchanged where it is refused */
	return area_take(bytes_of(area, n), file);
}

static void areas(void **state)
{
	struct bytes file;

	(void)state;
	fill("courier-stick 0000000000\n", 0);
	assert_true(area_is(bytes_of(area, LIMIT_STICK_AREA)));
	assert_int_equal(take(LIMIT_STICK_AREA, &file), ERR_OK);
	assert_int_equal(file.n, 0);
	fill("courier-stick 0000000005\n", 5);
	assert_int_equal(take(LIMIT_STICK_AREA, &file), ERR_OK);
	assert_true(bytes_eq_str(file, "xxxxx"));
	assert_ptr_equal(file.p, area + 25);
	fill("courier-stick 0000307175\n", LIMIT_STICK_AREA - 25);
	assert_int_equal(take(LIMIT_STICK_AREA, &file), ERR_OK);
	assert_int_equal(file.n, LIMIT_STICK_AREA - 25);
	assert_false(area_is(BYTES_LITERAL("courier-site 1\n")));
	assert_false(area_is(BYTES_LITERAL("age-encryption.org/v1\n")));
	assert_false(area_is(bytes_of(area, 13)));
}

static void damaged(void **state)
{
	static const struct {
		const char *head;
		size_t length, area;
	} cases[] = {
	    {"courier-stick 0000000005\n", 5, LIMIT_STICK_AREA - 1}, /* cut off */
	    {"courier-stick 0000000005\n", 5, LIMIT_STICK_AREA + 1},
	    {"courier-stick 0000000005\n", 6, LIMIT_STICK_AREA}, /* something behind the file */
	    {"courier-stick 0000307176\n", LIMIT_STICK_AREA - 25, LIMIT_STICK_AREA},
	    {"courier-stick 9999999999\n", 5, LIMIT_STICK_AREA},
	    {"courier-stick 00000000 5\n", 5, LIMIT_STICK_AREA},
	    {"courier-stick 000000000A\n", 5, LIMIT_STICK_AREA},
	    {"courier-stick 0000000005 ", 5, LIMIT_STICK_AREA},
	    {"courier-stuck 0000000005\n", 5, LIMIT_STICK_AREA},
	    {"courier-stick ", 0, 14},
	    {"", 0, LIMIT_STICK_AREA},
	    {"", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes file;
		fill(cases[i].head, cases[i].length);
		assert_int_equal(take(cases[i].area, &file), ERR_FORMAT);
		assert_int_equal(file.n, 77);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(areas), cmocka_unit_test(damaged)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
