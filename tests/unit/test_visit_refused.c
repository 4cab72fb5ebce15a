/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the keeper refuses, and what was lost on the way: each has its page, what was typed comes back, and nothing is
 * half done. */
#include "test.h"

#include <string.h>
#include <unistd.h>

#include "visit/attachment.h"
#include "visit/visit.h"
#include "visit_stage.h"

static void refuse(enum message at, enum err with)
{
	keeper.refuse_at = at;
	keeper.refuse_with = with;
}

static void nothing_refused(void)
{
	refuse(MESSAGE_READY, ERR_OK);
	if (closing)
		next_connection();
}

/* ---- pages */

static void test_each_has_its_page(void **state)
{
	static const struct {
		enum err e;
		unsigned status;
	} cases[] = {
	    {ERR_FORMAT, 400}, {ERR_UNSUPPORTED, 415}, {ERR_TOO_BIG, 413}, {ERR_AUTH, 403},      {ERR_TIMEOUT, 408},
	    {ERR_FULL, 507},   {ERR_CLOSED, 503},      {ERR_BUSY, 503},    {ERR_NO_MEMORY, 503}, {ERR_NOT_FOUND, 500},
	    {ERR_EXISTS, 500}, {ERR_STATE, 500},       {ERR_LIBRARY, 500}, {ERR_IO, 500},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		refuse(MESSAGE_DESKS_GET, cases[i].e);
		get("/write");
		assert_int_equal(status, cases[i].status);
		assert_true(shows("<h1") && !shows("<textarea"));
		if (closing)
			next_connection();
	}
	/* It went away: nothing is asked on this connection any more. */
	nothing_refused();
	keeper.die_at = MESSAGE_DESKS_GET;
	get("/write");
	assert_int_equal(status, 503);
	assert_true(closing);
}

static void small_form(const char *path, const char *number)
{
	char post_form[160];

	snprintf(post_form, sizeof post_form, "csrf=%s&number=%s", csrf, number);
	post(path, post_form);
}

/* Neither done nor said to be done. */
static void test_small_forms(void **state)
{
	static const struct {
		const char *path;
		enum message at;
	} cases[] = {
	    {"/conversation/delete-reply", MESSAGE_REPLY_DELETE},
	    {"/conversation/delete", MESSAGE_CONVERSATION_DELETE},
	    {"/conversation/delete", MESSAGE_SESSION_GET},
	    {"/leave", MESSAGE_SESSION_DROP},
	    {"/leave", MESSAGE_SESSION_GET},
	};
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	put_reply(c, "still there", 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		refuse(cases[i].at, ERR_BUSY);
		small_form(cases[i].path, "1");
		assert_int_equal(status, 503);
		assert_true(cookie[0] != 0);
		nothing_refused();
		get("/conversation");
		assert_int_equal(status, 200);
		assert_true(shows("still there</pre>"));
	}
	/* Gone meanwhile is what was asked for. */
	refuse(MESSAGE_REPLY_DELETE, ERR_NOT_FOUND);
	small_form("/conversation/delete-reply", "1");
	assert_int_equal(status, 303);
}

/* A form that ends in its middle has nobody who could be answered, and does nothing. */
static void test_a_form_cut_short(void **state)
{
	static const char *const paths[] = {"/leave", "/conversation/delete", "/return", "/codename"};

	(void)state;
	sign_in();
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		head("POST", paths[i], "application/x-www-form-urlencoded", 100);
		buf_str(&out, "csrf=");
		buf_str(&out, csrf);
		send_all(buf_view(&out));
		next_connection();
	}
	head("POST", "/leave", "application/x-www-form-urlencoded", UPLOAD_MAX);
	send_all(buf_view(&out));
	shutdown(wire, SHUT_WR);
	receive_response(true);
	assert_int_equal(status, 413);
	next_connection();
	head("POST", "/conversation/delete", "text/plain", 1);
	buf_byte(&out, 'x');
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 415);
	next_connection();
	get("/conversation");
	assert_int_equal(status, 200);
}

/* ---- the conversation */

static void test_the_conversation(void **state)
{
	static const enum message steps[] = {MESSAGE_CONVERSATION_GET, MESSAGE_REPLY_NEXT, MESSAGE_MESSAGE_NEXT};
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	put_reply(c, "an answer", 0);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		refuse(steps[i], ERR_BUSY);
		get("/conversation");
		assert_int_equal(status, 503);
		assert_false(shows("an answer"));
		nothing_refused();
		/* Deleted meanwhile, by the desk or in another window. */
		refuse(steps[i], ERR_NOT_FOUND);
		get("/conversation");
		assert_int_equal(status, 403);
		assert_true(shows("Nothing is here under this codename") && !shows("an answer"));
		nothing_refused();
	}
	refuse(MESSAGE_SESSION_GET, ERR_BUSY);
	get("/conversation/write");
	assert_int_equal(status, 503);
	assert_false(shows("<textarea"));
	nothing_refused();
	/* Its keeper goes while a reply is read: no page that has only some of them. */
	keeper.die_at = MESSAGE_REPLY_READ;
	get("/conversation");
	assert_int_equal(status, 503);
	assert_true(closing && !shows("an answer"));
}

/* The record of a session is sealed: what isn't as it was written opens nothing. */
static void test_a_session_that_was_changed(void **state)
{
	struct fake_session *s = &keeper.sessions[0];

	(void)state;
	sign_in();
	s->len--;
	get("/conversation");
	assert_int_equal(status, 403);
	assert_true(shows("type your codename again"));
	s->len++;
	s->blob[20] ^= 1;
	get("/conversation");
	assert_int_equal(status, 403);
	s->blob[20] ^= 1;
	get("/conversation");
	assert_int_equal(status, 200);
}

/* As many as a page holds, the newest first, and how many there are besides. */
static void test_more_than_a_page_holds(void **state)
{
	static char text[60001];
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	memset(text, '"', sizeof text - 1);
	for (int i = 0; i < 6; i++)
		put_reply(c, text, 0);
	c->message_count = 150;
	get("/conversation");
	assert_int_equal(status, 200);
	assert_true(shows("id=\"reply-6\"") && shows("id=\"reply-3\"") && !shows("id=\"reply-2\""));
	assert_true(shows("fit on this page: 2.") && shows("that are not listed: 50."));
	small_form("/conversation/delete-reply", "6");
	small_form("/conversation/delete-reply", "4");
	get("/conversation");
	assert_true(shows("id=\"reply-1\"") && !shows("fit on this page"));
	c->message_count = 100;
	get("/conversation");
	assert_false(shows("that are not listed"));
	c->message_count = 1;
}

/* ---- what a desk sealed, and may have sealed wrongly */

static void put_bytes(struct fake_file *f, size_t n)
{
	f->p = calloc(1, n);
	f->n = n;
	assert_non_null(f->p);
}

static void test_replies_that_are_too_long(void **state)
{
	static char text[VISIT_REPLY + 2];
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	put_reply(c, "the first", 0);
	/* A byte more than a text may have, where padding may be. */
	memset(text, 'x', sizeof text - 1);
	put_reply(c, text, 0);
	/* More than collect takes, so whoever put it there. */
	put_reply(c, "endless", LIMIT_REPLY);
	/* No age file at all. */
	put_bytes(&c->replies[c->reply_count++], 5000);
	get("/conversation");
	assert_int_equal(status, 200);
	assert_true(shows("the first</pre>") && !shows("xxxx") && !shows("endless"));
	for (int i = 2; i <= 4; i++) {
		char id[24];
		snprintf(id, sizeof id, "id=\"reply-%d\"", i);
		assert_true(shows(id));
	}
}

static void test_attachments_that_lie(void **state)
{
	static const char fine[] = "Name: fine\nType: x\nLength: 3\n";
	static char filler[ATTACHMENT_META_MAX + 1];
	struct fake_conversation *c = &keeper.conversations[0];
	char post_form[160];
	ssize_t n;

	(void)state;
	sign_in();
	put_reply(c, "files", 0);
	put_attachment(c, fine, BYTES_LITERAL("abc"), 10);
	assert_int_equal(c->reply_count, 2);
	/* Its name has no end: neither the opened one, nor the sealed one. */
	put_attachment(c, fine, BYTES_LITERAL("abc"), 10);
	memset(filler, 'x', sizeof filler - 1);
	filler[0] = 'N';
	seal_reply(c, &c->metas[2], bytes_str(filler), 1);
	put_attachment(c, fine, BYTES_LITERAL("abc"), 10);
	seal_reply(c, &c->metas[3], bytes_str(fine), 64 * 1024);
	get("/conversation");
	assert_int_equal(status, 200);
	assert_true(shows("<bdi>fine</bdi>") && strstr(strstr(body, "<bdi>fine") + 1, "<bdi>fine") == NULL);
	small_form("/conversation/file", "3");
	assert_int_equal(status, 500);
	nothing_refused();
	/* More than the three bytes that it says: what comes after them isn't taken for padding. */
	put_attachment(c, fine, BYTES_LITERAL("abcd"), 10);
	snprintf(post_form, sizeof post_form, "csrf=%s&number=5", csrf);
	head("POST", "/conversation/file", "application/x-www-form-urlencoded", strlen(post_form));
	buf_str(&out, post_form);
	send_all(buf_view(&out));
	response_len = 0;
	while ((n = recv(wire, response + response_len, sizeof response - 1 - response_len, 0)) > 0)
		response_len += (size_t)n;
	response[response_len] = 0;
	assert_null(strstr(response, "abcd"));
	/* No last chunk: the browser knows that this isn't all. */
	assert_true(response_len < 5 || memcmp(response + response_len - 5, "0\r\n\r\n", 5) != 0);
}

/* ---- writing */

static char token[64];

static void open_form(void)
{
	get("/write");
	snprintf(token, sizeof token, "%s", between("name=\"draft\" value=\"", "\""));
}

static void with_file(const char *go)
{
	form_start();
	form_field("draft", token);
	form_field("message", "typed");
	form_file("a", "text/plain", BYTES_LITERAL("content"));
	form_field("go", go);
	form_send("/write");
}

/* The draft's note can't be read, or says another number of files: the files are asked for again. */
static void test_a_draft_that_was_lost(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct fake_kept *k = &keeper.kept[0];
		open_form();
		with_file("add");
		assert_true(status == 200 && shows("<bdi>a</bdi>"));
		next_connection();
		assert_true(k->used && k->note_len > 12 + 16);
		if (i == 0)
			k->note_len = 5;
		else if (i == 1)
			k->note[k->note_len - 1] ^= 1;
		else if (i == 2)
			k->files.count = 0;
		else
			k->note_len = 0;
		form_start();
		form_field("draft", token);
		form_field("message", "typed");
		form_field("go", "send");
		form_send("/write");
		assert_int_equal(status, 422);
		assert_true(shows("id=\"problem\"") && shows("\ntyped</textarea>") && !shows("<bdi>a</bdi>"));
		assert_false(keeper.conversations[0].used);
		next_connection();
		/* Sent once more, all of it arrives. */
		with_file("send");
		assert_int_equal(status, 200);
		assert_true(shows("id=\"codename\""));
		assert_int_equal(keeper.conversations[0].messages[0].count, 3);
		memset(keeper.conversations, 0, sizeof keeper.conversations);
		next_connection();
	}
}

/* Each step of a form with a file refused: nothing was sent, and what was typed comes back. */
static void test_each_step(void **state)
{
	static const enum message steps[] = {MESSAGE_RESERVE,  MESSAGE_DRAFT_OPEN, MESSAGE_DRAFT_GET, MESSAGE_DESKS_GET,
					     MESSAGE_FILE_END, MESSAGE_DRAFT_NOTE, MESSAGE_TURN,      MESSAGE_CREATE};

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		open_form();
		refuse(steps[i], ERR_BUSY);
		with_file("send");
		assert_int_equal(status, 503);
		assert_true(shows("\ntyped</textarea>") && !shows("id=\"codename\""));
		assert_false(keeper.conversations[0].used);
		nothing_refused();
		/* The keeper goes instead. */
		open_form();
		keeper.die_at = steps[i];
		with_file("send");
		assert_int_equal(status, 503);
		assert_true(closing && shows("\ntyped</textarea>"));
		assert_false(keeper.conversations[0].used);
		keeper.die_at = MESSAGE_COUNT;
		next_connection();
	}
	open_form();
	with_file("send");
	assert_int_equal(status, 200);
}

static void test_more_of_a_conversation(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	refuse(MESSAGE_SUBMIT, ERR_FULL);
	form_start();
	form_field("csrf", csrf);
	form_field("message", "more");
	form_send("/conversation/write");
	assert_int_equal(status, 507);
	assert_true(shows("\nmore</textarea>"));
	nothing_refused();
	refuse(MESSAGE_SESSION_GET, ERR_BUSY);
	form_send("/conversation/write");
	assert_int_equal(status, 503);
	nothing_refused();
	/* After a restart it has to be made anew, and there is no room. */
	c->used = false;
	refuse(MESSAGE_CREATE, ERR_FULL);
	form_send("/conversation/write");
	assert_int_equal(status, 507);
	assert_true(shows("\nmore</textarea>") && !c->used);
	nothing_refused();
	form_send("/conversation/write");
	assert_int_equal(status, 200);
	assert_int_equal(c->message_count, 1);
}

/* Fields that aren't the form's count for nothing; a file without a name is one all the same. */
static void test_odd_parts(void **state)
{
	struct fake_message *m = &keeper.conversations[0].messages[0];

	(void)state;
	form_start();
	form_field("unknown", "not looked at");
	buf_str(&form, "--B\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"x\"\r\n\r\nnot taken\r\n");
	form_field("message", "text");
	form_file("", "text/plain", BYTES_LITERAL("nameless"));
	form_file("/", "text/plain", BYTES_LITERAL("a folder"));
	form_send("/write");
	assert_int_equal(status, 200);
	assert_int_equal(m->count, 5);
	open_file(&m->files[0], FILE_DATA);
	opened_is("nameless", 4096);
	for (int i = 1; i <= 3; i += 2) {
		open_file(&m->files[i], FILE_META);
		assert_memory_equal(opened, "Name: unnamed\n", 14);
	}
	open_file(&m->files[4], FILE_TEXT);
	opened_is("Courier-Message: 1\nTopic: \nLength: 4\nAttachments: 2\n\ntext", 4096);
	next_connection();
	/* A word that is longer than any of ours. */
	form_start();
	form_field("draft", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	form_field("message", "text");
	form_send("/write");
	assert_int_equal(status, 413);
	assert_false(keeper.conversations[1].used);
	next_connection();
	/* The keeper refuses the nameless one's room. */
	refuse(MESSAGE_RESERVE, ERR_FULL);
	form_start();
	form_field("message", "text");
	form_file("", "text/plain", BYTES_LITERAL("nameless"));
	form_send("/write");
	assert_int_equal(status, 507);
	assert_true(shows("\ntext</textarea>"));
	nothing_refused();
	/* A draft before the session's token is not opened: the form isn't ours. */
	sign_in();
	keeper.talk_count = 0;
	form_start();
	form_field("draft", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	form_field("message", "text");
	form_send("/conversation/write");
	assert_int_equal(status, 403);
	for (size_t i = 0; i < keeper.talk_count; i++)
		assert_int_not_equal(keeper.talk[i].type, MESSAGE_DRAFT_OPEN);
}

static void test_coming_in(void **state)
{
	static const enum message steps[] = {MESSAGE_AUTH, MESSAGE_VISIT_WORD, MESSAGE_SESSION_PUT};
	char post_form[512];

	(void)state;
	write_message("hello");
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		refuse(steps[i], ERR_FULL);
		post("/return", post_form);
		assert_int_equal(status, 507);
		assert_true(cookie[0] == 0 && !keeper.sessions[0].used);
		nothing_refused();
	}
	/* One letter is wrong: the words that it may have been. */
	post("/return", "codename=abendom+ability+able+about+above+absent+absorb+abstract+absurd");
	assert_int_equal(status, 403);
	assert_true(shows("abandon"));
	post("/return", post_form);
	assert_int_equal(status, 303);
}

/* ---- its part of the site, and no part at all */

static void test_no_part(void **state)
{
	char program[] = "visit";
	char *arguments[] = {program, NULL};

	(void)state;
	assert_int_equal(visit_set_part(&v, bytes_first(part_fields, part_fields.n - 1)), ERR_FORMAT);
	assert_int_equal(visit_main(1, arguments), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_each_has_its_page, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_small_forms, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_form_cut_short, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_the_conversation, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_session_that_was_changed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_more_than_a_page_holds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_replies_that_are_too_long, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_attachments_that_lie, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_draft_that_was_lost, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_each_step, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_more_of_a_conversation, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_odd_parts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_coming_in, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_part, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
