/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <string.h>

#include "tor/control.h"

#define NAME_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad"
#define NAME_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbd"
#define NAME_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccd"

/* ---- the reader */

static void lines_come_whole_however_they_are_cut(void **state)
{
	static const char text[] = "250 OK\r\n\r\n650 X\r\n";
	static const char *const want[] = {"250 OK", "", "650 X"};

	(void)state;
	for (size_t cut = 1; cut < sizeof text; cut++) {
		static struct control_reader r;
		size_t found = 0;

		memset(&r, 0, sizeof r);
		for (size_t at = 0; at < sizeof text - 1; at += cut) {
			struct bytes in = bytes_first(bytes_of(text + at, sizeof text - 1 - at), cut);
			struct bytes line;
			while (control_next_line(&r, &in, &line) == ERR_OK)
				assert_true(found < 3 && bytes_eq_str(line, want[found++]));
		}
		assert_int_equal(found, 3);
	}
}

static void lines_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {{"250 OK\n", 7}, {"250\r OK\r\n", 9}, {"250 \0K\r\n", 8}};
	static struct control_reader r;
	static uint8_t large[CONTROL_LINE_MAX + 1];
	struct bytes in;
	struct bytes line;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		memset(&r, 0, sizeof r);
		in = bytes_of(rows[i].text, rows[i].n);
		assert_int_equal(control_next_line(&r, &in, &line), ERR_FORMAT);
	}
	memset(&r, 0, sizeof r);
	memset(large, 'x', sizeof large);
	in = bytes_of(large, sizeof large - 1);
	assert_int_equal(control_next_line(&r, &in, &line), ERR_END);
	in = bytes_of(large, 1);
	assert_int_equal(control_next_line(&r, &in, &line), ERR_TOO_BIG);
}

/* ---- the lines */

static void say(struct control_state *s, const char *line)
{
	assert_int_equal(control_line(s, NULL, bytes_str(line)), ERR_OK);
}

static void start(struct control_state *s)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	control_put_start(s, &b);
	assert_false(b.failed);
}

static void bootstrap_is_followed(void **state)
{
	struct control_state s = {0};

	(void)state;
	start(&s);
	say(&s, "250 OK");
	say(&s, "250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=14 TAG=handshake SUMMARY=\"Handshaking\"");
	assert_int_equal(s.bootstrap, 14);
	say(&s, "250 OK");
	say(&s, "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=\"Done\"");
	assert_int_equal(s.bootstrap, 100);
	say(&s, "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=101 TAG=x"); /* more than all is nothing */
	say(&s, "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=-1 TAG=x");
	say(&s, "650 STATUS_CLIENT NOTICE BOOTSTRAP TAG=\"PROGRESS=3\" SUMMARY=\" PROGRESS=5 \"");
	say(&s, "650 STATUS_SERVER NOTICE BOOTSTRAP PROGRESS=7");
	say(&s, "650 STATUS_CLIENT NOTICE");
	say(&s, "650 ");
	assert_int_equal(s.bootstrap, 100);
}

static void a_complaint_about_the_clock_holds_until_tor_works(void **state)
{
	struct control_state s = {0};

	(void)state;
	say(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-7200 SOURCE=DIRSERV:10.99.0.1:7000");
	assert_int_equal(s.skew_s, -7200);
	say(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW MIN_SKEW=100000 SOURCE=CONSENSUS");
	assert_int_equal(s.skew_s, 100000);
	say(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=99999999999999999999 SOURCE=X");
	assert_int_equal(s.skew_s, 100000);
	say(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9999999999 SOURCE=X");
	assert_int_equal(s.skew_s, -2000000000);
	say(&s, "650 STATUS_CLIENT NOTICE CIRCUIT_ESTABLISHED");
	assert_int_equal(s.skew_s, 0);
}

static bool witness(struct control_state *s, const char *line, int32_t *ahead_s, uint8_t who[static 16])
{
	bool has;

	s->has_witness = false;
	say(s, line);
	has = s->has_witness;
	*ahead_s = s->witness_ahead_s;
	memcpy(who, s->witness, 16);
	return has;
}

static void who_spoke_of_the_clock(void **state)
{
	struct control_state s = {0};
	uint8_t first[16];
	uint8_t other[16];
	int32_t ahead;

	(void)state;
	assert_true(
	    witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-7200 SOURCE=OR:10.99.0.1:7000", &ahead, first));
	assert_int_equal(ahead, -7200);
	/* Another port, or another way there, is the same relay; another address is not. */
	assert_true(
	    witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=60 SOURCE=DIRSERV:10.99.0.1:80", &ahead, other));
	assert_int_equal(ahead, 60);
	assert_memory_equal(first, other, 16);
	assert_true(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=60 SOURCE=OR:10.99.0.11:7000", &ahead, other));
	assert_memory_not_equal(first, other, 16);
	assert_true(
	    witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=60 SOURCE=OR:[2001:db8::1]:7000", &ahead, first));
	assert_true(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=60 SOURCE=OR:[2001:db8::1]:9", &ahead, other));
	assert_memory_equal(first, other, 16);
	assert_true(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW MIN_SKEW=-9 SOURCE=CONSENSUS", &ahead, first));
	assert_true(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9 SOURCE=CONSENSUS", &ahead, other));
	assert_memory_equal(first, other, 16);
	assert_false(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9 SOURCE=CONSENSUS2", &ahead, first));
	assert_false(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9 SOURCE=NETWORKSTATUS", &ahead, first));
	assert_false(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9 SOURCE=OR:", &ahead, first));
	assert_false(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9 SOURCE=OR::80", &ahead, first));
	assert_false(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9 SOURCE=OR", &ahead, first));
	assert_false(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=x SOURCE=OR:1.2.3.4:5", &ahead, first));
	assert_false(witness(&s, "650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=-9", &ahead, first));
}

static void a_service_is_published_when_half_of_its_directories_have_it(void **state)
{
	struct control_state s = {0};

	(void)state;
	for (int i = 0; i < 5; i++)
		say(&s, "650 HS_DESC UPLOAD " NAME_A " UNKNOWN $00~relay descriptor HSDIR_INDEX=00");
	say(&s, "650 HS_DESC UPLOADED " NAME_A " UNKNOWN $00~relay");
	say(&s, "650 HS_DESC FAILED " NAME_A " UNKNOWN $00~relay REASON=UPLOAD_REJECTED");
	say(&s, "650 HS_DESC UPLOADED " NAME_A " UNKNOWN $00~relay");
	assert_int_equal(control_published(&s), 0);
	say(&s, "650 HS_DESC UPLOADED " NAME_A " UNKNOWN $00~relay");
	assert_int_equal(control_published(&s), 1);
	say(&s, "650 HS_DESC UPLOAD " NAME_A " UNKNOWN $00~relay descriptor HSDIR_INDEX=00"); /* the next round */
	assert_int_equal(control_published(&s), 1);
	say(&s, "650 HS_DESC UPLOAD " NAME_B " UNKNOWN $00~relay descriptor HSDIR_INDEX=00");
	say(&s, "650 HS_DESC UPLOADED " NAME_B " UNKNOWN $00~relay");
	assert_int_equal(control_published(&s), 2);
	say(&s, "650 HS_DESC UPLOAD " NAME_C " UNKNOWN $00~relay"); /* there is no third */
	say(&s, "650 HS_DESC UPLOADED " NAME_C " UNKNOWN $00~relay");
	say(&s, "650 HS_DESC UPLOADED short UNKNOWN $00~relay");
	assert_int_equal(control_published(&s), 2);
}

static void data_is_let_pass_whatever_it_says(void **state)
{
	struct control_state s = {0};

	(void)state;
	say(&s, "250+config-text=");
	say(&s, "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=50 TAG=x");
	say(&s, "anything");
	say(&s, ".");
	assert_int_equal(s.bootstrap, 0);
	say(&s, "650 STATUS_CLIENT NOTICE BOOTSTRAP PROGRESS=50 TAG=x");
	assert_int_equal(s.bootstrap, 50);
}

static void what_is_no_line_of_the_protocol_changes_nothing(void **state)
{
	static const char *const lines[] = {"", "650", "abc d", "150 x", "750 x", "65 0x", "6500 x", "650=x", "6a0 x"};
	struct control_state s = {.bootstrap = 9};
	struct control_state before = s;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		assert_int_equal(control_line(&s, NULL, bytes_str(lines[i])), ERR_FORMAT);
	assert_memory_equal(&s, &before, sizeof s);
}

static void commands_are_whole_lines(void **state)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	struct control_state s = {0};

	(void)state;
	assert_int_equal(control_put_close_circuit(&s, &b, UINT32_MAX), ERR_OK);
	assert_true(bytes_eq_str(buf_view(&b), "CLOSECIRCUIT 4294967295\r\n"));
	b = buf_over(storage, sizeof storage);
	control_put_start(&s, &b);
	assert_true(
	    bytes_eq_str(buf_view(&b),
			 "SETEVENTS STATUS_CLIENT STATUS_GENERAL HS_DESC GUARD\r\nGETINFO status/bootstrap-phase\r\n"));
}

/* ---- which answer is whose */

static void ask(struct control_state *s, bool puts)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	control_put_ask(s, &b);
	assert_true(bytes_eq_str(buf_view(&b), puts ? "GETINFO version\r\n" : ""));
}

static enum err close_circuit(struct control_state *s)
{
	uint8_t storage[CONTROL_COMMAND_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	return control_put_close_circuit(s, &b, 77);
}

static void each_answer_is_the_oldest_commands(void **state)
{
	struct control_state s = {0};

	(void)state;
	start(&s);
	assert_int_equal(close_circuit(&s), ERR_OK);
	ask(&s, true);
	ask(&s, false); /* one answer is enough for both */
	assert_int_equal(s.asked_count, 4);
	say(&s, "250 OK");
	say(&s, "250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=14 TAG=handshake");
	say(&s, "650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED"); /* no answer */
	assert_int_equal(s.asked_count, 3);
	say(&s, "250 OK");
	say(&s, "552-Unknown circuit");
	assert_int_equal(s.asked_count, 2);
	say(&s, "552 \"77\"");
	assert_int_equal(s.asked_count, 1);
	assert_false(s.answered);
	say(&s, "250-version=0.4.9.11");
	say(&s, "250 OK");
	assert_true(s.answered);
	assert_int_equal(s.asked_count, 0);
	say(&s, "250 OK");
	say(&s, "552 nobody asked");
	assert_int_equal(s.asked_count, 0);
	ask(&s, true);
}

static void what_nobody_asked_is_nobodys_answer(void **state)
{
	struct control_state s = {0};

	(void)state;
	ask(&s, true);
	say(&s, "250+circuit-status=");
	say(&s, "250-version=0.4.9.11"); /* data */
	say(&s, ".");
	say(&s, "250 OK");
	say(&s, "250-circuit-status=");
	say(&s, "250 OK");
	say(&s, "250 OK"); /* a GETINFO is not answered without its data */
	assert_int_equal(s.asked_count, 1);
	assert_false(s.answered);
	say(&s, "250-version=0.4.9.11");
	say(&s, "250 OK");
	assert_true(s.answered);
	assert_int_equal(s.asked_count, 0);
}

static void tor_may_owe_so_many_answers(void **state)
{
	struct control_state s = {0};

	(void)state;
	for (size_t i = 0; i < LIMIT_TOR_ASKED - 4; i++)
		assert_int_equal(close_circuit(&s), ERR_OK);
	assert_int_equal(close_circuit(&s), ERR_BUSY);
	start(&s); /* there is room for torctl's own */
	ask(&s, true);
	assert_int_equal(s.asked_count, LIMIT_TOR_ASKED - 1);
	for (size_t i = 0; i < LIMIT_TOR_ASKED - 4; i++)
		say(&s, i % 2 == 0 ? "552 Unknown circuit" : "250 OK");
	assert_int_equal(s.asked_count, 3);
	assert_int_equal(close_circuit(&s), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_come_whole_however_they_are_cut),
	    cmocka_unit_test(lines_that_are_none_are_refused),
	    cmocka_unit_test(bootstrap_is_followed),
	    cmocka_unit_test(a_complaint_about_the_clock_holds_until_tor_works),
	    cmocka_unit_test(who_spoke_of_the_clock),
	    cmocka_unit_test(a_service_is_published_when_half_of_its_directories_have_it),
	    cmocka_unit_test(data_is_let_pass_whatever_it_says),
	    cmocka_unit_test(what_is_no_line_of_the_protocol_changes_nothing),
	    cmocka_unit_test(commands_are_whole_lines),
	    cmocka_unit_test(each_answer_is_the_oldest_commands),
	    cmocka_unit_test(what_nobody_asked_is_nobodys_answer),
	    cmocka_unit_test(tor_may_owe_so_many_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
