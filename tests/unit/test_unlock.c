/* SPDX-License-Identifier: GPL-3.0-or-later
 * The interview at the start: a sealed file opened by its passphrase, a box without a file, every file that opens none.
 * A child plays the console from a script. */
#include "site_fixture.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "start/built.h"
#include "crypto/crypto.h"
#include "link/channel.h"
#include "onion/access.h"
#include "site/sealed.h"
#include "unlock/date.h"
#include "unlock/ephemeral.h"
#include "unlock/opening.h"
#include "unlock/parts.h"

#define PHRASE "correct horse battery staple"

/* What the console is asked, in order, and what the operator does. */
struct line {
	enum ask_kind kind;
	const char *says;    /* NULL: the console dies before */
	const char *answers; /* NULL: it dies now; not of ASK_SAY */
};

static struct interview interview;
static pid_t console;

static void play(int fd, const struct line *script, size_t count, int shown)
{
	static uint8_t storage[LIMIT_MESSAGE];
	struct message_ASK m;
	struct incoming in;

	for (size_t i = 0; i < count; i++) {
		struct buf out = buf_over(storage, sizeof storage);
		struct message_ANSWER answer = {.text = {NULL, 0}};

		if (script[i].says == NULL)
			_exit(0);
		if (channel_receive(fd, 1u << ROLE_UNLOCK, ROLE_CONSOLE, STATE_UP, storage, DEADLINE_NONE, &in) !=
			ERR_OK ||
		    message_get_ASK(in.fields, &m) != ERR_OK || m.kind != script[i].kind ||
		    bytes_find(m.text, bytes_str(script[i].says)) == m.text.n)
			_exit((int)i + 1);
		if (m.kind == ASK_SHOW && (m.show.n == 0 || write(shown, m.show.p, m.show.n) != (ssize_t)m.show.n))
			_exit((int)i + 1);
		if (m.kind == ASK_SHOW && write(shown, "\n", 1) != 1)
			_exit((int)i + 1);
		if (m.kind == ASK_SAY)
			continue;
		if (script[i].answers == NULL)
			_exit(0);
		answer.text = bytes_str(script[i].answers);
		message_put_ANSWER(&out, &answer);
		if (channel_send(fd, &out, NULL, 0, DEADLINE_NONE) != ERR_OK)
			_exit((int)i + 1);
	}
	/* Nothing more is asked. */
	_exit(channel_receive(fd, 1u << ROLE_UNLOCK, ROLE_CONSOLE, STATE_UP, storage, DEADLINE_NONE, &in) == ERR_END
		  ? 0
		  : 100);
}

static int show_pipe[2] = {-1, -1};

static void console_begins(const struct line *script, size_t count)
{
	int ends[2];

	assert_int_equal(channel_pair(ends), ERR_OK);
	assert_int_equal(pipe(show_pipe), 0);
	console = fork();
	assert_true(console >= 0);
	if (console == 0) {
		close(ends[0]);
		play(ends[1], script, count, show_pipe[1]);
	}
	close(ends[1]);
	close(show_pipe[1]);
	interview.console = ends[0];
}

static void console_ends(void)
{
	int status;

	close(interview.console);
	interview.console = -1;
	close(show_pipe[0]);
	assert_int_equal(waitpid(console, &status, 0), console);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0); /* else: the line of the script, from 1 */
}

#define SCRIPT(...)                                                                                                    \
	static const struct line script[] = {__VA_ARGS__};                                                             \
	console_begins(script, sizeof script / sizeof script[0])

static char text[16384], sealed[16384 + 4096];
static uint8_t medium[16384 + 4096];
static struct site site;
static struct site_fault fault;

static enum err take(struct bytes file)
{
	memcpy(medium, file.p, file.n);
	return opening_take(medium, file.n, &interview, &site, &fault);
}

static struct bytes sealed_file(struct bytes plain)
{
	struct buf out = buf_over(sealed, sizeof sealed);

	assert_int_equal(sealed_seal(plain, BYTES_LITERAL(PHRASE), &out), ERR_OK);
	return buf_view(&out);
}

static void a_sealed_file_is_asked_for(void **state)
{
	struct bytes file = sealed_file(bytes_of(text, make_text(text, sizeof text)));

	(void)state;
	SCRIPT({ASK_SECRET, "passphrase", "something else"}, {ASK_SAY, "Opening", NULL},
	       {ASK_SAY, "not the passphrase. The next try is in 1 second.", NULL}, {ASK_SECRET, "passphrase", PHRASE},
	       {ASK_SAY, "Opening", NULL});
	assert_int_equal(take(file), ERR_OK);
	assert_int_equal(site.desk_count, 2);
	console_ends();
}

static void a_console_that_goes_is_the_end(void **state)
{
	struct bytes file = sealed_file(bytes_of(text, make_text(text, sizeof text)));

	(void)state;
	{
		SCRIPT({ASK_SECRET, "passphrase", NULL});
		assert_int_equal(take(file), ERR_END);
		console_ends();
	}
	{
		/* also while nothing is asked */
		SCRIPT({ASK_SECRET, "passphrase", "wrong"}, {ASK_SAY, "Opening", NULL},
		       {ASK_SAY, "not the passphrase", NULL}, {ASK_SAY, NULL, NULL});
		assert_int_equal(take(file), ERR_END);
		console_ends();
	}
	/* none at all */
	assert_int_equal(take(file), ERR_UNSUPPORTED);
	assert_non_null(strstr(fault.sentence, "no console"));
}

static void a_time_as_it_is_typed(void **state)
{
	static const char *const none[] = {"",
					   "2026",
					   "2026-11-2",
					   "2026-11-21 24:00",
					   "2026-11-21 1:00",
					   "2026-02-30",
					   "2026-11-21T10:00",
					   "2026-11-21 10-00",
					   "2026-11-21 10:60",
					   "1 2026-11-21",
					   "26-11-21",
					   "2026-11-21 10:001",
					   "2026-11-21 10:00:00"};
	int64_t s = 7;

	(void)state;
	assert_int_equal(date_parse(bytes_str(" 2026-11-21 "), &s), ERR_OK);
	assert_int_equal(s, 1795219200);
	assert_int_equal(date_parse(bytes_str("2026-11-21 23:59"), &s), ERR_OK);
	assert_int_equal(s, 1795219200 + 86400 - 60);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_int_equal(date_parse(bytes_str(none[i]), &s), ERR_FORMAT);
	assert_int_equal(s, 1795219200 + 86400 - 60);
}

static void a_clock_that_lost_the_time(void **state)
{
	uint8_t day[10];
	char said[17] = {0};
	int64_t s = 7;

	(void)state;
	clock_day_text((uint32_t)(built_unix_s / 86400) + 1, day);
	memcpy(said, day, sizeof day);
	memcpy(said + 10, " 10:30", 6);
	{
		static struct line script[] = {{ASK_LINE, "lost the time", "yesterday"},  {ASK_SAY, "not a time", NULL},
					       {ASK_LINE, "lost the time", "2001-01-01"}, {ASK_SAY, "can't be", NULL},
					       {ASK_LINE, "lost the time", "2999-01-01"}, {ASK_SAY, "can't be", NULL},
					       {ASK_LINE, "lost the time", NULL}};
		script[6].answers = said;
		console_begins(script, sizeof script / sizeof script[0]);
		assert_int_equal(date_ask(&interview, &s), ERR_OK);
		assert_int_equal(s, (built_unix_s / 86400 + 1) * 86400 + 10 * 3600 + 30 * 60);
		console_ends();
	}
	{
		SCRIPT({ASK_LINE, "lost the time", ""});
		assert_int_equal(date_ask(&interview, &s), ERR_NOT_FOUND);
		console_ends();
	}
	{
		SCRIPT({ASK_LINE, "lost the time", NULL});
		assert_int_equal(date_ask(&interview, &s), ERR_END);
		console_ends();
	}
	assert_int_equal(date_ask(&interview, &s), ERR_STATE);
}

static void what_opens_no_box_is_said(void **state)
{
	static const struct {
		const char *file;
		enum err e;
		const char *says;
	} files[] = {
	    {"", ERR_NOT_FOUND, "no site file"},
	    {"courier-stick 0000000001\nx", ERR_FORMAT, "boot medium is damaged"},
	    {"age-encryption.org/v1\n", ERR_FORMAT, "damaged or cut off"},
	    {"age-encryption.org/v3\n", ERR_UNSUPPORTED, "another version"},
	    {"courier-site 2\n", ERR_UNSUPPORTED, "another version"},
	    {"courier-site 1\nephemeral = yes\n", ERR_END, "cut off"},
	    {"courier-site 1\nephemeral = yes\nsalt = AAAA\nend\n", ERR_FORMAT, "makes this itself"},
	    {"\x7f"
	     "ELF\n",
	     ERR_FORMAT, "first line"},
	};
	static const struct site zero;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		assert_int_equal(take(bytes_str(files[i].file)), files[i].e);
		assert_non_null(strstr(fault.sentence, files[i].says));
		assert_memory_equal(&site, &zero, sizeof site);
	}
}

static void a_plain_file_must_say_so(void **state)
{
	struct bytes plain = bytes_of(text, make_text(text, sizeof text));
	char *line;

	(void)state;
	assert_int_equal(take(plain), ERR_OK);
	assert_true(site.unattended);
	line = strstr(text, "unattended = yes");
	assert_non_null(line);
	memcpy(line, "unattended = no ", 16);
	assert_int_equal(take(plain), ERR_UNSUPPORTED);
	assert_non_null(strstr(fault.sentence, "not sealed"));
	/* Sealed it may say what it likes: who typed the passphrase is there. */
	memcpy(line, "unattended = yes", 16);
	{
		struct bytes file = sealed_file(plain);
		SCRIPT({ASK_SECRET, "passphrase", PHRASE}, {ASK_SAY, "Opening", NULL});
		assert_int_equal(take(file), ERR_OK);
		assert_false(site.unattended);
		console_ends();
	}
}

/* ---- without a file */

static void assert_a_whole_box(void)
{
	static uint8_t part[LIMIT_SITE_PART];

	for (size_t i = 0; i < site_part_role_count; i++) {
		struct buf out = buf_over(part, sizeof part);
		assert_int_equal(site_part(&site, site_part_roles[i], &out), ERR_OK);
	}
	assert_int_equal(onion_address_check(BYTES_ARRAY(site.source_address)), ERR_OK);
	assert_int_equal(onion_client_check(site.desks[0].client), ERR_OK);
}

static struct bytes shown_lines(void)
{
	static uint8_t storage[512];
	struct buf all = buf_over(storage, sizeof storage);
	ssize_t n;

	while ((n = read(show_pipe[0], all.p + all.len, all.cap - all.len)) > 0)
		all.len += (size_t)n;
	return buf_view(&all);
}

static void a_box_without_a_file(void **state)
{
	struct age_identity identity;
	struct age_recipient r;
	uint8_t key[32], hash[32], storage[100];
	struct buf line = buf_over(storage, sizeof storage);
	struct bytes shown, one;
	struct access access;

	(void)state;
	{
		SCRIPT({ASK_LINE, "no keys", "what?"}, {ASK_LINE, "no keys", "yes"}, {ASK_LINE, "name", "\xff"},
		       {ASK_LINE, "one line of 1 to 80", ""}, {ASK_LINE, "recipient", "age1xyz"},
		       {ASK_LINE, "not an age recipient", ""}, {ASK_SHOW, "opens every message", "yes"},
		       {ASK_SHOW, "desk add", "yes"});
		assert_int_equal(take(BYTES_LITERAL("")), ERR_NOT_FOUND);
		assert_int_equal(ephemeral_make(&interview, &site, &fault), ERR_OK);
		close(interview.console);
		interview.console = -1;
		shown = shown_lines();
		console_ends();
	}
	assert_a_whole_box();
	assert_true(bytes_eq_str(site.name, "Silent Courier") && site.upload_max == LIMIT_UPLOAD_DEFAULT);
	/* What was shown opens what is sealed, and lets the desk in. */
	assert_true(bytes_split(&shown, '\n', &one));
	assert_int_equal(age_identity_parse(one, &identity), ERR_OK);
	age_identity_recipient(&identity, &r);
	age_recipient_text(&line, &r);
	assert_true(bytes_eq(buf_view(&line), site.desks[0].recipients[0]));
	assert_true(bytes_split(&shown, '\n', &one));
	assert_int_equal(access_parse(one, &access), ERR_OK);
	x25519_base(access.client_key, key);
	line = buf_over(storage, sizeof storage);
	onion_client_line(&line, key);
	assert_true(bytes_eq(buf_view(&line), site.desks[0].client));
	sha256(BYTES_ARRAY(access.token), hash);
	assert_memory_equal(hash, site.desks[0].token_hash, sizeof hash);
	ephemeral_wipe();
}

static void a_file_without_keys(void **state)
{
	static char config[1024];
	struct buf out = buf_over(config, sizeof config);

	(void)state;
	make_site(&site); /* for its recipients */
	buf_str(&out, "courier-site 1\nephemeral = yes\nname = The Post\ntopic = A\ntor = TestingTorNetwork 1\nend\n");
	{
		SCRIPT({ASK_LINE, "no keys", "yes"}, {ASK_LINE, "recipient", recipients[0]},
		       {ASK_SHOW, "desk add", "yes"});
		assert_int_equal(take(buf_view(&out)), ERR_NOT_FOUND);
		assert_int_equal(ephemeral_make(&interview, &site, &fault), ERR_OK);
		console_ends();
	}
	assert_a_whole_box();
	assert_true(bytes_eq_str(site.name, "The Post") && site.torrc_count == 1 && site.topic_count == 1);
	assert_true(bytes_eq_str(site.desks[0].recipients[0], recipients[0]));
	/* Nobody there to ask. */
	assert_int_equal(take(buf_view(&out)), ERR_NOT_FOUND);
	assert_int_equal(ephemeral_make(&interview, &site, &fault), ERR_STATE);
	assert_non_null(strstr(fault.sentence, "no console"));
}

static void access_codes(void **state)
{
	uint8_t storage[ACCESS_TEXT_LEN], spaced[ACCESS_TEXT_LEN + 8];
	struct buf line = buf_over(storage, sizeof storage);
	struct buf wide = buf_over(spaced, sizeof spaced);
	struct access a, b;

	(void)state;
	access_new(&b);
	access_text(&line, &b);
	assert_int_equal(access_parse(buf_view(&line), &a), ERR_OK);
	assert_memory_equal(&a, &b, sizeof a);
	/* Not drawn: of 65,536 slips one fits the check. */
	a = (struct access){{1}, {2}};
	line = buf_over(storage, sizeof storage);
	access_text(&line, &a);
	assert_true(!line.failed && line.len == ACCESS_TEXT_LEN);
	for (size_t i = 0; i < ACCESS_TEXT_LEN; i++) {
		if (i > 0 && i % 20 == 0)
			buf_byte(&wide, ' ');
		buf_byte(&wide, i % 2 == 0 && storage[i] > '9' ? storage[i] | 0x20 : storage[i]);
	}
	assert_int_equal(access_parse(buf_view(&wide), &b), ERR_OK);
	assert_memory_equal(&a, &b, sizeof a);
	assert_int_equal(access_parse(bytes_of(storage, ACCESS_TEXT_LEN - 1), &b), ERR_FORMAT);
	for (size_t i = 0; i < ACCESS_TEXT_LEN - 1; i += 7) {
		storage[i] = storage[i] == 'A' ? 'B' : 'A';
		assert_int_equal(access_parse(BYTES_ARRAY(storage), &b), ERR_FORMAT);
		line = buf_over(storage, sizeof storage);
		access_text(&line, &a);
	}
}

static int prepare(void **state)
{
	(void)state;
	interview.console = -1;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sealed_file_is_asked_for),
	    cmocka_unit_test(a_console_that_goes_is_the_end),
	    cmocka_unit_test(what_opens_no_box_is_said),
	    cmocka_unit_test(a_time_as_it_is_typed),
	    cmocka_unit_test(a_clock_that_lost_the_time),
	    cmocka_unit_test(a_plain_file_must_say_so),
	    cmocka_unit_test(a_box_without_a_file),
	    cmocka_unit_test(a_file_without_keys),
	    cmocka_unit_test(access_codes),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
