/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <string.h>

#include "base/fd.h"
#include "link/state.h"

#define RECIPIENT "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
#define PROOF     "00000000000000000000000000000000000000000000000000000000000000ff"

#define HEAD "courier-state 1\nrecipient " RECIPIENT "\nproof " PROOF "\nword none\nlast 0\nmuted no\nday 1970-01-01\n"
#define FULL_HEAD                                                                                                      \
	"courier-state 1\nrecipient " RECIPIENT "\nproof " PROOF "\nword 65535\nlast 4096\nmuted yes\nday "            \
	"2026-11-21\n"

static enum err read_text(const char *text, struct state *s)
{
	return state_get(bytes_str(text), s);
}

static void a_state_is_read_as_it_was_written(void **unused)
{
	static const char text[] = FULL_HEAD "message 2026-11-19 answered\nmessage 2026-11-20 collected\n"
					     "message 2026-11-21 stored\nreply 0001\nreply a-b\nend\n";
	uint8_t storage[LIMIT_STATE];
	struct buf out = buf_over(storage, sizeof storage);
	struct state s;

	(void)unused;
	assert_int_equal(read_text(text, &s), ERR_OK);
	assert_true(bytes_eq_str(s.recipient, RECIPIENT));
	assert_int_equal(s.proof_hash[30], 0);
	assert_int_equal(s.proof_hash[31], 0xff);
	assert_int_equal(s.word, 65535);
	assert_int_equal(s.last, LIMIT_MESSAGES);
	assert_true(s.muted);
	assert_int_equal(s.day, 20778);
	assert_int_equal(s.message_count, 3);
	assert_int_equal(s.messages[0].day, 20776);
	assert_int_equal(s.messages[0].receipt, RECEIPT_ANSWERED);
	assert_int_equal(s.messages[1].receipt, RECEIPT_COLLECTED);
	assert_int_equal(s.messages[2].receipt, RECEIPT_STORED);
	assert_int_equal(s.reply_count, 2);
	assert_true(bytes_eq_str(s.replies[0], "0001"));
	assert_true(bytes_eq_str(s.replies[1], "a-b"));
	state_put(&out, &s);
	assert_true(bytes_eq_str(buf_view(&out), text));

	assert_int_equal(read_text(HEAD "end\n", &s), ERR_OK);
	assert_int_equal(s.word | s.last | s.day | s.message_count | s.reply_count, 0);
	assert_false(s.muted);
}

static void anything_else_is_refused(void **unused)
{
	static const char *const wrong[] = {
	    "",
	    "courier-state 1\n",
	    HEAD,
	    HEAD "end",
	    HEAD "end\n\n",
	    HEAD "end\nend\n",
	    " " HEAD "end\n",
	    HEAD "reply r\nmessage 2026-11-21 stored\nend\n",
	    HEAD "message 2026-11-21\nend\n",
	    HEAD "message 2026-11-21 stored \nend\n",
	    HEAD "message 2026-11-21 lost\nend\n",
	    HEAD "message 2026-11-31 stored\nend\n",
	    HEAD "message 2026-11-21stored\nend\n",
	    HEAD "reply \nend\n",
	    HEAD "reply ../x\nend\n",
	    HEAD "reply A\nend\n",
	    HEAD "reply 123456789012345678901234567890123\nend\n",
	    HEAD "word none\nend\n",
	    "courier-state 2\nrecipient " RECIPIENT "\nproof " PROOF
	    "\nword none\nlast 0\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age2x\nproof " PROOF "\nword none\nlast 0\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1X\nproof " PROOF "\nword none\nlast 0\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1x\nproof 00\nword none\nlast 0\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1x\nproof " PROOF "\nword 0\nlast 0\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1x\nproof " PROOF "\nword 65536\nlast 0\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1x\nproof " PROOF "\nword none\nlast 4097\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1x\nproof " PROOF "\nword none\nlast 01\nmuted no\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1x\nproof " PROOF "\nword none\nlast 0\nmuted maybe\nday 1970-01-01\nend\n",
	    "courier-state 1\nrecipient age1x\nproof " PROOF "\nword none\nlast 0\nmuted no\nday 1970-1-1\nend\n",
	    "courier-state 1\r\nrecipient age1x\nproof " PROOF "\nword none\nlast 0\nmuted no\nday 1970-01-01\nend\n",
	};
	struct state s = {.word = 7};

	(void)unused;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (read_text(wrong[i], &s) == ERR_OK)
			fail_msg("taken: %s", wrong[i]);
	assert_int_equal(s.word, 7);
	assert_int_equal(state_get(bytes_of(FULL_HEAD "end\n\0", sizeof FULL_HEAD "end\n"), &s), ERR_FORMAT);
}

/* Every line at its longest, and as many as there may be; one more is refused. */
static void the_longest_fits(void **unused)
{
	static char recipient[LIMIT_RECIPIENT_TEXT + 1] = "age1";
	static uint8_t storage[2 * LIMIT_STATE];
	struct buf out = buf_over(storage, LIMIT_STATE);
	struct state s = {.word = UINT16_MAX, .last = LIMIT_MESSAGES, .muted = true, .day = 2932896};
	struct bytes name = BYTES_LITERAL("12345678901234567890123456789012");
	struct state read;

	(void)unused;
	memset(recipient + 4, 'q', LIMIT_RECIPIENT_TEXT - 4);
	s.recipient = bytes_str(recipient);
	assert_int_equal(name.n, LIMIT_REPLY_NAME);
	for (; s.message_count < LIMIT_HISTORY; s.message_count++)
		s.messages[s.message_count] = (struct state_message){2932896, RECEIPT_COLLECTED};
	for (; s.reply_count < LIMIT_STATE_REPLIES; s.reply_count++)
		s.replies[s.reply_count] = name;
	state_put(&out, &s);
	assert_false(out.failed);
	assert_int_equal(state_get(buf_view(&out), &read), ERR_OK);
	assert_int_equal(read.message_count, LIMIT_HISTORY);
	assert_int_equal(read.reply_count, LIMIT_STATE_REPLIES);
	out.len -= 4;
	buf_str(&out, "reply r\nend\n");
	assert_int_equal(state_get(buf_view(&out), &read), ERR_TOO_BIG);
	s.reply_count = 0;
	s.message_count = LIMIT_HISTORY - 1;
	out.len = 0;
	state_put(&out, &s);
	out.len -= 4;
	buf_str(&out, "message 2026-11-21 stored\nmessage 2026-11-21 stored\nend\n");
	assert_int_equal(state_get(buf_view(&out), &read), ERR_TOO_BIG);
	assert_int_equal(state_get(bytes_of(storage, LIMIT_STATE + 1), &read), ERR_TOO_BIG);
}

static void a_broken_one_is_refused_at_every_byte(void **unused)
{
	static char text[] = FULL_HEAD "message 2026-11-19 answered\nreply 0001\nend\n";
	struct state s;

	(void)unused;
	for (size_t n = 0; n < sizeof text - 1; n++)
		assert_int_not_equal(state_get(bytes_of(text, n), &s), ERR_OK);
	/* A byte no line has. */
	for (size_t n = 0; n < sizeof text - 1; n++) {
		char before = text[n];
		text[n] = 'G';
		assert_int_not_equal(read_text(text, &s), ERR_OK);
		text[n] = before;
	}
	assert_int_equal(read_text(text, &s), ERR_OK);
}

static void days_are_read_as_they_are_written(void **unused)
{
	static const char *const wrong[] = {"1969-12-31", "2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
					    "2026-1-001", "2026-01-1",  "",           "2026-01-011"};
	uint8_t text[10];
	uint32_t day = 5;

	(void)unused;
	for (uint32_t d = 0; d <= 2932896; d += d < 40000 ? 1 : 997) {
		clock_day_text(d, text);
		assert_int_equal(clock_day_parse(BYTES_ARRAY(text), &day), ERR_OK);
		assert_int_equal(day, d);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(clock_day_parse(bytes_str(wrong[i]), &day), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_state_is_read_as_it_was_written),
	    cmocka_unit_test(anything_else_is_refused),
	    cmocka_unit_test(the_longest_fits),
	    cmocka_unit_test(a_broken_one_is_refused_at_every_byte),
	    cmocka_unit_test(days_are_read_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
