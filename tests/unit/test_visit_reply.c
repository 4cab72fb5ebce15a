/* SPDX-License-Identifier: GPL-3.0-or-later
 * Replies as their source sees them: what can't be opened, long padding, attachments and their download. */
#include "test.h"

#include <string.h>

#include "visit_stage.h"

static void test_unreadable_reply(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	put_reply(c, "whole", 0);
	put_reply(c, "changed", 0);
	c->replies[1].p[c->replies[1].n - 1] ^= 1;
	get("/conversation");
	assert_int_equal(status, 200);
	assert_true(shows("whole</pre>") && !shows("changed") && shows("be opened"));
	/* Whatever collect takes is shown: padding may be longer than any text. */
	put_reply(c, "padded", 200 * 1024);
	assert_true(c->replies[2].n < LIMIT_REPLY);
	get("/conversation");
	assert_true(shows("padded</pre>"));
}

/* ---- attachments */

static uint8_t photo[300000];
static uint8_t saved[sizeof photo + 1];

/* The whole answer to the end of the connection; its chunks, without their extensions, in `saved`. Returns how many
 * bytes of them there are, or -1 if the last chunk is missing. */
static ssize_t download(const char *post_form)
{
	char *at;
	size_t len = 0;
	ssize_t n;

	head("POST", "/conversation/file", "application/x-www-form-urlencoded", strlen(post_form));
	buf_str(&out, post_form);
	send_all(buf_view(&out));
	response_len = 0;
	while ((n = recv(wire, response + response_len, sizeof response - 1 - response_len, 0)) > 0)
		response_len += (size_t)n;
	response[response_len] = 0;
	status = (unsigned)strtoul(response + 9, NULL, 10);
	body = strstr(response, "\r\n\r\n");
	assert_non_null(body);
	at = body + 4;
	while ((n = (ssize_t)strtoul(at, NULL, 16)) > 0) {
		char *line_end = strstr(at, "\r\n");
		if (line_end == NULL || line_end + 2 + n + 2 > response + response_len)
			return -1;
		assert_true((size_t)n <= sizeof saved - len);
		memcpy(saved + len, line_end + 2, (size_t)n);
		len += (size_t)n;
		at = line_end + 2 + n + 2;
	}
	return *at == '0' ? (ssize_t)len : -1;
}

static const char *form_for(const char *number)
{
	static char post_form[128];

	snprintf(post_form, sizeof post_form, "csrf=%s&number=%s", csrf, number);
	return post_form;
}

static void put_three(struct fake_conversation *c)
{
	for (size_t i = 0; i < sizeof photo; i++)
		photo[i] = (uint8_t)(i * 13 + i / 256);
	put_reply(c, "no files", 0);
	put_reply(c, "three files", 0);
	put_attachment(c, "Name: \xd1\x84<b>.jpg\nType: text/html\nLength: 300000\n", BYTES_ARRAY(photo), 24288);
	put_attachment(c, "Name: \nType: x\nLength: 0\n", bytes_of(NULL, 0), 4096);
	put_attachment(c, "Name: long.bin\nType: x\nLength: 5000\n", BYTES_LITERAL("shorter"), 4096 - 7);
	put_reply(c, "last", 0);
}

static void test_attachments_are_listed(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];
	const char *begin;
	const char *end;

	(void)state;
	sign_in();
	put_three(c);
	c->metas[4].p[c->metas[4].n - 1] ^= 1;
	get("/conversation");
	assert_int_equal(status, 200);
	begin = strstr(body, "id=\"reply-2\"");
	end = strstr(body, "id=\"reply-1\"");
	assert_true(begin != NULL && end != NULL && begin < end);
	assert_non_null(strstr(body, "\xd1\x84&lt;b&gt;.jpg</bdi>"));
	assert_true(strstr(body, "\xd1\x84&lt;b&gt;") > begin && strstr(body, "\xd1\x84&lt;b&gt;") < end);
	/* One form each; what can't be opened has none. The reply's own button keeps the reply's number. */
	begin = strstr(begin, "/conversation/file");
	assert_non_null(strstr(begin, "value=\"3\""));
	begin = strstr(begin + 1, "/conversation/file");
	assert_non_null(strstr(begin, "value=\"4\""));
	assert_null(strstr(begin + 1, "/conversation/file"));
	begin = strstr(begin, "/conversation/delete-reply");
	assert_true(strncmp(strstr(begin, "name=\"number\""), "name=\"number\" value=\"2\"", 22) == 0);
}

static void test_download(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	put_three(c);
	assert_int_equal(download(form_for("3")), sizeof photo);
	assert_int_equal(status, 200);
	assert_memory_equal(saved, photo, sizeof photo);
	assert_int_equal(response_len, page_buckets[2]);
	assert_non_null(strstr(response, "\r\nContent-Type: application/octet-stream\r\nCache-Control: no-store\r\n"));
	assert_non_null(strstr(response, "\r\nContent-Disposition: attachment; filename=\"__b_.jpg\"; "
					 "filename*=UTF-8''%D1%84_b_.jpg\r\n"));
	next_connection();
	assert_int_equal(download(form_for("4")), 0);
	assert_int_equal(response_len, page_buckets[0]);
	assert_non_null(strstr(response, "filename=\"file\""));
	/* Shorter than it says: the browser is not told that this is all. */
	next_connection();
	assert_int_equal(download(form_for("5")), -1);
	/* Changed on its way: what was genuine is sent, and no end. */
	next_connection();
	c->replies[2].p[c->replies[2].n - 1] ^= 1;
	assert_int_equal(download(form_for("3")), -1);
}

static void test_download_refused(void **state)
{
	struct fake_conversation *c = &keeper.conversations[0];

	(void)state;
	sign_in();
	put_three(c);
	post("/conversation/file", "csrf=x&number=3");
	assert_int_equal(status, 403);
	post("/conversation/file", form_for("x"));
	assert_int_equal(status, 400);
	get("/conversation/file");
	assert_int_equal(status, 405);
	/* A text, what isn't there, and what was deleted: the conversation shows what there is. */
	post("/conversation/file", form_for("2"));
	assert_int_equal(status, 303);
	post("/conversation/file", form_for("9"));
	assert_int_equal(status, 303);
	c->metas[2].p[c->metas[2].n - 1] ^= 1;
	post("/conversation/file", form_for("3"));
	assert_int_equal(status, 500);
	cookie[0] = 0;
	post("/conversation/file", form_for("3"));
	assert_int_equal(status, 403);
	next_connection();
	fetch_site = "cross-site";
	post("/conversation/file", form_for("3"));
	assert_int_equal(status, 403);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_unreadable_reply, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_attachments_are_listed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_download, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_download, set_up_hybrid, tear_down),
	    cmocka_unit_test_setup_teardown(test_download_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
