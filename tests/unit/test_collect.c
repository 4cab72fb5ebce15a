/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's calls, over socketpairs. Those with archives are in test_collect_archives.c. */
#include "collect_stage.h"

#include <stdlib.h>

#include "collect/cursor.h"
#include "tar/reader.h"

static void unknown_desks_all_get_the_same_bytes(void **state)
{
	static const char *const requests[] = {
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer abab\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "00\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer  " TOKEN "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Basic " TOKEN "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer zz" TOKEN "\r\n\r\n",
	    "GET /nowhere HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "DELETE /v1/status HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "HEAD /v1/status HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "POST /v1/collected HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 5\r\n\r\nhello",
	    "PUT /v1/conversations/" HEX "/replies/a HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 99999999\r\n\r\nage",
	    "DELETE /v1/conversations/" HEX " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG "\r\n\r\n",
	    "GET /v1/collect?after=x HTTP/1.1\r\nHost: x.onion\r\n\r\n",
	    "GET /v1/status HTTP/1.0\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n\r\n",
	    "BREW /v1/status HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n\r\n",
	    "GET /v1/status HTTP/1.1\r\nAuthorization: Bearer " TOKEN "\r\n\r\n",
	    "POST /v1/collected HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN
	    "\r\n\r\n", /* no Content-Length */
	    "complete nonsense\r\n\r\n",
	    "PUT /v1/restore HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 9999999999\r\n\r\n",
	    "PUT /v1/conversations/" HEX "/mute HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 0\r\n\r\n",
	    "POST /v1/drain HTTP/1.1\r\nHost: x.onion\r\nContent-Length: 0\r\n\r\n",
	    "PUT /v1/token HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG
	    "\r\nContent-Length: 64\r\n\r\n" WRONG,
	    "POST /v1/revoke HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG
	    "\r\nContent-Length: 6\r\n\r\nrevoke",
	};
	static uint8_t first[4096];
	size_t first_len = 0;
	struct keeper k = {0};

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		talk_text(&k, requests[i]);
		assert_true(has_status("401"));
		if (i == 0) {
			memcpy(first, response, response_len);
			first_len = response_len;
		}
		assert_int_equal(response_len, first_len);
		assert_memory_equal(response, first, first_len);
		/* At most the one question. */
		assert_true(strcmp(k.log, "DESK_AUTH ") == 0 || k.log[0] == '\0');
	}
}

static void status_is_json(void **state)
{
	struct keeper k = {.waiting = 2};

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(has_status("200"));
	assert_true(has("application/json"));
	assert_true(has("\r\n\r\n{\"name\":\"The \\\"Harbour\\\" Post\",\"boot\":\"" BOOT
			"\",\"boot_day\":\"2024-10-04\",\"conversations\":1,"
			"\"replies\":3,\"used\":4,\"capacity\":5,\"draining\":false,\"waiting\":2,\"waiting_here\":1,"
			"\"muted\":6,\"binary\":\"" HASH "\",\"uptime_days\":7,\"restarts\":8,\"crashes\":9,"
			"\"skew_seconds\":-61,\"guard_age_days\":12,\"guards_same\":true,\"guards_wait\":false,"
			"\"guards\":\"" GUARD_LINE "," GUARD_LINE "\",\"pcr4\":\"" HASH "\",\"pcr11\":\"" HASH
			"\"}\n"));
	k.draining = 1;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(has("\"draining\":true,"));
}

/* Whatever is added to BOX_FACTS, a desk sees it. */
static void every_fact_of_the_box_is_told(void **state)
{
	static uint8_t plain[sizeof response];
	struct keeper k = {.waiting = 2};
	size_t plain_len;

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(k.facts > 0);
	memcpy(plain, response, response_len);
	plain_len = response_len;
	for (k.changed = 1; k.changed <= k.facts; k.changed++) {
		talk_text(&k, HEAD("GET /v1/status") "\r\n");
		assert_true(has_status("200"));
		if (bytes_eq(bytes_of(response, response_len), bytes_of(plain, plain_len)))
			fail_msg("the answer doesn't have fact %u of %u", k.changed, k.facts);
	}
}

static void several_requests_on_one_connection(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n" HEAD("DELETE /v1/conversations/" HEX) "\r\n" HEAD(
			  "DELETE /v1/conversations/" HEX "/messages/0007") "\r\n");
	assert_string_equal(k.log, "DESK_AUTH STATUS CONVERSATION_FORGET MESSAGE_FORGET =7 ");
	assert_true(has("HTTP/1.1 404"));
	/* Another token on a known desk's connection is nobody's. */
	talk_text(&k, HEAD("GET /v1/status") "\r\nDELETE /v1/conversations/" HEX
					     " HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " WRONG "\r\n\r\n");
	assert_string_equal(k.log, "DESK_AUTH STATUS ");
	assert_true(has("HTTP/1.1 401"));
}

static void unknown_paths_and_methods(void **state)
{
	static const struct {
		const char *line, *status;
	} cases[] = {
	    {"GET /", "404"},
	    {"GET /v1", "404"},
	    {"GET /v1/status/", "404"},
	    {"GET /v1//status", "404"},
	    {"GET /v2/status", "404"},
	    {"POST /v1/status", "405"},
	    {"GET /v1/collected", "405"},
	    {"GET /v1/conversations/" HEX, "405"},
	    {"DELETE /v1/conversations/" HEX "0", "404"},
	    {"DELETE /v1/conversations/xyz12233445566778899aabbccddeeff", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/1", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/0000", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/9999", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/-001", "404"},
	    {"DELETE /v1/conversations/" HEX "/messages/0001", "200"},
	    {"PUT /v1/conversations/" HEX "/replies/UPPER", "404"},
	    {"PUT /v1/conversations/" HEX "/replies/a.b", "404"},
	    {"PUT /v1/conversations/" HEX "/replies/abcdefghijklmnopqrstuvwxyz0123456", "404"},
	};
	struct keeper k = {0};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char request[600];
		(void)snprintf(request, sizeof request,
			       "%s HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN "\r\n%s\r\n",
			       cases[i].line, cases[i].line[0] == 'P' ? "Content-Length: 0\r\n" : "");
		talk_text(&k, request);
		if (!has_status(cases[i].status))
			fail_msg("%s: %.12s", cases[i].line, (char *)response);
	}
}

/* ---- the stream */

static size_t unchunk(uint8_t *body)
{
	uint8_t *at = memmem(response, response_len, "\r\n\r\n", 4);
	size_t n = 0;

	assert_non_null(at);
	at += 4;
	for (;;) {
		char *end;
		unsigned long size;
		if (at >= response + response_len)
			return SIZE_MAX; /* cut off */
		size = strtoul((char *)at, &end, 16);
		at = (uint8_t *)end + 2;
		if (size == 0)
			return n;
		if (at + size > response + response_len)
			return SIZE_MAX;
		memmove(body + n, at, size);
		n += size;
		at += size + 2;
	}
}

static char listing[4096];

static enum err list_begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	char line[200];

	(void)context;
	(void)time_s;
	(void)snprintf(line, sizeof line, "%.*s %llu\n", (int)name.n, (const char *)name.p, (unsigned long long)size);
	strcat(listing, line);
	return ERR_OK;
}

static enum err list_data(void *context, struct bytes data)
{
	(void)context;
	if (data.n < 100 && data.p[0] != 'a' + FILE_TEXT && data.p[data.n - 1] == '\n')
		strncat(listing, (const char *)data.p, data.n);
	return ERR_OK;
}

static enum err list_end(void *context)
{
	(void)context;
	return ERR_OK;
}

static enum err list_stream(void)
{
	static uint8_t body[512 * 1024];
	struct tar_reader t;
	size_t n = unchunk(body);
	enum err e;

	listing[0] = '\0';
	if (n == SIZE_MAX)
		return ERR_END;
	tar_begin(&t, (struct tar_sink){list_begin, list_data, list_end, NULL}, 1 << 30);
	e = tar_push(&t, bytes_of(body, n));
	return e == ERR_OK ? tar_finish(&t) : e;
}

static void collects_as_tar(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect") "\r\n");
	assert_true(has_status("200"));
	assert_true(has("application/x-tar"));
	assert_int_equal(list_stream(), ERR_OK);
	assert_non_null(strstr(listing, "boot 33\n" BOOT "\n" HEX "/recipient 14\n"));
	assert_non_null(strstr(listing, HEX "/0001.age 700\n"));
	assert_non_null(strstr(listing, HEX "/0003.data.age 70000\n"));
	assert_non_null(strstr(listing, HEX "/0003.meta.age 512\n"));
	assert_non_null(strstr(listing, "cursor 37\n" BOOT ".2.9\n"));
}

static void goes_on_after_a_cursor(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".1.9") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_null(strstr(listing, "0001.age"));
	assert_non_null(strstr(listing, "0002.age"));
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".2.9") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\ncursor 37\n" BOOT ".2.9\n");
	/* Another boot's cursor says nothing about this one. */
	talk_text(&k, HEAD("GET /v1/collect?after=ffffffffffffffffffffffffffffffff.9.9") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_non_null(strstr(listing, "0001.age"));
}

static void wrong_cursors_are_refused(void **state)
{
	static const char *const queries[] = {"after=",
					      "after=1",
					      "before=0",
					      "after=" BOOT,
					      "after=" BOOT ".",
					      "after=" BOOT ".01.1",
					      "after=" BOOT ".18446744073709551616.1",
					      "after=" BOOT ".1.1&x",
					      "after=" BOOT ".1",
					      "after=" BOOT ".1.",
					      "after=" BOOT ".1.2.3",
					      "after=" BOOT ".1.18446744073709551616",
					      "x",
					      "after=0&after=0"};
	struct keeper k = {0};

	(void)state;
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		char request[400];
		(void)snprintf(request, sizeof request,
			       "GET /v1/collect?%s HTTP/1.1\r\nHost: x.onion\r\nAuthorization: Bearer " TOKEN
			       "\r\n\r\n",
			       queries[i]);
		talk_text(&k, request);
		assert_true(has_status("400"));
	}
}

static void what_vanishes_is_left_out(void **state)
{
	struct keeper k = {.vanishing = true};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_null(strstr(listing, "data.age"));
	assert_non_null(strstr(listing, "cursor"));
}

static void a_broken_stream_has_no_end(void **state)
{
	struct keeper k = {.lying = true};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect") "\r\n");
	assert_true(has_status("200"));
	assert_false(has("\r\n0\r\n\r\n"));
	assert_int_equal(list_stream(), ERR_END);
}

static void states_follow_the_messages(void **state)
{
	struct keeper k = {.conversations = 3, .newest = 7};

	(void)state;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".2.1") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\n"
				     "02020202020202020202020202020202/state 11\nstate text\n"
				     "03030303030303030303030303030303/state 11\nstate text\n"
				     "cursor 37\n" BOOT ".7.9\n");
	/* What was forgotten isn't named: the others are. */
	k.forgotten = 3;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".7.2") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\n"
				     "03030303030303030303030303030303/state 11\nstate text\n"
				     "open 99\n01010101010101010101010101010101\n02020202020202020202020202020202\n"
				     "03030303030303030303030303030303\n"
				     "cursor 37\n" BOOT ".7.9\n");
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".7.3") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\ncursor 37\n" BOOT ".7.9\n");
	k.conversations = 0;
	talk_text(&k, HEAD("GET /v1/collect?after=" BOOT ".7.1") "\r\n");
	assert_int_equal(list_stream(), ERR_OK);
	assert_string_equal(listing, "boot 33\n" BOOT "\nopen 0\ncursor 37\n" BOOT ".7.9\n");
}

/* ---- the rest */

static void orders_are_passed_on(void **state)
{
	static const struct {
		const char *request, *log;
	} cases[] = {
	    {HEAD("PUT /v1/conversations/" HEX "/mute") "Content-Length: 0\r\n\r\n", "MUTE =on "},
	    {HEAD("DELETE /v1/conversations/" HEX "/mute") "\r\n", "MUTE =off "},
	    {HEAD("DELETE /v1/drain") "\r\n", "DRAIN =off "},
	    {HEAD("PUT /v1/token") "Content-Length: 65\r\n\r\n" HASH "\n", "TOKEN_PUT =1e1e "},
	    {HEAD("POST /v1/revoke") "Content-Length: 7\r\n\r\nrevoke\n", "REVOKE "},
	};
	static const char *const wrong[] = {
	    HEAD("PUT /v1/token") "Content-Length: "
				  "64\r\n\r\n1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1exx",
	    HEAD("PUT /v1/token") "Content-Length: "
				  "62\r\n\r\n1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e",
	    HEAD("PUT /v1/token") "Content-Length: 68\r\n\r\n1e1e" HASH,
	    HEAD("PUT /v1/token") "Content-Length: 0\r\n\r\n",
	    HEAD("POST /v1/revoke") "Content-Length: 0\r\n\r\n",
	    HEAD("POST /v1/revoke") "Content-Length: 4\r\n\r\nyes\n",
	};
	char log[200];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct keeper k = {0};
		talk_text(&k, cases[i].request);
		assert_true(has_status("200"));
		(void)snprintf(log, sizeof log, "DESK_AUTH %s", cases[i].log);
		assert_string_equal(k.log, log);
		k.order = ERR_NOT_FOUND;
		talk_text(&k, cases[i].request);
		assert_true(has_status("404"));
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct keeper k = {0};
		talk_text(&k, wrong[i]);
		assert_true(has_status("400"));
		assert_string_equal(k.log, "DESK_AUTH ");
	}
}

static void drained_when_nothing_waits(void **state)
{
	static const struct {
		uint8_t draining;
		uint32_t waiting;
		const char *answer;
	} cases[] = {{2, 0, "{\"ready\":true,\"waiting\":0}\n"},
		     {1, 0, "{\"ready\":false,\"waiting\":0}\n"},
		     {2, 3, "{\"ready\":false,\"waiting\":3}\n"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct keeper k = {.draining = cases[i].draining, .waiting = cases[i].waiting};
		talk_text(&k, HEAD("POST /v1/drain") "Content-Length: 0\r\n\r\n");
		assert_true(has_status("200") && has(cases[i].answer));
		assert_string_equal(k.log, "DESK_AUTH DRAIN =on STATUS ");
	}
}

/* Whose token is no longer good gets no second answer. */
static void a_new_token_ends_the_connection(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("PUT /v1/token") "Content-Length: 64\r\n\r\n" HASH HEAD("GET /v1/status") "\r\n");
	assert_string_equal(k.log, "DESK_AUTH TOKEN_PUT =1e1e ");
	talk_text(&k, HEAD("POST /v1/revoke") "Content-Length: 6\r\n\r\nrevoke" HEAD("GET /v1/status") "\r\n");
	assert_string_equal(k.log, "DESK_AUTH REVOKE ");
}

static void confirms_only_this_boot(void **state)
{
	struct keeper k = {0};

	(void)state;
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 37\r\n\r\n" BOOT ".2.7\n");
	assert_true(has_status("200"));
	assert_string_equal(k.log, "DESK_AUTH STATUS COLLECTED =2 ");
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 37\r\n\r\nffffffffffffffffffffffffffffffff.2.7\n");
	assert_true(has_status("409"));
	assert_string_equal(k.log, "DESK_AUTH STATUS ");
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 1\r\n\r\n2");
	assert_true(has_status("400"));
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 0\r\n\r\n");
	assert_true(has_status("400"));
	talk_text(&k, HEAD("POST /v1/collected") "Content-Length: 100000\r\n\r\n");
	assert_true(has_status("400"));
}

static void a_reply_is_passed_on(void **state)
{
	struct keeper k = {0};
	char request[1000];

	(void)state;
	(void)snprintf(request, sizeof request,
		       HEAD("PUT /v1/conversations/" HEX "/replies/0001-ab") "Content-Length: %zu\r\n\r\n" REPLY,
		       sizeof REPLY - 1);
	talk_text(&k, request);
	assert_true(has_status("201"));
	assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN =text FILE_END =keep REPLY_PUT =0001-ab ");
	assert_int_equal(k.stored_len, sizeof REPLY - 1);
	assert_memory_equal(k.stored, REPLY, sizeof REPLY - 1);
	k.reply = ERR_NOT_FOUND;
	talk_text(&k, request);
	assert_true(has_status("404"));
	assert_non_null(strstr(k.log, "DRAFT_DROP"));
	k.reply = ERR_FULL;
	talk_text(&k, request);
	assert_true(has_status("507"));
}

static void a_big_reply_arrives_whole(void **state)
{
	static uint8_t request[LIMIT_REPLY + 1000];
	struct keeper k = {0};
	size_t head;

	(void)state;
	head =
	    (size_t)snprintf((char *)request, sizeof request,
			     HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: %d\r\n\r\n", LIMIT_REPLY);
	memset(request + head, 'x', LIMIT_REPLY);
	memcpy(request + head, REPLY, sizeof REPLY - 1);
	talk(&k, request, head + LIMIT_REPLY);
	assert_true(has_status("201"));
	assert_int_equal(k.stored_len, LIMIT_REPLY);
	assert_memory_equal(k.stored, request + head, LIMIT_REPLY);
	head = (size_t)snprintf((char *)request, sizeof request,
				HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: %d\r\n\r\n",
				LIMIT_REPLY + 1);
	talk(&k, request, head);
	assert_true(has_status("413"));
	assert_string_equal(k.log, "DESK_AUTH ");
}

static void what_is_no_age_file_is_dropped(void **state)
{
	static const char *const bodies[] = {"hello, this is not an age file at all", "age-encryption.org/v2\n....",
					     "age-encryption.org/v1", "a"};
	struct keeper k = {0};
	char request[1000];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(request, sizeof request,
			       HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: %zu\r\n\r\n%s",
			       strlen(bodies[i]), bodies[i]);
		talk_text(&k, request);
		assert_true(has_status("422"));
		assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN =text FILE_END =drop DRAFT_DROP ");
	}
	talk_text(&k, HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: 0\r\n\r\n");
	assert_true(has_status("422"));
	/* cut off */
	talk_text(&k, HEAD("PUT /v1/conversations/" HEX "/replies/a") "Content-Length: 100\r\n\r\n" REPLY);
	assert_true(has_status("408"));
	assert_string_equal(k.log, "DESK_AUTH RESERVE FILE_BEGIN =text FILE_END =drop DRAFT_DROP ");
}

static void without_a_keeper_it_says_so(void **state)
{
	struct keeper k = {.gone = true};

	(void)state;
	talk_text(&k, HEAD("GET /v1/status") "\r\n");
	assert_true(has_status("503"));
}

static void cursors(void **state)
{
	uint8_t storage[CURSOR_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	struct cursor c = {.number = UINT64_MAX, .change = UINT64_MAX}, read;

	(void)state;
	cursor_text(&text, &c);
	assert_int_equal(text.len, CURSOR_TEXT_MAX);
	assert_int_equal(cursor_parse(buf_view(&text), &read), ERR_OK);
	assert_true(read.number == UINT64_MAX && read.change == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unknown_desks_all_get_the_same_bytes),
	    cmocka_unit_test(status_is_json),
	    cmocka_unit_test(every_fact_of_the_box_is_told),
	    cmocka_unit_test(several_requests_on_one_connection),
	    cmocka_unit_test(unknown_paths_and_methods),
	    cmocka_unit_test(collects_as_tar),
	    cmocka_unit_test(goes_on_after_a_cursor),
	    cmocka_unit_test(wrong_cursors_are_refused),
	    cmocka_unit_test(what_vanishes_is_left_out),
	    cmocka_unit_test(a_broken_stream_has_no_end),
	    cmocka_unit_test(states_follow_the_messages),
	    cmocka_unit_test(orders_are_passed_on),
	    cmocka_unit_test(drained_when_nothing_waits),
	    cmocka_unit_test(a_new_token_ends_the_connection),
	    cmocka_unit_test(confirms_only_this_boot),
	    cmocka_unit_test(a_reply_is_passed_on),
	    cmocka_unit_test(a_big_reply_arrives_whole),
	    cmocka_unit_test(what_is_no_age_file_is_dropped),
	    cmocka_unit_test(without_a_keeper_it_says_so),
	    cmocka_unit_test(cursors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
