/* SPDX-License-Identifier: GPL-3.0-or-later
 * A sync that is killed before any one of its system calls that change the folder, or in the middle of a write, leaves
 * a folder that is unharmed; and the next sync makes of it what an uninterrupted one makes. So does one whose call
 * fails.
 */
#include "desk_box.h"

#include <sys/wait.h>

#include "desk_kill.h"

#include "deskfolder/outbox.h"
#include "link/state.h"

/* ---- a sync that does all that one can do */

static const char *state_text(void)
{
	static char text[LIMIT_STATE];
	struct state s = {.recipient = bytes_str(R1), .last = 2, .day = 20000, .reply_count = 2};
	struct buf out = buf_over(text, sizeof text);

	s.replies[0] = BYTES_LITERAL("0001-kept");
	s.replies[1] = BYTES_LITERAL("0002-new"); /* once it was sent */
	state_put(&out, &s);
	buf_byte(&out, 0);
	assert_false(out.failed);
	return text;
}

static void put_sealed(const char *name)
{
	assert_int_equal(folder_write(&folder, name, BYTES_LITERAL("sealed")), ERR_OK);
}

/* C1 was there before, with a reply that its source has deleted since; C2 is new; a third one is gone. */
static void prepare(void)
{
	static const char *const folders[] = {"conversations/" C1, "conversations/" C1 "/sent",
					      "conversations/33333333333333333333333333333333"};

	new_folder();
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(folder_make(&folder, folders[i]), ERR_OK);
	assert_int_equal(folder_write(&folder, "conversations/" C1 "/recipient", BYTES_LITERAL(R1)), ERR_OK);
	assert_int_equal(folder_write(&folder, "conversations/" C1 "/boots", BYTES_LITERAL(NEXT " 0")), ERR_OK);
	assert_int_equal(folder_write(&folder, "boot", BYTES_LITERAL(BOOT)), ERR_OK);
	put_sealed("conversations/" C1 "/0001.age");
	put_sealed("conversations/" C1 "/sent/0001-kept.age");
	put_sealed("conversations/" C1 "/sent/0001-read.age");
	put_sealed("outbox/" C1 ".0002-new.age");
	assert_int_equal(outbox_wish(&folder, OUTBOX_MUTE, C1), ERR_OK);
	put_sealed("conversations/" C1 "/muted");
}

static void a_rich_stream(void)
{
	good_stream();
	box.stream_len -= TAR_END;
	add_text(C1 "/state", state_text());
	add_text("open", C1 "\n" C2 "\n");
	add_text("cursor", BOOT ".4\n");
	add_end();
}

static void new_rich_box(void)
{
	new_box();
	a_rich_stream();
}

/* Whatever happened: what was there is there, and nothing has half a file under a name that counts. */
static void check_unharmed(void)
{
	static const char *const wholes[][2] = {
	    {"conversations/" C1 "/0001.age", "sealed"},
	    {"conversations/" C1 "/recipient", R1},
	    {"conversations/" C1 "/0002.age", "first of one"},
	    {"conversations/" C1 "/0003.age", "second of one"},
	    {"conversations/" C2 "/0001.age", "first of two"},
	    {"conversations/" C2 "/0002.meta.age", "meta"},
	    {"conversations/" C2 "/recipient", R2},
	    {"token", TOKEN},
	    {"boot", BOOT},
	};
	const char *cursor;

	for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++)
		if (there(wholes[i][0]))
			assert_string_equal(content(wholes[i][0]), wholes[i][1]);
	assert_true(there(wholes[0][0]) && there("token"));
	/* The cursor stands for what is there. */
	cursor = content("cursor");
	if (strcmp(cursor, "(none)") != 0)
		assert_true(there("conversations/" C2 "/0002.meta.age"));
	if (strcmp(cursor, BOOT ".3") == 0 || strcmp(cursor, BOOT ".4") == 0)
		assert_true(there("conversations/" C1 "/0003.age"));
	/* A reply is somewhere. */
	assert_true(there("outbox/" C1 ".0002-new.age") || there("conversations/" C1 "/sent/0002-new.age"));
	assert_true(there("conversations/" C1 "/sent/0001-kept.age"));
}

static char whole[sizeof tree];

static unsigned uninterrupted(void)
{
	prepare();
	new_rich_box();
	calls = 0;
	counted = gettid();
	assert_int_equal(run(), DESK_DONE);
	counted = 0;
	strcpy(whole, read_tree());
	assert_true(there("conversations/33333333333333333333333333333333/gone"));
	assert_true(there("conversations/" C1 "/sent/0001-read.deleted"));
	remove_folder();
	return calls;
}

static void finish_and_compare(unsigned n)
{
	check_unharmed();
	new_rich_box();
	if (run() != DESK_DONE)
		fail_msg("after call %u: %s", n, box.said);
	if (strcmp(read_tree(), whole) != 0)
		fail_msg("after call %u:\n%s\ninstead of\n%s", n, tree, whole);
	remove_folder();
}

static void killed_at_every_call(void **state)
{
	unsigned count = uninterrupted();

	(void)state;
	assert_true(count > 60);
	for (unsigned n = 0; n < count; n++) {
		int status;
		pid_t child;

		prepare();
		new_rich_box();
		child = fork();
		if (child == 0) {
			counted = gettid();
			dies = true;
			left = (long)n;
			(void)run();
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 99);
		finish_and_compare(n);
	}
	print_message("%u places\n", count);
}

static void every_call_fails(void **state)
{
	unsigned count = uninterrupted();

	(void)state;
	for (unsigned n = 0; n < count; n++) {
		enum desk_status done;

		prepare();
		new_rich_box();
		counted = gettid();
		left = (long)n;
		done = run();
		counted = 0;
		left = -1;
		/* It is said, but where it is only a tidying up that the next run does again. */
		if (done != DESK_DONE)
			assert_true(strlen(box.said) > 0);
		finish_and_compare(n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(killed_at_every_call),
	    cmocka_unit_test(every_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
