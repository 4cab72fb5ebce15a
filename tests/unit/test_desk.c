/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's side of an exchange against a box that is a thread: whole, cut off at every byte, hostile. */
#include "desk_box.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "exchange/exchange.h"
#include "deskfolder/home.h"

static void collects_confirms_and_rests(void **state)
{
	static char first[sizeof tree];
	char path[FOLDER_PATH_MAX];
	struct stat st;

	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.log, "GET /v1/collect?after=0; POST /v1/collected " BOOT ".3; ");
	assert_string_equal(box.said, "");
	assert_int_equal(last.items, 5);
	assert_string_equal(content("conversations/" C1 "/recipient"), R1);
	assert_string_equal(content("conversations/" C1 "/0002.age"), "second of one");
	assert_string_equal(content("conversations/" C2 "/0002.meta.age"), "meta");
	assert_string_equal(content("cursor"), BOOT ".3");
	folder_path(path, &folder, "conversations/" C1 "/0001.age");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_mtime, 20000 * 86400);
	strcpy(first, read_tree());
	/* The box answers the second time as one does that has nothing new. */
	new_box();
	add_text("boot", BOOT "\n");
	add_text("cursor", BOOT ".3\n");
	add_end();
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.log, "GET /v1/collect?after=" BOOT ".3; ");
	assert_string_equal(read_tree(), first);
	/* And if it sends everything once more, nothing changes either. */
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	assert_int_equal(last.items, 0);
	assert_string_equal(read_tree(), first);
	remove_folder();
}

static void cut_off_at_every_byte_it_goes_on(void **state)
{
	static char whole[sizeof tree];
	static struct out o;

	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	strcpy(whole, read_tree());
	remove_folder();
	o.n = 0;
	respond("GET /v1/collect?", &o);
	for (size_t cut = 0; cut < o.n; cut += cut % 512 > 20 && cut % 512 < 490 ? 13 : 1) {
		new_folder();
		box.cut = cut;
		assert_int_equal(run(), DESK_FAILED);
		assert_null(strstr(box.log, "POST"));
		assert_non_null(strstr(box.said, "sync again"));
		box.cut = SIZE_MAX;
		assert_int_equal(run(), DESK_DONE);
		/* Where a cursor had come, it went on from there. */
		if (strstr(box.log, "after=0") == NULL)
			assert_true(strstr(box.log, "after=" BOOT ".2") != NULL ||
				    strstr(box.log, "after=" BOOT ".3") != NULL);
		assert_string_equal(read_tree(), whole);
		remove_folder();
	}
}

/* The process is killed after so many bytes: what is in the folder then is what a crash leaves. */
static void killed_in_the_middle_it_goes_on(void **state)
{
	static char whole[sizeof tree];

	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	strcpy(whole, read_tree());
	remove_folder();
	for (unsigned delay_us = 0; delay_us < 6000; delay_us += 50) {
		pid_t child;
		new_folder();
		child = fork();
		if (child == 0) {
			box.piece = 100;
			(void)run();
			_exit(0);
		}
		usleep(delay_us);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_int_equal(run(), DESK_DONE);
		assert_string_equal(read_tree(), whole);
		remove_folder();
	}
}

static void a_confirmation_that_failed_is_said_again(void **state)
{
	(void)state;
	new_folder();
	new_box();
	good_stream();
	box.post = 503;
	assert_int_equal(run(), DESK_FAILED);
	assert_string_equal(content("cursor"), BOOT ".3");
	assert_string_equal(content("confirmed"), "(none)");
	new_box();
	add_text("boot", BOOT "\n");
	add_text("cursor", BOOT ".3\n");
	add_end();
	assert_int_equal(run(), DESK_DONE);
	assert_string_equal(box.log, "GET /v1/collect?after=" BOOT ".3; POST /v1/collected " BOOT ".3; ");
	remove_folder();
}

static void a_restarted_box_counts_anew(void **state)
{
	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	for (int twice = 0; twice < 2; twice++) {
		new_box();
		add_text("boot", NEXT "\n");
		add_text(C1 "/recipient", R1 "\n");
		add_text(C1 "/0001.age", "after the restart");
		add_text("cursor", NEXT ".1\n");
		add_end();
		assert_int_equal(run(), DESK_DONE);
		assert_string_equal(content("conversations/" C1 "/0001.age"), "first of one");
		assert_string_equal(content("conversations/" C1 "/0003.age"), "after the restart");
		assert_false(there("conversations/" C1 "/0004.age"));
		assert_string_equal(content("conversations/" C1 "/boots"), BOOT " 0\n" NEXT " 2");
	}
	remove_folder();
}

static void a_changed_recipient_is_refused(void **state)
{
	(void)state;
	new_folder();
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_DONE);
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R2 "\n");
	add_text(C1 "/0003.age", "third");
	add_text("cursor", BOOT ".4\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, "conversations/" C1 "/recipient: The box shows another recipient"));
	assert_string_equal(content("conversations/" C1 "/recipient"), R1);
	/* The message itself is sealed to us, and is kept and confirmed. */
	assert_string_equal(content("conversations/" C1 "/0003.age"), "third");
	assert_string_equal(content("confirmed"), BOOT ".4");
	new_box();
	add_text("boot", BOOT "\n");
	add_text("11111111111111111111111111111111/recipient", "nonsense\n");
	add_text("cursor", BOOT ".5\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	assert_false(there("conversations/11111111111111111111111111111111/recipient"));
	remove_folder();
}

static void what_is_there_is_never_changed(void **state)
{
	static const char *const others[] = {"Xirst of one", "first of onX", "first", "first of one and more", ""};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		new_folder();
		new_box();
		good_stream();
		assert_int_equal(run(), DESK_DONE);
		new_box();
		add_text("boot", BOOT "\n");
		add_text(C1 "/recipient", R1 "\n");
		add_text(C1 "/0001.age", others[i]);
		add_text("cursor", BOOT ".9\n");
		add_end();
		/* Its source deleted the conversation and began it anew: both stay. */
		for (int twice = 0; twice < 2; twice++) {
			assert_int_equal(run(), DESK_DONE);
			assert_string_equal(box.said, "");
			assert_string_equal(content("conversations/" C1 "/0001.age"), "first of one");
			assert_string_equal(content("conversations/" C1 "/0003.age"), others[i]);
			assert_string_equal(content("conversations/" C1 "/boots"), BOOT " 0\n" BOOT " 2");
			assert_false(there("conversations/" C1 "/0004.age"));
		}
		remove_folder();
	}
}

/* A box that sends something else each time gets no further than this. */
static void begun_anew_without_end(void **state)
{
	(void)state;
	new_folder();
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R1 "\n");
	add_text(C1 "/0001.age", "one");
	add_text(C1 "/0001.age", "another");
	add_text("cursor", BOOT ".9\n");
	add_end();
	assert_int_equal(run(), DESK_FAILED);
	assert_non_null(strstr(box.said, "begun anew"));
	assert_int_equal(box.opened, 1 + LIMIT_DESK_AGAIN);
	assert_string_equal(content("cursor"), "(none)");
	remove_folder();
}

static void hostile_streams_change_nothing(void **state)
{
	static const struct {
		const char *name, *text;
	} wrong[] = {
	    {"../evil", "x"},
	    {"identity.txt", "x"},
	    {"cursor", "x"},
	    {C1 "/../../token", "x"},
	    {C1 "/read", "x"},
	    {C1 "/boots", "x"},
	    {C1 "/0001.txt", "x"},
	    {C1 "/0000.age", "x"},
	    {C1 "/9999.age", "x"},
	    {C1 "/00001.age", "x"},
	    {C1 "/0001.age/x", "x"},
	    {C1, "x"},
	    {"conversations/" C1 "/0001.age", "x"},
	    {C2 "/0001.age", "x"}, /* without its recipient before it */
	    {C1 "/0001.age", "x"}, /* the same, behind a cursor */
	    {"boot", BOOT "\n"},   /* twice */
	    {"cursor", ""},
	    {"cursor", "\n"},
	    {"cursor", "../../x\n"},
	    {"cursor", "0 HTTP/1.1\r\nX: y\n"},
	    {"00112233445566778899AABBCCDDEEFF/recipient", R1},
	};
	static char before[sizeof tree];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		new_folder();
		new_box();
		add_text("boot", BOOT "\n");
		add_text("cursor", BOOT ".1\n");
		add_end();
		assert_int_equal(run(), DESK_DONE);
		strcpy(before, read_tree());
		new_box();
		add_text("boot", BOOT "\n");
		add_text(wrong[i].name, wrong[i].text);
		add_text("cursor", BOOT ".9\n");
		add_end();
		assert_int_equal(run(), DESK_REFUSED);
		assert_non_null(strstr(box.said, "refused"));
		assert_string_equal(read_tree(), before);
		remove_folder();
	}
}

/* No boot id first; a long recipient; no cursor last. */
static void streams_out_of_order_change_nothing(void **state)
{
	static uint8_t long_recipient[4000];

	(void)state;
	new_folder();
	new_box();
	add_text("cursor", BOOT ".9\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	new_box();
	add_text("boot", BOOT "\n");
	memset(long_recipient, 'a', sizeof long_recipient);
	add_file(C1 "/recipient", long_recipient, sizeof long_recipient);
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R1 "\n");
	add_end();
	assert_int_equal(run(), DESK_REFUSED);
	assert_string_equal(content("cursor"), "(none)");
	remove_folder();
}

/* Somebody put links where the files go. */
static void links_in_the_folder_are_not_followed(void **state)
{
	char path[FOLDER_PATH_MAX], target[FOLDER_PATH_MAX];

	(void)state;
	new_folder();
	folder_path(target, &folder, "victim");
	folder_path(path, &folder, "incoming/part");
	assert_int_equal(symlink(target, path), 0);
	folder_path(path, &folder, "conversations/" C1);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(folder_write(&folder, "conversations/" C1 "/boots", BYTES_LITERAL(BOOT " 0")), ERR_OK);
	folder_path(path, &folder, "conversations/" C1 "/0001.age");
	assert_int_equal(symlink(target, path), 0);
	new_box();
	good_stream();
	assert_int_equal(run(), DESK_FAILED); /* 0001.age is a link: the system refuses to open it */
	assert_false(there("victim"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(run(), DESK_DONE);
	assert_false(there("victim"));
	remove_folder();
}

static void a_promise_too_big_for_the_disk(void **state)
{
	(void)state;
	new_folder();
	new_box();
	add_text("boot", BOOT "\n");
	add_text(C1 "/recipient", R1 "\n");
	tar_header(box.stream + box.stream_len, C1 "/0001.age", LIMIT_DESK_FILE + 1, 20000);
	box.stream_len += TAR_BLOCK;
	assert_int_equal(run(), DESK_REFUSED);
	assert_non_null(strstr(box.said, "bigger than any"));
	assert_false(there("conversations/" C1 "/0001.age"));
	remove_folder();
}

static void answers_that_are_none(void **state)
{
	static const struct {
		unsigned status;
		const char *says;
	} cases[] = {{401, "token"}, {503, "busy"}, {418, "418"}};

	(void)state;
	new_folder();
	for (size_t i = 0; i < 3; i++) {
		new_box();
		box.status = cases[i].status;
		assert_int_equal(run(), DESK_FAILED);
		assert_non_null(strstr(box.said, cases[i].says));
	}
	new_box();
	box.fault = LINK_NO_SERVER;
	assert_int_equal(run(), DESK_FAILED);
	assert_non_null(strstr(box.said, "Is Tor running?"));
	remove_folder();
}

static void replies_wait_until_they_are_there(void **state)
{
	(void)state;
	new_folder();
	assert_int_equal(folder_write(&folder, "outbox/" C1 ".0001-ab.age", BYTES_LITERAL("age-encryption.org/v1")),
			 ERR_OK);
	assert_int_equal(folder_write(&folder, "outbox/stray.txt", BYTES_LITERAL("x")), ERR_OK);
	new_box();
	good_stream();
	box.put = 404;
	assert_int_equal(run(), DESK_FAILED);
	assert_true(there("outbox/" C1 ".0001-ab.age"));
	assert_non_null(strstr(box.said, "does not know this conversation"));
	box.put = 0;
	assert_int_equal(run(), DESK_DONE);
	assert_non_null(strstr(box.log, "PUT /v1/conversations/" C1 "/replies/0001-ab age-encryption.org/v1\n"));
	assert_false(there("outbox/" C1 ".0001-ab.age"));
	assert_int_equal(last.sent, 1);
	remove_folder();
}

static void say_waiting(void)
{
	strcpy(box.said, "waits");
}

static void *lock_thread(void *context)
{
	static struct home second;

	assert_int_equal(home_open(&second, root), ERR_OK);
	*(enum err *)context = home_lock(&second, say_waiting);
	home_unlock(&second);
	return NULL;
}

static void two_at_once_one_waits(void **state)
{
	pthread_t thread;
	enum err e = ERR_BUSY;

	(void)state;
	new_folder();
	new_box();
	assert_int_equal(home_lock(&home, say_waiting), ERR_OK);
	assert_string_equal(box.said, "");
	assert_int_equal(pthread_create(&thread, NULL, lock_thread, &e), 0);
	for (int i = 0; i < 30000 && strcmp(box.said, "waits") != 0; i++)
		usleep(1000);
	assert_string_equal(box.said, "waits");
	usleep(20000);
	assert_int_equal(e, ERR_BUSY);
	home_unlock(&home);
	pthread_join(thread, NULL);
	assert_int_equal(e, ERR_OK);
	remove_folder();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(collects_confirms_and_rests),
	    cmocka_unit_test(cut_off_at_every_byte_it_goes_on),
	    cmocka_unit_test(killed_in_the_middle_it_goes_on),
	    cmocka_unit_test(a_confirmation_that_failed_is_said_again),
	    cmocka_unit_test(a_restarted_box_counts_anew),
	    cmocka_unit_test(a_changed_recipient_is_refused),
	    cmocka_unit_test(what_is_there_is_never_changed),
	    cmocka_unit_test(begun_anew_without_end),
	    cmocka_unit_test(hostile_streams_change_nothing),
	    cmocka_unit_test(streams_out_of_order_change_nothing),
	    cmocka_unit_test(links_in_the_folder_are_not_followed),
	    cmocka_unit_test(a_promise_too_big_for_the_disk),
	    cmocka_unit_test(answers_that_are_none),
	    cmocka_unit_test(replies_wait_until_they_are_there),
	    cmocka_unit_test(two_at_once_one_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
