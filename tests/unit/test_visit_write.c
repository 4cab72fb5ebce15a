/* SPDX-License-Identifier: GPL-3.0-or-later
 * Writing in several steps, after interruptions and after errors: what arrived stays, what was typed comes back. */
#include "test.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "visit_stage.h"

/* ---- drafts */

static char token[64];

static void open_form(const char *path)
{
	get(path);
	assert_int_equal(status, 200);
	snprintf(token, sizeof token, "%s", between("name=\"draft\" value=\"", "\""));
	assert_int_equal(strlen(token), UPLOAD_TEXT_LEN);
}

static void form_with_token(const char *text)
{
	form_start();
	form_field("draft", token);
	form_field("topic", "Health & safety");
	form_field("message", text);
}

/* "Add": they arrive, the page lists them, the rest is sent from another connection; a file that comes again is one. */
static void test_draft_in_two_steps(void **state)
{
	struct fake_message *m = &keeper.conversations[0].messages[0];

	(void)state;
	open_form("/write");
	form_with_token("a <b>");
	form_file("one.txt", "text/plain", BYTES_LITERAL("first"));
	form_file("<two>.txt", "text/plain", BYTES_LITERAL("second"));
	form_field("go", "add");
	form_send("/write");
	assert_int_equal(status, 200);
	assert_true(closing && !shows("role=\"alert\"") && !keeper.conversations[0].used);
	assert_true(shows("<bdi>one.txt</bdi>") && shows("<bdi>&lt;two&gt;.txt</bdi>") &&
		    shows("\na &lt;b&gt;</textarea>"));
	assert_true(shows("selected>Health &amp; safety</option>") && shows(token));
	next_connection();
	form_with_token("a <b>");
	form_field("arrived", "1");
	form_file("one.txt", "text/plain", BYTES_LITERAL("first"));
	form_file("one.txt", "text/plain", BYTES_LITERAL("other"));
	form_field("go", "send");
	form_send("/write");
	assert_int_equal(status, 200);
	assert_true(shows("id=\"codename\""));
	assert_int_equal(m->count, 7);
	open_file(&m->files[6], FILE_TEXT);
	opened_is("Courier-Message: 1\nTopic: Health & safety\nLength: 5\nAttachments: 3\n\na <b>", 4096);
	open_file(&m->files[4], FILE_DATA);
	opened_is("other", 4096);
	/* The same token is an empty draft now. */
	form_with_token("");
	form_field("go", "add");
	form_send("/write");
	assert_false(shows("one.txt"));
}

/* The connection breaks in the middle of a file: what was whole is there when the form is sent again. */
static void test_draft_after_a_break(void **state)
{
	struct fake_message *m = &keeper.conversations[0].messages[0];

	(void)state;
	open_form("/write");
	form_with_token("text");
	form_file("whole", "text/plain", BYTES_LITERAL("whole"));
	form_file("cut", "text/plain", BYTES_LITERAL("cut"));
	head("POST", "/write", "multipart/form-data; boundary=B", form.len + 100);
	buf_put(&out, bytes_first(buf_view(&form), form.len - 4));
	send_all(buf_view(&out));
	next_connection();
	form_with_token("text");
	form_file("whole", "text/plain", BYTES_LITERAL("whole"));
	form_file("cut", "text/plain", BYTES_LITERAL("cut"));
	form_send("/write");
	assert_int_equal(status, 200);
	assert_int_equal(m->count, 5);
	open_file(&m->files[4], FILE_TEXT);
	opened_is("Courier-Message: 1\nTopic: Health & safety\nLength: 4\nAttachments: 2\n\ntext", 4096);
}

static void topic_and_file(const char *topic, const char *file, const char *go)
{
	form_start();
	form_field("draft", token);
	form_field("topic", topic);
	form_field("message", "text");
	if (file != NULL)
		form_file(file, "text/plain", bytes_str(file));
	form_field("go", go);
	form_send("/write");
}

static void sealed_alone_for(const struct fake_message *m, const struct age_identity *who,
			     const struct age_identity *other)
{
	for (size_t i = 0; i < m->count; i++)
		assert_true(is_for(&m->files[i], who) && !is_for(&m->files[i], other));
}

/* A desk can open what is for it, and nothing else. */
static void test_topics_choose_desks(void **state)
{
	(void)state;
	open_form("/write");
	topic_and_file("Work", "a", "send");
	assert_int_equal(status, 200);
	assert_int_equal(keeper.desks, 2);
	sealed_alone_for(&keeper.conversations[0].messages[0], &other_desk, &desk);
	next_connection();
	/* A topic that isn't the site's is none. */
	open_form("/write");
	topic_and_file("work", "a", "send");
	assert_int_equal(status, 200);
	assert_int_equal(keeper.desks, 1);
	sealed_alone_for(&keeper.conversations[1].messages[0], &desk, &other_desk);
}

/* More of a conversation goes to who has the rest; nothing is sealed for a desk that is revoked. */
static void test_desks_of_a_conversation(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	assert_int_equal(c->desks, 2);
	next_connection();
	form_start();
	form_field("csrf", csrf);
	form_field("topic", "");
	form_field("message", "more");
	form_send("/conversation/write");
	assert_int_equal(status, 200);
	assert_int_equal(keeper.desks, 2);
	sealed_alone_for(&c->messages[1], &other_desk, &desk);
	keeper.revoked = 2;
	next_connection();
	form_start();
	form_field("csrf", csrf);
	form_field("message", "more");
	form_send("/conversation/write");
	assert_int_equal(status, 503);
	assert_true(shows("more</textarea>") && shows("take messages at the moment"));
	assert_int_equal(c->message_count, 2);
	next_connection();
	open_form("/write");
	topic_and_file("Work", "a", "send");
	assert_int_equal(status, 503);
	assert_false(keeper.conversations[1].used);
	next_connection();
	open_form("/write");
	topic_and_file("", NULL, "send");
	assert_int_equal(status, 200);
	assert_int_equal(keeper.desks, 1);
	/* Nobody is left: said before anything is typed. */
	keeper.revoked = 3;
	next_connection();
	get("/write");
	assert_int_equal(status, 503);
	assert_true(shows("take messages at the moment") && !shows("<textarea"));
}

/* A restart is near: what was typed comes back. */
static void test_closed(void **state)
{
	(void)state;
	open_form("/write");
	keeper.refuse_reserve = ERR_CLOSED;
	topic_and_file("", NULL, "send");
	assert_int_equal(status, 503);
	assert_true(shows("about to be restarted") && shows("<textarea"));
	assert_false(keeper.conversations[0].used);
	/* Said before anything is typed, too. */
	keeper.closed = true;
	next_connection();
	get("/write");
	assert_int_equal(status, 503);
	assert_true(shows("about to be restarted") && !shows("<textarea"));
}

/* A desk brought the conversation back as it was on a day. */
static void test_restored(void **state)
{
	(void)state;
	sign_in();
	assert_false(shows("This machine was restarted"));
	keeper.conversations[0].restored = true;
	keeper.conversations[0].restored_day = 20001;
	get("/conversation");
	assert_true(shows("This machine was restarted") && shows("2024-10-05"));
}

/* What arrived is sealed for others: it is asked for again, not sent to whom it isn't for. */
static void test_another_topic_in_the_second_step(void **state)
{
	(void)state;
	open_form("/write");
	topic_and_file("Work", "a", "add");
	assert_true(status == 200 && shows("<bdi>a</bdi>"));
	next_connection();
	topic_and_file("Health & safety", "b", "send");
	assert_int_equal(status, 422);
	assert_true(shows("id=\"problem\"") && shows("<bdi>b</bdi>") && !shows("<bdi>a</bdi>"));
	assert_false(keeper.conversations[0].used);
	next_connection();
	topic_and_file("Health & safety", "a", "send");
	assert_int_equal(status, 200);
	assert_int_equal(keeper.conversations[0].messages[0].count, 5);
	sealed_alone_for(&keeper.conversations[0].messages[0], &desk, &other_desk);
	next_connection();
	/* Without a file of its own, too. */
	open_form("/write");
	topic_and_file("Work", "a", "add");
	next_connection();
	topic_and_file("", NULL, "send");
	assert_int_equal(status, 422);
	assert_false(keeper.conversations[1].used);
}

static void test_draft_problems(void **state)
{
	(void)state;
	open_form("/write");
	/* Too many: those that fit are kept. */
	form_with_token("text");
	for (uint8_t i = 0; i < LIMIT_FILES + 1; i++)
		form_file("a", "text/plain", bytes_of(&i, 1));
	form_send("/write");
	assert_int_equal(status, 413);
	assert_true(shows("id=\"problem\"") && shows("<bdi>a</bdi>") && shows("\ntext</textarea>"));
	next_connection();
	/* All of them go. */
	form_with_token("text");
	form_field("arrived", "1");
	form_field("go", "drop");
	form_send("/write");
	assert_int_equal(status, 200);
	assert_true(!shows("<bdi>a</bdi>") && shows("\ntext</textarea>"));
	next_connection();
	/* The page showed some, and they are gone: not sent in silence. */
	form_with_token("text");
	form_field("arrived", "1");
	form_send("/write");
	assert_int_equal(status, 422);
	assert_true(shows("id=\"problem\"") && !keeper.conversations[0].used);
	next_connection();
	keeper.other_has_draft = true;
	form_with_token("text");
	form_send("/write");
	assert_int_equal(status, 503);
	assert_true(shows("\ntext</textarea>") && shows(token));
	keeper.other_has_draft = false;
	next_connection();
	/* No room for a draft: it goes in one piece all the same. */
	keeper.no_drafts = true;
	form_with_token("text");
	form_file("a", "text/plain", BYTES_LITERAL("x"));
	form_send("/write");
	assert_int_equal(status, 200);
	assert_true(shows("id=\"codename\""));
	form_with_token("text");
	form_file("a", "text/plain", BYTES_LITERAL("x"));
	form_field("go", "add");
	form_send("/write");
	assert_true(shows("id=\"problem\"") && !shows("<bdi>a</bdi>"));
	form_start();
	form_field("draft", "short");
	form_send("/write");
	assert_int_equal(status, 400);
}

/* What was typed comes back when nothing of it could be taken. */
static void test_typed_comes_back(void **state)
{
	(void)state;
	keeper.refuse_reserve = ERR_FULL;
	write_message("no room");
	assert_int_equal(status, 507);
	assert_true(shows("\nno room</textarea>"));
	keeper.refuse_reserve = ERR_OK;
	next_connection();
	keeper.die_at = MESSAGE_RESERVE;
	write_message("no keeper");
	assert_int_equal(status, 503);
	assert_true(shows("\nno keeper</textarea>"));
	keeper.die_at = MESSAGE_COUNT;
	next_connection();
	/* More than the site takes: the text is read, the file is not. */
	form_start();
	form_field("message", "with a film");
	form_file("film", "video/mp4", BYTES_LITERAL("x"));
	head("POST", "/write", "multipart/form-data; boundary=B", UPLOAD_MAX + 1000);
	buf_put(&out, buf_view(&form));
	buf_fill(&out, 'x', UPLOAD_MAX + 1000 - form.len);
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 413);
	assert_true(shows("\nwith a film</textarea>") && closing);
}

/* The session is over, or the form is an old one: our own page's text comes back, another's doesn't. */
static void test_typed_without_session(void **state)
{
	(void)state;
	fetch_site = NULL;
	form_start();
	form_field("csrf", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	form_field("message", "too late");
	form_send("/conversation/write");
	assert_int_equal(status, 403);
	assert_true(shows("type your codename again") && !shows("too late"));
	next_connection();
	fetch_site = "same-origin";
	form_send("/conversation/write");
	assert_int_equal(status, 403);
	assert_true(shows("\ntoo late</textarea>") && shows("href=\"/return\"") && !shows("name=\"csrf\""));
	next_connection();
	sign_in();
	form_start();
	form_field("message", "once more");
	form_send("/conversation/write");
	assert_int_equal(status, 403);
	assert_true(shows("\nonce more</textarea>") && shows(csrf));
	assert_int_equal(keeper.conversations[0].message_count, 1);
	next_connection();
	/* Its own cookie says that the form is ours, too, even after the session. */
	fetch_site = NULL;
	keeper.sessions[0].used = false;
	form_start();
	form_field("csrf", csrf);
	form_field("message", "mine");
	form_send("/conversation/write");
	assert_int_equal(status, 403);
	assert_true(shows("\nmine</textarea>") && shows("href=\"/return\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_draft_in_two_steps, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_draft_after_a_break, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_topics_choose_desks, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_desks_of_a_conversation, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_closed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_restored, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_another_topic_in_the_second_step, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_draft_problems, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_typed_comes_back, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_typed_without_session, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
