/* SPDX-License-Identifier: GPL-3.0-or-later
 * Whole visits over a socket, the way a browser would make them, against a keeper in plain memory. What was sealed is
 * opened with the desk's identity and compared. */
#include "test.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "visit_stage.h"

/* ---- the tests */

static void test_pages(void **state)
{
	(void)state;
	get("/");
	assert_int_equal(status, 200);
	assert_true(shows("The &lt;Example&gt; Desk") && shows("http://x.onion/") && !closing);
	assert_true(shows("It is us.") && shows("<style>:root{--accent:#123456}</style>"));
	assert_non_null(strstr(response, "=' 'sha256-x='; form-action"));
	get("/?lang=de");
	assert_true(shows("Wir sind &lt;es&gt;."));
	get("/write?lang=de");
	assert_true(shows("<option value=\"Work\">Arbeit</option>"));
	get("/safety");
	assert_int_equal(status, 200);
	get("/write");
	assert_int_equal(status, 200);
	assert_true(shows("<option value=\"Work\">Work</option>") && shows(">Health &amp; safety</option>"));
	assert_true(shows("name=\"message\"") && shows("name=\"file\"") && !shows("name=\"csrf\""));
	assert_true(shows("together at most <bdi>8\xc2\xa0MB</bdi>"));
	get("/return");
	assert_int_equal(status, 200);
	assert_true(shows("name=\"codename\"") && !shows("role=\"alert\""));
	get("/conversation");
	assert_int_equal(status, 403);
	assert_true(shows("id=\"problem\"") && shows("name=\"codename\""));
	get("/nothing");
	assert_int_equal(status, 404);
	get("/?x=y");
	assert_int_equal(status, 200);
	get("/write/");
	assert_int_equal(status, 404);
	get("/leave");
	assert_int_equal(status, 405);
	assert_non_null(strstr(response, "\r\nAllow: POST\r\n"));
	post("/", "");
	assert_int_equal(status, 405);
	assert_non_null(strstr(response, "\r\nAllow: GET, HEAD\r\n"));
	assert_false(closing);
	head("HEAD", "/", NULL, 0);
	send_all(buf_view(&out));
	receive_response(false);
	assert_int_equal(status, 200);
	head("DELETE", "/write", NULL, 0);
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 405);
	assert_non_null(strstr(response, "\r\nAllow: GET, HEAD, POST\r\n"));
}

static void test_sealing(void **state)
{
	static uint8_t big[3 << 20];
	struct fake_message *m = &keeper.conversations[0].messages[0];
	char length[64];

	(void)state;
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	form_start();
	form_field("topic", "Health & safety");
	form_field("message", "\xd0\xb4\xd0\xb0\r\nsecond line\r\n");
	form_file("photo \xd1\x84.jpg", "image/jpeg", BYTES_ARRAY(big));
	form_file("C:\\Users\\Ivan\\empty%22.txt", "text/plain; charset=x", bytes_of(NULL, 0));
	form_send("/write");
	assert_int_equal(status, 200);
	assert_false(closing);
	assert_int_equal(m->count, 5);
	/* DATA and META of each attachment, the text last: it says how many there are. */
	open_file(&m->files[4], FILE_TEXT);
	opened_is(
	    "Courier-Message: 1\nTopic: Health & safety\nLength: 17\nAttachments: 2\n\n\xd0\xb4\xd0\xb0\nsecond line\n",
	    4096);
	open_file(&m->files[0], FILE_DATA);
	assert_int_equal(opened_len, sizeof big);
	assert_memory_equal(opened, big, sizeof big);
	assert_true(m->files[0].full_records >= 47 && m->files[0].records <= 50);
	snprintf(length, sizeof length, "Name: photo \xd1\x84.jpg\nType: image/jpeg\nLength: %zu\n", sizeof big);
	open_file(&m->files[1], FILE_META);
	opened_is(length, 1024);
	open_file(&m->files[2], FILE_DATA);
	opened_is("", 4096);
	open_file(&m->files[3], FILE_META);
	opened_is("Name: empty\".txt\nType: text/plain\nLength: 0\n", 1024);
	/* What was set aside was enough for what came, and not twice as much. */
	assert_int_equal(keeper.unannounced, 0);
	assert_in_range(keeper.most_reserved, sizeof big, sizeof big + (5 << 18));
}

/* Headers and paddings of many small files are more than the files themselves, most of all with hybrid keys. */
static void test_room_for_small_files(void **state)
{
	struct fake_message *m = &keeper.conversations[0].messages[0];
	static char text[33 << 10]; /* padded, nearly twice as long */

	(void)state;
	form_start();
	memset(text, 'x', sizeof text - 1);
	form_field("message", text);
	for (int i = 0; i < LIMIT_FILES; i++) {
		char name[16];
		snprintf(name, sizeof name, "short%02d.txt", i);
		form_file(name, "text/plain", BYTES_LITERAL("x"));
	}
	form_send("/write");
	assert_int_equal(status, 200);
	assert_int_equal(m->count, 2 * LIMIT_FILES + 1);
	assert_int_equal(keeper.unannounced, 0);
}

/* One story in four parts. */
static char codename[256];
static char digits[64];

static void story_first_visit(struct fake_conversation *c)
{
	write_message("hello");
	assert_int_equal(status, 200);
	snprintf(codename, sizeof codename, "%s", text_of("codename"));
	snprintf(digits, sizeof digits, "%s", text_of("codename-digits"));
	assert_int_equal(strlen(digits), 35);
	put_reply(c, "first <b>reply</b>\n& more", 500);
	put_reply(c, "second", 0);
	c->messages[0].receipt = RECEIPT_COLLECTED;
	disconnect();
}

/* Another day, another process. */
static void story_return(void)
{
	char post_form[512];

	connect_new();
	form_with(post_form, sizeof post_form, "codename", codename);
	post("/return", post_form);
	assert_int_equal(status, 303);
	assert_non_null(strstr(response, "\r\nLocation: /conversation\r\n"));
	assert_non_null(strstr(response, "; HttpOnly; SameSite=Strict; Path=/\r\n"));
	assert_int_equal(strlen(cookie), 2 + SESSION_TEXT_LEN);
	get("/conversation");
	assert_int_equal(status, 200);
	assert_true(shows("<div class=\"reply card\" id=\"reply-1\">"));
	assert_true(shows("first &lt;b&gt;reply&lt;/b&gt;\n&amp; more</pre>"));
	assert_true(shows("second</pre>") && strstr(body, "second</pre>") < strstr(body, "first &lt;"));
	assert_true(shows("2024-10-05") && shows("fetched by us") && !shows("stored here, sealed"));
	snprintf(csrf, sizeof csrf, "%s", between("name=\"csrf\" value=\"", "\""));
	assert_int_equal(strlen(csrf), SESSION_TEXT_LEN);
}

static void story_write_again(struct fake_conversation *c)
{
	char post_form[512];

	form_start();
	form_field("csrf", csrf);
	form_field("topic", "Health & safety");
	form_field("message", "more");
	form_file("a.txt", "text/plain", BYTES_LITERAL("x"));
	form_send("/conversation/write");
	assert_int_equal(status, 200);
	assert_true(!shows("id=\"codename\"") && shows("/leave"));
	assert_int_equal(c->message_count, 2);
	open_file(&c->messages[1].files[2], FILE_TEXT);
	opened_is("Courier-Message: 1\nTopic: Health & safety\nLength: 4\nAttachments: 1\n\nmore", 4096);

	/* Deleting a reply, twice. */
	snprintf(post_form, sizeof post_form, "csrf=%s&number=1", csrf);
	post("/conversation/delete-reply", post_form);
	assert_int_equal(status, 303);
	post("/conversation/delete-reply", post_form);
	assert_int_equal(status, 303);
	get("/conversation");
	assert_true(!shows("reply-1\"") && shows("reply-2\"") && shows("stored here, sealed"));
	disconnect();
}

static void story_end(struct fake_conversation *c)
{
	char post_form[512];

	/* The session lives on in the cookie. A second conversation on the same connection is another one. */
	connect_new();
	get("/conversation");
	assert_int_equal(status, 200);
	write_message("a new story");
	assert_int_equal(status, 200);
	assert_true(shows("id=\"codename\"") && keeper.conversations[1].used);
	get("/conversation");
	assert_true(shows("reply-2\""));

	/* All gone. */
	snprintf(post_form, sizeof post_form, "csrf=%s", csrf);
	post("/conversation/delete", post_form);
	assert_int_equal(status, 200);
	assert_non_null(strstr(response, "\r\nClear-Site-Data: "));
	assert_true(!c->used && cookie[0] == 0 && !keeper.sessions[0].used);
	snprintf(cookie, sizeof cookie, "%s", "s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
	get("/conversation");
	assert_int_equal(status, 403);
	assert_true(shows("type your codename again") && cookie[0] != 0);
	assert_non_null(strstr(response, "\r\nSet-Cookie: s=; Max-Age=0;"));
	cookie[0] = 0;

	/* By digits too; and the codename opens nothing any more. */
	form_with(post_form, sizeof post_form, "codename", digits);
	post("/return", post_form);
	assert_int_equal(status, 303);
	assert_non_null(strstr(response, "\r\nLocation: /conversation\r\n"));
	assert_int_equal(strlen(cookie), 2 + SESSION_TEXT_LEN);
	get("/conversation");
	assert_int_equal(status, 403);
	assert_true(shows("Nothing is here under this codename"));
	cookie[0] = 0;
}

static void test_round_trip(void **state)
{
	(void)state;
	story_first_visit(&keeper.conversations[0]);
	story_return();
	story_write_again(&keeper.conversations[0]);
	story_end(&keeper.conversations[0]);
}

static void test_hybrid(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];

	test_round_trip(state);
	assert_int_equal(strlen(c->recipient), 1959);
	assert_memory_equal(c->recipient, "age1pq1", 7);
}

static void test_csrf(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	post("/conversation/delete", "csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	assert_int_equal(status, 403);
	post("/conversation/delete", "");
	assert_int_equal(status, 403);
	post("/conversation/delete-reply", "number=1");
	assert_int_equal(status, 403);
	post("/leave", "csrf=x");
	assert_int_equal(status, 403);
	assert_true(c->used && keeper.sessions[0].used);
	/* The token comes after the file: refused at the file. */
	form_start();
	form_file("a", "text/plain", BYTES_LITERAL("x"));
	form_field("csrf", csrf);
	form_send("/conversation/write");
	assert_int_equal(status, 403);
	assert_true(closing);
	assert_int_equal(c->message_count, 1);
	disconnect();
	connect_new();
	form_start();
	form_field("message", "no token");
	form_send("/conversation/write");
	assert_int_equal(status, 403);
	assert_int_equal(c->message_count, 1);
	disconnect();
	connect_new();
	/* A token of another session is none. */
	char other[64];
	snprintf(other, sizeof other, "%s", csrf);
	cookie[0] = 0;
	sign_in();
	assert_string_not_equal(other, csrf);
	form_start();
	form_field("csrf", other);
	form_field("message", "x");
	form_send("/conversation/write");
	assert_int_equal(status, 403);
}

/* Another site's page sends a form of ours: refused, whatever it holds; our own and old browsers' are taken. */
static void test_other_sites(void **state)
{
	static const char *const theirs[] = {"cross-site", "same-site", "nonsense"};
	char mine[64];

	(void)state;
	for (size_t i = 0; i < sizeof theirs / sizeof theirs[0]; i++) {
		fetch_site = theirs[i];
		post("/return", "codename=nobody");
		assert_int_equal(status, 403);
		assert_non_null(strstr(body, "come from our page"));
		assert_int_equal(cookie[0], 0);
		if (closing) {
			disconnect();
			connect_new();
		}
	}
	fetch_site = "same-origin";
	sign_in();
	snprintf(mine, sizeof mine, "%s", csrf);
	fetch_site = "cross-site";
	post("/leave", "csrf=x");
	assert_int_equal(status, 403);
	assert_true(keeper.sessions[0].used);
	assert_string_equal(mine, csrf);
}

/* A browser that doesn't say where a form comes from: the page's cookie and token say it. */
static void test_old_browsers(void **state)
{
	char post_form[512];
	char guard[64];

	(void)state;
	fetch_site = NULL;
	write_message("hello");
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	cookie[0] = 0;
	post("/return", post_form);
	assert_int_equal(status, 403);
	assert_true(shows("cookies") && !shows(post_form + 9));
	get("/return");
	take_cookie();
	assert_memory_equal(cookie, "f=", 2);
	snprintf(guard, sizeof guard, "&csrf=%s", between("name=\"csrf\" value=\"", "\""));
	strcat(post_form, guard);
	post("/return", post_form);
	assert_int_equal(status, 303);
	assert_memory_equal(cookie, "s=", 2);
	post_form[strlen(post_form) - 1] ^= 1;
	post("/return", post_form);
	assert_int_equal(status, 403);
	assert_int_equal(keeper.sessions[1].used, false);
	/* Nor is a codename shown that another page has sent. */
	post("/codename", "codename=1");
	assert_int_equal(status, 403);
}

/* The button of a language: the page in it, with what was typed. */
static void test_languages(void **state)
{
	char post_form[512];

	(void)state;
	post("/return", "lang=en&codename=%3Cb%3E+abandon");
	assert_int_equal(status, 200);
	assert_true(shows("\n&lt;b&gt; abandon</textarea>") && !shows("role=\"alert\""));
	write_message("hello");
	form_with(post_form, sizeof post_form, "codename", text_of("codename-digits"));
	strcat(post_form, "&lang=en");
	snprintf(codename, sizeof codename, "%s", text_of("codename"));
	post("/codename", post_form);
	assert_int_equal(status, 200);
	assert_string_equal(text_of("codename"), codename);
	post("/codename", "codename=12&lang=en");
	assert_int_equal(status, 400);
	form_start();
	form_field("lang", "en");
	form_field("message", "half a sen");
	form_send("/write");
	assert_int_equal(status, 200);
	assert_true(shows("\nhalf a sen</textarea>") && !shows("role=\"alert\"") && !keeper.conversations[1].used);
}

static void test_empty_and_long(void **state)
{
	static char text[LIMIT_FORM_VALUE + 2];

	(void)state;
	form_start();
	form_field("topic", "Health & safety");
	form_field("message", " \r\n ");
	form_send("/write");
	assert_int_equal(status, 422);
	assert_true(shows("role=\"alert\"") &&
		    shows("<option value=\"Health &amp; safety\" selected>Health &amp; safety</option>") && !closing);
	assert_int_equal(keeper.draft.count, 0);
	/* A file without a text is a message. */
	form_start();
	form_field("message", "");
	form_file("a", "text/plain", BYTES_LITERAL("x"));
	form_send("/write");
	assert_int_equal(status, 200);
	/* Too long: it comes back as it was. */
	memset(text, '&', LIMIT_TEXT + 1);
	text[LIMIT_TEXT + 1] = 0;
	write_message(text);
	assert_int_equal(status, 422);
	assert_true(shows("is longer than we can take") && shows("&amp;&amp;&amp;&amp;"));
	assert_int_equal(response_len, page_buckets[2]);
	memset(text, 'x', LIMIT_TEXT);
	text[LIMIT_TEXT] = 0;
	write_message(text);
	assert_int_equal(status, 200);
	/* Longer than can be held. */
	memset(text, 'x', LIMIT_FORM_VALUE + 1);
	text[LIMIT_FORM_VALUE + 1] = 0;
	write_message(text);
	assert_int_equal(status, 413);
	assert_true(shows("8\xc2\xa0MB") && closing);
}

static void test_too_big(void **state)
{
	(void)state;
	/* The page arrives although the whole body is sent first. */
	head("POST", "/write", "multipart/form-data; boundary=B", UPLOAD_MAX + 60000);
	buf_fill(&out, 'x', UPLOAD_MAX + 60000);
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 413);
	assert_true(closing && shows("8\xc2\xa0MB"));
	disconnect();
	connect_new();
	form_start();
	for (uint8_t i = 0; i < LIMIT_FILES + 1; i++)
		form_file("a", "text/plain", bytes_of(&i, 1));
	form_send("/write");
	assert_int_equal(status, 413);
	disconnect();
	connect_new();
	head("POST", "/return", "application/x-www-form-urlencoded", VISIT_FORM_BODY + 1);
	buf_fill(&out, 'x', VISIT_FORM_BODY + 1);
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 413);
}

static void test_broken(void **state)
{
	(void)state;
	post("/write", "message=x");
	assert_int_equal(status, 415);
	disconnect();
	connect_new();
	form_start();
	form_field("codename", "x");
	form_send("/return");
	assert_int_equal(status, 415);
	disconnect();
	connect_new();
	/* Without its end, inside a file: nothing is stored and the connection is over. */
	form_start();
	form_field("message", "x");
	form_file("a", "text/plain", BYTES_LITERAL("x"));
	form.len -= 2;
	head("POST", "/write", "multipart/form-data; boundary=B", form.len);
	buf_put(&out, buf_view(&form));
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 400);
	assert_true(closing && !keeper.conversations[0].used);
	disconnect();
	connect_new();
	/* Cut off in the middle: nobody is there to be answered. */
	head("POST", "/write", "multipart/form-data; boundary=B", form.len + 100);
	buf_put(&out, buf_view(&form));
	send_all(buf_view(&out));
	disconnect();
	assert_false(keeper.conversations[0].used);
	connect_new();
	out = buf_over(request, sizeof request);
	buf_str(&out, "GET / HTTP/1.2\r\n\r\n");
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 505);
	assert_true(closing);
	disconnect();
	connect_new();
	/* lynx, w3m */
	out = buf_over(request, sizeof request);
	buf_str(&out, "GET / HTTP/1.0\r\nHost: x\r\n\r\n");
	send_all(buf_view(&out));
	receive_response(true);
	assert_int_equal(status, 200);
	assert_true(closing);
}

static void test_keeper_refuses(void **state)
{
	(void)state;
	keeper.refuse_reserve = ERR_FULL;
	write_message("x");
	assert_int_equal(status, 507);
	keeper.refuse_reserve = ERR_OK;
	disconnect();
	connect_new();
	keeper.refuse_file_end = ERR_FULL;
	write_message("x");
	assert_int_equal(status, 507);
	keeper.refuse_file_end = ERR_OK;
	disconnect();
	assert_false(keeper.conversations[0].used);
	connect_new();
	/* What was sent for nothing isn't a part of the next message: it goes with the connection. */
	keeper.refuse_create = ERR_FULL;
	write_message("x");
	assert_int_equal(status, 507);
	assert_true(closing);
	disconnect();
	connect_new();
	/* A record that the keeper finds damaged is no reason to leave its source without an answer. */
	keeper.refuse_create = ERR_IO;
	write_message("x");
	assert_int_equal(status, 500);
	keeper.refuse_create = ERR_OK;
	disconnect();
	assert_false(keeper.conversations[0].used);
	connect_new();
	keeper.die_at = MESSAGE_CREATE;
	write_message("x");
	assert_int_equal(status, 503);
	assert_true(closing);
	disconnect();
	connect_new();
	keeper.die_at = MESSAGE_AUTH;
	post("/return", "codename=00000-00000-00000-00000-00000-00209"); /* the first of tests/vectors/codename.txt */
	assert_int_equal(status, 503);
	keeper.die_at = MESSAGE_COUNT;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_sealing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_room_for_small_files, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_room_for_small_files, set_up_hybrid, tear_down),
	    cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hybrid, set_up_hybrid, tear_down),
	    cmocka_unit_test_setup_teardown(test_csrf, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_other_sites, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_old_browsers, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_languages, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_empty_and_long, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_too_big, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_keeper_refuses, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
