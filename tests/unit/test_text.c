/* SPDX-License-Identifier: GPL-3.0-or-later
 * What strangers wrote, for a terminal. */
#include "test.h"

#include "base/text.h"

static void text_for_terminals(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"plain", "plain"},
	    {"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xf0\x9f\x91\x8b",
	     "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xf0\x9f\x91\x8b"},
	    {"a\x1b[2Jb", "a\\u{001B}[2Jb"},
	    {"a\\b", "a\\\\b"},
	    {"two\r\nlines\tand", "two\nlines\tand"},
	    {"back\rover", "back\\u{000D}over"},
	    {"\xe2\x80\xaegpj.exe", "\\u{202E}gpj.exe"},
	    {"\xc2\x9b"
	     "1m",
	     "\\u{009B}1m"},
	    {"\xff\xc0\x80", "\\xFF\\xC0\\x80"},
	    {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
	    {"cut\xe2\x80", "cut\\xE2\\x80"},
	    {"\x7f", "\\u{007F}"},
	};
	uint8_t storage[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = buf_over(storage, sizeof storage - 1);
		text_escape(&out, bytes_str(cases[i].in), true);
		storage[out.len] = '\0';
		assert_string_equal((char *)storage, cases[i].out);
	}
	struct buf out = buf_over(storage, sizeof storage - 1);
	text_escape(&out, BYTES_LITERAL("a\nb\t\0c"), false);
	storage[out.len] = '\0';
	assert_string_equal((char *)storage, "a\\nb\\t\\u{0000}c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_for_terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
