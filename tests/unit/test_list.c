/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <stdlib.h>

#include "base/list.h"

static void what_was_there_stays(void **state)
{
	uint32_t *list = NULL;
	size_t room = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t *grown = list_grow(list, i, &room, sizeof *list);

		assert_non_null(grown);
		assert_true(room > i);
		list = grown;
		list[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(list[i], i);
	free(list);
}

/* Twice the room, times the size, is 2^64: no memory, and not none. */
static void a_size_that_wraps_is_refused(void **state)
{
	size_t room = SIZE_MAX / 4 + 1;

	(void)state;
	assert_null(list_grow(NULL, room, &room, 2));
	assert_true(room == SIZE_MAX / 4 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_there_stays),
	    cmocka_unit_test(a_size_that_wraps_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
