/* SPDX-License-Identifier: GPL-3.0-or-later
 * The questions at the start: keys out of bytes, wrapped text, what is asked, typed, shown and wiped. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "console/ask.h"
#include "console/keys.h"
#include "console/reader.h"
#include "console/screen.h"

static struct screen screen;

/* ---- bytes to keys */

static size_t keys_of(const char *bytes, char *out)
{
	struct key_reader r = {0};
	size_t n = 0;

	for (; *bytes != 0; bytes++) {
		uint8_t key = reader_take(&r, (uint8_t)*bytes);
		if (key != KEY_NONE)
			out[n++] = (char)key;
	}
	if (reader_waits(&r))
		out[n++] = (char)reader_timeout(&r);
	out[n] = 0;
	return n;
}

static void bytes_become_keys(void **state)
{
	static const struct {
		const char *bytes;
		const char *keys;
	} rows[] = {
	    {"aZ \xc3\xbc~", "aZ \xc3\xbc~"},
	    {"\r\n\t\x7f\b\x15", "\r\r\t\b\b\x15"},
	    {"\x01\x03\x04\x1a\x1c\x0e\x0f", ""},
	    {"\x1b", "\x1b"},
	    {"\x1b\x1b", "\x1b\x1b"},
	    {"\x1b[Ax\x1bOPy\x1b[[Cz\x1b[3~!", "xyz!"},
	    {"\x1b[1;5Ax", "x"},
	    {"\x1bpx", "x"},       /* Alt and p */
	    {"\x1b[12\rx", "\rx"}, /* cut off */
	    {"\x1bO\rx", "\rx"},
	    {"\x1b[1\x1b[Bx", "x"},
	    {"\x1b[0000000000000000x", "x"}, /* no end in LIMIT_KEY_SEQUENCE bytes */
	    {"\x1b[\xffx", "x"},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		keys_of(rows[i].bytes, out);
		assert_string_equal(out, rows[i].keys);
	}
}

/* ---- wrapped text */

static void row_is(size_t row, const char *want)
{
	if (!bytes_eq_str(bytes_of(screen.text[row], screen.len[row]), want))
		fail_msg("row %zu is \"%.*s\", not \"%s\"", row, (int)screen.len[row], (const char *)screen.text[row],
			 want);
}

static void text_is_wrapped(void **state)
{
	struct sheet_box box = {.row = 2, .rows = 5, .column = 3, .columns = 10};

	(void)state;
	memset(&screen, 0, sizeof screen);
	sheet_text(&screen, 2, "ab");
	sheet_text(&screen, 3, "████ more");
	assert_int_equal(sheet_wrap(&screen, box, BYTES_LITERAL("one two three\n\nfourfivesixseven \033[2J")), 5);
	row_is(2, "ab one two");
	row_is(3, "███three");
	row_is(4, "   ");
	row_is(5, "   fourfivesi");
	row_is(6, "   xseven");
	row_is(7, ""); /* cut: no row of ours */
	box.rows = 1;
	assert_int_equal(sheet_wrap(&screen, box, BYTES_LITERAL("\033\xc2\x9b\xe2\x80\xae\xff")), 1);
	row_is(2, "ab ????");
	assert_int_equal(sheet_wrap(&screen, box, bytes_of(NULL, 0)), 0);
}

/* ---- questions */

static struct ask a;

static void ask(uint8_t kind, const char *text, const char *show)
{
	struct message_ASK m = {.kind = kind, .text = bytes_str(text), .show = bytes_str(show)};

	assert_int_equal(ask_take(&a, &m), ERR_OK);
}

static bool type(const char *keys)
{
	bool done = false;

	for (; *keys != 0 && !done; keys++)
		done = ask_key(&a, (uint8_t)*keys);
	assert_int_equal(*keys, 0);
	return done;
}

static void draws(bool covered)
{
	memset(&screen, 0, sizeof screen);
	ask_draw(&a, covered, &screen);
}

static bool screen_has(const char *text)
{
	for (size_t i = 0; i < SCREEN_ROWS; i++)
		if (bytes_find(bytes_of(screen.text[i], screen.len[i]), bytes_str(text)) < screen.len[i])
			return true;
	return false;
}

static int fresh(void **state)
{
	(void)state;
	memset(&a, 0, sizeof a);
	return 0;
}

static void a_secret_line_is_hidden(void **state)
{
	(void)state;
	ask(ASK_SECRET, "Passphrase of the site file:", "");
	assert_false(type("horse battery"));
	draws(false);
	row_is(3, "  Passphrase of the site file:");
	row_is(5, "  > (not shown)");
	assert_false(screen_has("horse"));
	type("\t");
	draws(false);
	row_is(5, "  > horse battery");
	draws(true); /* the serial line may be kept */
	row_is(5, "  > (not shown)");
	type("\t");
	draws(false);
	assert_false(screen_has("horse"));
	assert_true(type("\b\b\bX\r"));
	assert_true(bytes_eq_str(bytes_of(a.line, a.line_len), "horse battX"));
}

static void wiped(void)
{
	static const uint8_t zero[sizeof a];
	struct ask copy = a;

	copy.number = 0;
	assert_memory_equal(&copy, zero, sizeof zero);
}

static void an_answer_is_wiped(void **state)
{
	uint32_t number;

	(void)state;
	ask(ASK_SAY, "Wrong.", "");
	ask(ASK_SECRET, "Passphrase:", "");
	number = a.number;
	type("secret\t\r");
	ask_done(&a);
	wiped();
	assert_int_equal(a.number, number);
	ask(ASK_LINE, "Recipient:", "");
	type("visible");
	draws(false);
	row_is(5, "  > visible");
	ask(ASK_LINE, "Again:", ""); /* the next one takes its place */
	assert_int_equal(a.line_len, 0);
	assert_int_equal(a.line[0], 0);
	assert_true(a.number > number);
	type("xyz\x15");
	assert_int_equal(a.line[0], 0);
	assert_true(type("\r")); /* empty is an answer */
}

static void what_is_typed_has_bounds(void **state)
{
	(void)state;
	ask(ASK_LINE, "Recipient:", "");
	for (int i = 0; i < 2 * LIMIT_ANSWER; i++)
		assert_false(ask_key(&a, 'x'));
	assert_int_equal(a.line_len, LIMIT_ANSWER);
	draws(false);
	assert_true(screen_has("xxx"));
	for (int i = 0; i < 2 * LIMIT_ANSWER; i++)
		ask_key(&a, KEY_BACKSPACE);
	assert_int_equal(a.line_len, 0);
	type("a\xc3\xbc\b"); /* a character of two bytes is taken back whole */
	assert_true(bytes_eq_str(bytes_of(a.line, a.line_len), "a"));
	ask_done(&a);
	assert_false(ask_key(&a, '\r')); /* nothing is asked */
	wiped();
}

static void a_sentence_stays_above_the_next_question(void **state)
{
	(void)state;
	ask(ASK_SAY, "That passphrase is wrong.\nWait 2 seconds.", "");
	assert_false(a.open);
	draws(false);
	row_is(3, "  That passphrase is wrong.");
	row_is(4, "  Wait 2 seconds.");
	ask(ASK_SECRET, "Passphrase:", "");
	draws(false);
	row_is(3, "  That passphrase is wrong.");
	row_is(6, "  Passphrase:");
	row_is(8, "  >");
}

#define KEY "AGE-SECRET-KEY-PQ-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SWC8GKU"

static void what_is_shown_waits_for_yes(void **state)
{
	(void)state;
	ask(ASK_SHOW,
	    "The desk's secret key. It is shown once, and kept nowhere in this box: photograph it or write it down.",
	    KEY);
	draws(false);
	assert_true(screen_has("█"));
	assert_true(screen_has("AGE-SECRET-KEY-PQ-1"));
	assert_true(screen_has("Type yes"));
	assert_false(type("no\r"));
	assert_int_equal(a.line_len, 0);
	assert_true(type("yes\r"));
	assert_true(bytes_eq_str(bytes_of(a.line, a.line_len), "yes"));
	ask_done(&a);
	wiped();
	/* Too long for a code: the text alone. */
	fresh(NULL);
	ask(ASK_SHOW, "Look.",
	    "this is lower case and so long that no code of a size that fits on the screen has room for all of it, is "
	    "it");
	draws(false);
	assert_true(screen_has("this is lower case"));
}

static void hostile_questions_fit_the_page(void **state)
{
	static char text[LIMIT_ASK_TEXT + 1];
	static char show[LIMIT_ASK_SHOW + 1];

	(void)state;
	for (size_t i = 0; i < LIMIT_ASK_TEXT; i++)
		text[i] = (char)(i * 7 % 255 + 1);
	memset(show, 0x1b, LIMIT_ASK_SHOW);
	for (uint8_t kind = 0; kind < ASK_KIND_COUNT; kind++) {
		ask(ASK_SAY, text, "");
		ask(kind, text, show);
		draws(false);
		for (size_t i = 0; i < SCREEN_ROWS; i++)
			for (size_t k = 0; k < screen.len[i]; k++)
				assert_true(screen.text[i][k] >= ' ' && screen.text[i][k] != 127);
	}
	memset(text, '\n', LIMIT_ASK_TEXT);
	ask(ASK_SAY, text, "");
	ask(ASK_LINE, text, "");
	draws(false);
	assert_int_equal(ask_take(&a, &(struct message_ASK){.kind = ASK_KIND_COUNT}), ERR_FORMAT);
	assert_int_equal(a.kind, ASK_LINE);
}

/* ---- on the page, between the others */

static void escape_asks_whether_to_power_off(void **state)
{
	struct screen_state s = {.page = PAGE_START};
	enum console_order order;

	(void)state;
	assert_int_equal(ask_take(&s.ask, &(struct message_ASK){.kind = ASK_SECRET, .text = BYTES_LITERAL("?")}),
			 ERR_OK);
	assert_int_equal(keys_take(&s, 'p', &order), KEYS_NOTHING); /* a letter like others */
	assert_int_equal(s.page, PAGE_START);
	assert_int_equal(keys_take(&s, KEY_ESCAPE, &order), KEYS_NOTHING);
	assert_int_equal(s.page, PAGE_POWER_OFF);
	keys_take(&s, KEY_ESCAPE, &order);
	assert_int_equal(s.page, PAGE_START);
	assert_int_equal(s.ask.line_len, 1);
	assert_int_equal(keys_take(&s, KEY_ENTER, &order), KEYS_ANSWER);
	ask_done(&s.ask);
	keys_take(&s, 'r', &order); /* without a question, letters are keys */
	assert_int_equal(s.page, PAGE_REBOOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_become_keys),
	    cmocka_unit_test(text_is_wrapped),
	    cmocka_unit_test_setup(a_secret_line_is_hidden, fresh),
	    cmocka_unit_test_setup(an_answer_is_wiped, fresh),
	    cmocka_unit_test_setup(what_is_typed_has_bounds, fresh),
	    cmocka_unit_test_setup(a_sentence_stays_above_the_next_question, fresh),
	    cmocka_unit_test_setup(what_is_shown_waits_for_yes, fresh),
	    cmocka_unit_test_setup(hostile_questions_fit_the_page, fresh),
	    cmocka_unit_test(escape_asks_whether_to_power_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
