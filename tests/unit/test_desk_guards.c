/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk keeps of a box's word about its entry guards. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/guards.h"

#define A "0123456789ABCDEF0123456789ABCDEF01234567 2026-02-01 2026-02-02"
#define B "ABCDEF0123456789ABCDEF0123456789ABCDEF01 2026-02-01"

static void what_a_site_file_could_hold_is_kept(void **state)
{
	static const struct {
		const char *answer;
		const char *want; /* the file afterwards; NULL: there is none */
	} rows[] = {
	    {"{}", NULL},
	    {"{\"guards\":\"\"}", NULL},
	    {"{\"guards\":[\"" A "\"]}", NULL},
	    {"{\"guards\":\"" A "\"}", NULL}, /* one alone */
	    {"{\"guards\":\"" A "," B "\"}", "guard = " A "\nguard = " B},
	    {"{\"guards\":\"" B "," B "\"}", "guard = " A "\nguard = " B},
	    {"{\"guards\":\"" B "," A " in=bridges\"}", "guard = " A "\nguard = " B},
	    {"{\"guards\":\"" B "\\nsource-key = x," A "\"}", "guard = " A "\nguard = " B},
	    {"{\"guards\":\"" B "," A "\"}", "guard = " B "\nguard = " A},
	    {"{\"guards\":\"\"}", "guard = " B "\nguard = " A},
	};
	char path[] = "/tmp/test-desk-guards-XXXXXX";
	struct folder f;

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(folder_at(&f, path), ERR_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char storage[FOLDER_LINE_MAX];
		struct bytes text;

		assert_int_equal(guards_keep(&f, bytes_str(rows[i].answer)), ERR_OK);
		if (rows[i].want == NULL) {
			assert_false(folder_has(&f, "guards"));
			continue;
		}
		assert_int_equal(folder_read(&f, "guards", storage, sizeof storage, &text), ERR_OK);
		assert_true(bytes_eq_str(text, rows[i].want));
	}
	assert_int_equal(folder_remove_tree(&f, ""), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_site_file_could_hold_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
