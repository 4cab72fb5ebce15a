/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a site says in each language: as the site file gives it, and as a page finds it. */
#include "test.h"

#include <string.h>

#include "site/look.h"
#include "visit/look.h"

/* All texts fit one part, or the line that is too much is refused. */
static void texts_have_a_maximum(void **state)
{
	static struct site s;
	static char long_text[LIMIT_SITE_TEXT + 1];
	static uint8_t storage[LIMIT_LOOK];
	struct site_fault fault;
	struct buf look = buf_over(storage, sizeof storage);
	size_t taken = 0;

	(void)state;
	memset(&s, 0, sizeof s);
	memset(long_text, 'x', sizeof long_text);
	assert_false(site_take_text(bytes_of(NULL, 0), BYTES_ARRAY(long_text), &s, &fault));
	assert_true(site_take_accent(bytes_str("#ffffff"), &s, &fault));
	for (size_t l = 0; l < LANGUAGE_COUNT; l++)
		taken +=
		    site_take_text(bytes_str(page_languages[l].tag), bytes_of(long_text, LIMIT_SITE_TEXT), &s, &fault);
	assert_int_equal(taken, LANGUAGE_COUNT);
	for (int t = 0; t < LIMIT_TOPICS; t++) {
		char name[4] = {'t', (char)('a' + t), 0};
		assert_true(site_take_topic(bytes_of(name, 2), &s, &fault));
		s.topics[t] = BYTES_LITERAL("kept");
		for (size_t l = 0; l < LANGUAGE_COUNT; l++)
			taken += site_take_topic_name(bytes_str(page_languages[l].tag),
						      bytes_of(long_text, LIMIT_TOPIC - 1), &s, &fault);
	}
	assert_true(taken > LANGUAGE_COUNT && taken < LANGUAGE_COUNT * (LIMIT_TOPICS + 1));
	assert_non_null(strstr(fault.sentence, "8976 bytes"));
	site_put_look(&look, &s);
	assert_false(look.failed);
}

static void pages_find_it(void **state)
{
	const struct bytes look =
	    BYTES_LITERAL("style :root{}\nsource 'sha256-x='\ntopic 1 de Recht\ntopic 11 de Elf\ntext de Wir\n"
			  "text - We\n");
	const struct bytes none = {NULL, 0};
	const struct bytes law = BYTES_LITERAL("Law");

	(void)state;
	assert_true(bytes_eq_str(look_style(look), ":root{}") && bytes_eq_str(look_style_source(look), "'sha256-x='"));
	assert_true(bytes_eq_str(look_text(look, LANGUAGE_de), "Wir") &&
		    bytes_eq_str(look_text(look, LANGUAGE_ru), "We"));
	assert_true(bytes_eq_str(look_topic(look, 1, law, LANGUAGE_de), "Recht"));
	assert_true(bytes_eq_str(look_topic(look, 11, law, LANGUAGE_de), "Elf"));
	assert_true(bytes_eq(look_topic(look, 1, law, LANGUAGE_ru), law) &&
		    bytes_eq(look_topic(look, 0, law, LANGUAGE_de), law));
	assert_true(look_style(none).n == 0 && look_text(none, LANGUAGE_de).n == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_have_a_maximum),
	    cmocka_unit_test(pages_find_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
