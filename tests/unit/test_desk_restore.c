/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk knows of its conversations beyond their messages: states, restarts of the box, what is gone; and what it
 * tells the box: wishes, replies, tokens. */
#include "desk_box.h"

#include <sys/statvfs.h>

#include <fcntl.h>

#include "deskfolder/boxkeys.h"
#include "inbox/inbox.h"
#include "deskfolder/outbox.h"
#include "link/state.h"
#include "tar/reader.h"
#include "workstation/files.h"

#define C "conversations/"

static char state_text[LIMIT_STATE + 1];

/* In place of the C library's. */
static bool disk_is_full;

int statvfs(const char *restrict path, struct statvfs *restrict disk)
{
	(void)path;
	*disk = (struct statvfs){.f_frsize = 4096, .f_bavail = disk_is_full ? 1 : 1 << 30};
	return 0;
}

/* A state of a conversation with these replies. */
static const char *state_of(const char *recipient, bool muted, const char *reply)
{
	static struct state s;
	struct buf text = buf_over(state_text, LIMIT_STATE);

	memset(&s, 0, sizeof s);
	s.recipient = bytes_str(recipient);
	memset(s.proof_hash, 7, sizeof s.proof_hash);
	s.word = 12;
	s.last = 2;
	s.muted = muted;
	s.day = 20000;
	s.message_count = 1;
	s.messages[0] = (struct state_message){.day = 20000, .receipt = RECEIPT_COLLECTED};
	if (reply != NULL) {
		s.reply_count = 1;
		s.replies[0] = bytes_str(reply);
	}
	state_put(&text, &s);
	assert_false(text.failed);
	state_text[text.len] = '\0';
	return state_text;
}

/* One conversation with a message and its state, in this boot. */
static void stream_with_state(const char *boot, const char *state)
{
	char text[100];

	(void)snprintf(text, sizeof text, "%s\n", boot);
	add_text("boot", text);
	add_text(C1 "/recipient", R1 "\n");
	add_text(C1 "/0001.age", "one");
	add_text(C1 "/state", state);
	(void)snprintf(text, sizeof text, "%s.1.1\n", boot);
	add_text("cursor", text);
	add_end();
}

static void empty_stream(const char *boot, const char *open)
{
	char text[100];

	(void)snprintf(text, sizeof text, "%s\n", boot);
	add_text("boot", text);
	if (open != NULL)
		add_text("open", open);
	(void)snprintf(text, sizeof text, "%s.1.2\n", boot);
	add_text("cursor", text);
	add_end();
}

/* ---- what the box was given back */

static char given[2000];

static enum err begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	(void)context;
	(void)size;
	(void)time_s;
	strncat(given, (const char *)name.p, name.n);
	strcat(given, ":");
	return ERR_OK;
}

static enum err data(void *context, struct bytes received)
{
	(void)context;
	if (received.n < 100)
		strncat(given, (const char *)received.p, received.n);
	return ERR_OK;
}

static enum err end(void *context)
{
	(void)context;
	strcat(given, ";");
	return ERR_OK;
}

static const char *read_given(void)
{
	static struct tar_reader reader;

	given[0] = '\0';
	tar_begin(&reader, (struct tar_sink){begin, data, end, NULL}, 1 << 20);
	assert_int_equal(tar_push(&reader, bytes_of(box.body, box.body_len)), ERR_OK);
	assert_int_equal(tar_finish(&reader), ERR_OK);
	return given;
}

static void begin_with_state(const char *reply)
{
	new_folder();
	new_box();
	stream_with_state(BOOT, state_of(R1, false, reply));
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.said, "");
	assert_string_equal(content("boot"), BOOT);
}

static void put_sent(const char *name)
{
	char path[100];

	assert_int_equal(folder_make(&folder, C C1 "/sent"), ERR_OK);
	(void)snprintf(path, sizeof path, C C1 "/sent/%s", name);
	assert_int_equal(folder_write(&folder, path, BYTES_LITERAL("sealed")), ERR_OK);
}

static void restarted(const char *answer)
{
	new_box();
	box.boot = NEXT;
	box.restore_answer = answer;
	empty_stream(NEXT, NULL);
}

static void a_restarted_box_gets_all_back(void **state)
{
	(void)state;
	begin_with_state("0001-a");
	put_sent("0001-a.age");
	put_sent("0001-b.tar");
	put_sent("0001-c.deleted");
	restarted("{\"restored\":1,\"refused_count\":0,\"refused\":[]}\n");
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.said, "");
	assert_int_equal(last.restored, 1);
	assert_non_null(strstr(box.log, "PUT /v1/restore; GET /v1/collect?after=0; POST /v1/collected " NEXT ".1.2; "));
	assert_string_equal(content("boot"), NEXT);
	/* Once is enough. */
	assert_int_equal(run(), DESK_DONE);
	assert_null(strstr(box.log, "restore"));
	remove_folder();
}

static void what_is_given_back(void **state)
{
	(void)state;
	begin_with_state("0001-a");
	put_sent("0001-a.age");
	put_sent("0001-c.deleted");
	assert_int_equal(folder_write(&folder, C C1 "/muted", BYTES_LITERAL("")), ERR_OK);
	restarted(NULL);
	box.put = 409;
	assert_int_equal(run(), DESK_FAILED);
	assert_non_null(strstr(box.said, "restarted just now"));
	assert_string_equal(read_given(), "boot:" NEXT "\n;" C1 "/state:;" C1 "/replies/0001-a.age:sealed\n;");
	assert_true(bytes_find(bytes_of(box.body, box.body_len), BYTES_LITERAL("muted yes\n")) < box.body_len);
	assert_string_equal(content("boot"), BOOT);
	remove_folder();
}

/* Without all conversations in it, a box knows less than the folder does. */
static void a_box_without_room_is_not_believed(void **state)
{
	(void)state;
	begin_with_state(NULL);
	put_sent("0001-a.age");
	restarted("{\"restored\":0,\"refused_count\":1,\"refused\":[{\"conversation\":\"" C1
		  "\",\"why\":\"The box has no room.\"}]}");
	box.stream_len = 0;
	add_text("boot", NEXT "\n");
	add_text(C1 "/recipient", R1 "\n");
	add_text(C1 "/0001.age", "two");
	add_text(C1 "/state", state_of(R1, true, NULL));
	add_text("open", C2 "\n");
	add_text("cursor", NEXT ".1.2\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, "no room"));
	/* Its messages are taken all the same. */
	assert_string_equal(content(C C1 "/0002.age"), "two");
	assert_string_equal(content("boot"), BOOT);
	assert_null(strstr(content(C C1 "/state"), "muted yes"));
	assert_true(there(C C1 "/sent/0001-a.age"));
	assert_false(there(C C1 "/gone") || there(C C1 "/muted"));
	/* Once it has them, everything is asked for anew. */
	box.restore_answer = "{\"restored\":1,\"refused\":[]}";
	assert_int_equal(run(), DESK_DONE);
	assert_non_null(strstr(box.log, "after=0;"));
	assert_non_null(strstr(content(C C1 "/state"), "muted yes"));
	assert_true(there(C C1 "/muted"));
	remove_folder();
}

static void what_is_refused_is_said_and_done_with(void **state)
{
	(void)state;
	begin_with_state(NULL);
	restarted("{\"restored\":0,\"refused_count\":1,\"refused\":[{\"conversation\":\"" C1
		  "\",\"why\":\"The box has this conversation with another recipient or proof.\"}]}");
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, C1 ": The box did not take it back: The box has this conversation"));
	assert_string_equal(content("boot"), NEXT);
	assert_int_equal(run(), DESK_DONE);
	remove_folder();
}

static void answers_that_are_no_answers(void **state)
{
	static const char *const wrong[] = {"",
					    "{",
					    "[]",
					    "{\"restored\":-1}",
					    "{\"restored\":1,}",
					    "{\"restored\":1} x",
					    "{\"restored\":1,\"refused\":[{\"conversation\":\"\x1b[2J\"}]}"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		begin_with_state(NULL);
		restarted(wrong[i]);
		assert_int_equal(run(), DESK_REFUSED);
		assert_non_null(strstr(box.said, "does not speak as a box does"));
		remove_folder();
	}
}

/* Conversations without an end, each with nothing in it, take none of what is left to the disk's owner. */
static void small_files_on_a_full_disk(void **state)
{
	(void)state;
	begin_with_state(NULL);
	disk_is_full = true;
	/* What is there already is looked at all the same, and its state goes on. */
	new_box();
	stream_with_state(BOOT, state_of(R1, true, NULL));
	assert_int_equal(run(), DESK_DONE);
	assert_true(there(C C1 "/muted"));
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C2 "/recipient", R1 "\n");
	add_text("cursor", BOOT ".1.3\n");
	add_end();
	assert_int_equal(run(), DESK_FAILED);
	assert_non_null(strstr(box.said, "no room"));
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C2 "/state", state_of(R1, true, NULL));
	add_text("cursor", BOOT ".1.3\n");
	add_end();
	assert_int_equal(run(), DESK_FAILED);
	assert_false(there(C C2));
	disk_is_full = false;
	assert_int_equal(run(), DESK_DONE);
	remove_folder();
}

/* Begun anew so often that its list of boots is full: the oldest make way, and the sync goes on. */
static void boots_without_end(void **state)
{
	static uint8_t storage[60 * 1024];
	struct buf text = buf_over(storage, sizeof storage);
	char path[FOLDER_PATH_MAX];

	(void)state;
	begin_with_state(NULL);
	for (unsigned i = 0; text.len + 44 <= (LIMIT_DESK_BOOTS + 1) * 44; i++) {
		buf_str(&text, "000000000000000000000000000");
		buf_decimal(&text, 10000 + i);
		buf_str(&text, " 1\n");
	}
	folder_path(path, &folder, C C1 "/boots");
	assert_int_equal(file_replace(path, buf_view(&text), 0600), ERR_OK);
	for (unsigned round = 0; round < 3; round++) {
		char boot[33];

		(void)snprintf(boot, sizeof boot, "%032x", 0xabcd00 + round);
		new_box();
		stream_with_state(boot, state_of(R1, false, NULL));
		box.boot = boot;
		box.restore_answer = "{\"restored\":1,\"refused\":[]}";
		assert_int_equal(run(), DESK_DONE);
		assert_int_equal(fd_read_file(path, storage, sizeof storage, &text.len), ERR_OK);
		assert_true(text.len <= (LIMIT_DESK_BOOTS + 1) * 44);
		assert_true(bytes_find(buf_view(&text), bytes_str(boot)) < text.len);
	}
	assert_string_equal(content(C C1 "/0004.age"), "one");
	remove_folder();
}

static void what_is_gone_is_marked_and_not_given_back(void **state)
{
	(void)state;
	begin_with_state(NULL);
	new_box();
	empty_stream(BOOT, C2 "\n");
	assert_int_equal(run(), DESK_DONE);
	assert_true(there(C C1 "/gone"));
	assert_string_equal(content(C C1 "/0001.age"), "one");
	restarted("{\"restored\":0,\"refused\":[]}");
	assert_int_equal(run(), DESK_DONE);
	assert_null(strstr(box.log, "restore"));
	/* Its source writes again. */
	box.stream_len = 0;
	add_text("boot", NEXT "\n");
	add_text(C1 "/recipient", R1 "\n");
	add_text(C1 "/0001.age", "again");
	add_text("open", C1 "\n" C2 "\n");
	add_text("cursor", NEXT ".1.3\n");
	add_end();
	assert_int_equal(run(), DESK_DONE);
	assert_false(there(C C1 "/gone"));
	assert_string_equal(content(C C1 "/0002.age"), "again");
	remove_folder();
}

static void lists_of_open_ones_that_are_none(void **state)
{
	static const char *const wrong[] = {C1, C1 "\n" C2, "x" C1, C1 "x", "00112233445566778899AABBCCDDEEFF\n"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		begin_with_state(NULL);
		new_box();
		empty_stream(BOOT, wrong[i]);
		assert_int_equal(run(), DESK_REFUSED);
		assert_false(there(C C1 "/gone"));
		remove_folder();
	}
}

static void replies_that_their_source_deleted(void **state)
{
	(void)state;
	begin_with_state("0001-a");
	put_sent("0001-a.age");
	put_sent("0001-b.tar");
	new_box();
	stream_with_state(BOOT, state_of(R1, false, "0001-a"));
	assert_int_equal(run(), DESK_DONE);
	assert_true(there(C C1 "/sent/0001-a.age") && there(C C1 "/sent/0001-b.deleted"));
	assert_false(there(C C1 "/sent/0001-b.tar"));
	remove_folder();
}

static void states_that_are_none(void **state)
{
	static char before[sizeof tree];

	(void)state;
	begin_with_state(NULL);
	strcpy(before, content(C C1 "/state"));
	new_box();
	stream_with_state(BOOT, "courier-state 1\nend\n");
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, C C1 "/state: "));
	new_box();
	stream_with_state(BOOT, state_of(R2, false, NULL));
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, "another recipient"));
	assert_string_equal(content(C C1 "/state"), before);
	assert_string_equal(content(C C1 "/recipient"), R1);
	remove_folder();
}

/* ---- wishes */

static void wishes_are_told_before_anything_is_taken(void **state)
{
	(void)state;
	begin_with_state(NULL);
	assert_int_equal(folder_write(&folder, "outbox/" C1 ".0001-a.age", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(outbox_wish(&folder, OUTBOX_MUTE, C1), ERR_OK);
	assert_int_equal(outbox_wish(&folder, OUTBOX_UNMUTE, C1), ERR_OK);
	assert_false(there("outbox/" C1 ".mute"));
	assert_int_equal(outbox_wish(&folder, OUTBOX_FORGET, C2), ERR_OK);
	new_box();
	empty_stream(BOOT, NULL);
	box.put = 200;
	assert_int_equal(run(), DESK_FAILED); /* 200 is not how a box takes a reply */
	assert_non_null(strstr(box.log, "DELETE /v1/conversations/" C1 "/mute; "));
	assert_non_null(strstr(box.log, "DELETE /v1/conversations/" C2 "; "));
	assert_true(strstr(box.log, "DELETE") < strstr(box.log, "GET /v1/collect"));
	assert_false(there("outbox/" C1 ".unmute") || there("outbox/" C2 ".forget"));
	assert_true(there("outbox/" C1 ".0001-a.age"));
	remove_folder();
}

static void a_forgotten_one_leaves_nothing(void **state)
{
	(void)state;
	begin_with_state(NULL);
	assert_int_equal(folder_write(&folder, "outbox/" C1 ".0001-a.age", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(folder_make(&folder, "opened/" C1), ERR_OK);
	assert_int_equal(folder_write(&folder, "opened/" C1 "/x", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(outbox_wish(&folder, OUTBOX_FORGET, C1), ERR_OK);
	assert_int_equal(outbox_forget_here(&folder, C1), ERR_OK);
	assert_false(there(C C1) || there("outbox/" C1 ".0001-a.age") || there("opened/" C1));
	assert_true(there("outbox/" C1 ".forget"));
	assert_int_equal(outbox_forget_here(&folder, C1), ERR_OK);
	remove_folder();
}

static void replies_move_when_they_are_there(void **state)
{
	(void)state;
	begin_with_state(NULL);
	assert_int_equal(folder_write(&folder, "outbox/" C1 ".0001-a.age", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(folder_write(&folder, "outbox/" C1 ".0001-b.tar", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(folder_write(&folder, "outbox/." C1 ".0001-c.tar", BYTES_LITERAL("x")), ERR_OK);
	new_box();
	empty_stream(BOOT, NULL);
	assert_int_equal(run(), DESK_DONE);
	assert_true(there(C C1 "/sent/0001-a.age") && there(C C1 "/sent/0001-b.tar"));
	assert_int_equal(last.sent, 2);
	/* One to a conversation that is gone. */
	assert_int_equal(folder_write(&folder, C C1 "/gone", BYTES_LITERAL("")), ERR_OK);
	assert_int_equal(folder_write(&folder, "outbox/" C1 ".0001-d.age", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(run(), DESK_DONE);
	assert_non_null(strstr(box.said, "not sent"));
	assert_true(there(C C1 "/unsent/0001-d.age"));
	remove_folder();
}

static void what_was_interrupted_long_ago_is_removed(void **state)
{
	const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	char path[FOLDER_PATH_MAX];

	(void)state;
	begin_with_state(NULL);
	assert_int_equal(folder_write(&folder, "outbox/." C1 ".0001-a.tar", BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(folder_write(&folder, "outbox/." C1 ".0001-b.tar", BYTES_LITERAL("x")), ERR_OK);
	folder_path(path, &folder, "outbox/." C1 ".0001-a.tar");
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	new_box();
	empty_stream(BOOT, NULL);
	assert_int_equal(run(), DESK_DONE);
	assert_false(there("outbox/." C1 ".0001-a.tar"));
	assert_true(there("outbox/." C1 ".0001-b.tar"));
	remove_folder();
}

static void names_in_the_outbox(void **state)
{
	static const char *const wrong[] = {"",
					    "x",
					    C1,
					    C1 ".",
					    C1 ".age",
					    C1 "..age",
					    C1 ".A.age",
					    C1 ".a.b.age",
					    C1 ".0123456789012345678901234567890123.age",
					    "." C1 ".a.age",
					    C1 ".x.forget",
					    C1 "x.age",
					    C1 "forget"};
	static const char *const right[] = {C1 ".a.age", C1 ".0001-b.tar", C1 ".forget", C1 ".mute", C1 ".unmute"};
	struct outbox_entry entry;
	char name[100];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(outbox_parse(wrong[i], &entry));
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		assert_true(outbox_parse(right[i], &entry));
		outbox_name(name, &entry);
		assert_string_equal(name + 7, right[i]);
	}
}

/* ---- tokens */

static void box_takes(const char *file)
{
	char token[FOLDER_TOKEN_LEN + 1];
	uint8_t bytes[32];
	size_t n;

	assert_int_equal(folder_token(&folder, file, token), ERR_OK);
	assert_int_equal(hex_decode(bytes_of(token, 64), bytes, 32, &n), ERR_OK);
	sha256(BYTES_ARRAY(bytes), box.token_hash);
}

static void a_new_token(void **state)
{
	(void)state;
	new_folder();
	new_box();
	assert_int_equal(run_with(exchange_new_token), DESK_DONE);
	assert_string_equal(content("token-before"), TOKEN);
	assert_string_not_equal(content("token"), TOKEN);
	assert_false(there("token-next"));
	assert_int_equal(run_with(exchange_hello), DESK_DONE);
	assert_string_equal(box.log, "");
	/* The box restarted with the site file that it has: it is told again. */
	box_takes("token-before");
	assert_int_equal(run_with(exchange_hello), DESK_DONE);
	assert_non_null(strstr(box.log, "PUT /v1/token"));
	assert_int_equal(run_with(exchange_hello), DESK_DONE);
	assert_string_equal(box.log, "");
	/* Another one: what the site file has stays known. */
	assert_int_equal(run_with(exchange_new_token), DESK_DONE);
	assert_string_equal(content("token-before"), TOKEN);
	remove_folder();
}

static void a_token_changed_half_way(void **state)
{
	(void)state;
	/* Written down, and the box not told. */
	new_folder();
	new_box();
	assert_int_equal(boxkeys_new_token(&folder, "token-next"), ERR_OK);
	assert_int_equal(run_with(exchange_hello), DESK_DONE);
	assert_true(there("token-next"));
	/* Told, and not renamed. */
	box_takes("token-next");
	assert_int_equal(run_with(exchange_hello), DESK_DONE);
	assert_false(there("token-next"));
	assert_string_equal(content("token-before"), TOKEN);
	assert_int_equal(run_with(exchange_hello), DESK_DONE);
	/* Half renamed. */
	assert_int_equal(folder_rename(&folder, "token", "token-next"), ERR_OK);
	assert_int_equal(run_with(exchange_hello), DESK_DONE);
	assert_true(there("token") && !there("token-next"));
	/* A box that knows none of them. */
	memset(box.token_hash, 9, sizeof box.token_hash);
	assert_int_equal(run_with(exchange_hello), DESK_FAILED);
	assert_non_null(strstr(box.said, "does not know this desk's token"));
	remove_folder();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_restarted_box_gets_all_back),
	    cmocka_unit_test(what_is_given_back),
	    cmocka_unit_test(a_box_without_room_is_not_believed),
	    cmocka_unit_test(what_is_refused_is_said_and_done_with),
	    cmocka_unit_test(answers_that_are_no_answers),
	    cmocka_unit_test(boots_without_end),
	    cmocka_unit_test(small_files_on_a_full_disk),
	    cmocka_unit_test(what_is_gone_is_marked_and_not_given_back),
	    cmocka_unit_test(lists_of_open_ones_that_are_none),
	    cmocka_unit_test(replies_that_their_source_deleted),
	    cmocka_unit_test(states_that_are_none),
	    cmocka_unit_test(wishes_are_told_before_anything_is_taken),
	    cmocka_unit_test(a_forgotten_one_leaves_nothing),
	    cmocka_unit_test(replies_move_when_they_are_there),
	    cmocka_unit_test(what_was_interrupted_long_ago_is_removed),
	    cmocka_unit_test(names_in_the_outbox),
	    cmocka_unit_test(a_new_token),
	    cmocka_unit_test(a_token_changed_half_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
