/* SPDX-License-Identifier: GPL-3.0-or-later
 * The connection: bodies, keep-alive, Expect, HEAD, chunks. Heads by themselves are in test_head.c. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"

#define HOST "Host: x.onion\r\n"
#define GET  "GET / HTTP/1.1\r\n"
#define POST "POST /write HTTP/1.1\r\n" HOST

static struct http_connection c;

static int pair[2];

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	memset(&c, 0xa5, sizeof c);
	http_open(&c, pair[0], -1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return 0;
}

static void say(const char *text)
{
	assert_int_equal(send(pair[1], text, strlen(text), 0), (ssize_t)strlen(text));
}

static const char *heard(void)
{
	static char text[70000];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof text - 1 && (got = recv(pair[1], text + n, sizeof text - 1 - n, MSG_DONTWAIT)) > 0)
		n += (size_t)got;
	text[n] = 0;
	return text;
}

static void test_sequence(void **state)
{
	struct http_request r;
	unsigned status;
	uint8_t body[8];
	size_t got;

	(void)state;
	/* Two requests at once, the second one's head cut: served one after the other, nothing lost or added. */
	say(POST "Content-Length: 6\r\n\r\nabcdefGET /b HT");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(http_read_head(&c, &r, &status), ERR_STATE);
	assert_int_equal(http_read_body(&c, body, 4, &got), ERR_OK);
	assert_true(got == 4 && memcmp(body, "abcd", 4) == 0);
	assert_int_equal(http_read_body(&c, body, sizeof body, &got), ERR_OK);
	assert_true(got == 2 && memcmp(body, "ef", 2) == 0);
	assert_int_equal(http_read_body(&c, body, sizeof body, &got), ERR_END);
	assert_int_equal(got, 0);
	assert_int_equal(http_respond(&c, 200, NULL, 0, BYTES_LITERAL("yes"), r.keep), ERR_OK);
	assert_string_equal(heard(), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nyes");
	say("TP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_true(bytes_eq_str(r.path, "/b") && !r.keep);
	assert_int_equal(http_respond(&c, 204, NULL, 0, bytes_of(NULL, 0), r.keep), ERR_OK);
	assert_string_equal(heard(), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
	shutdown(pair[1], SHUT_WR);
	assert_int_equal(http_read_head(&c, &r, &status), ERR_END);
	assert_int_equal(status, 0);
}

/* Cookie, codename and message lie among the head's bytes. None is left while the next request is waited for. */
static void test_nothing_stays(void **state)
{
	struct http_request r;
	unsigned status;
	uint8_t body[16];
	size_t got;

	(void)state;
	say(POST "Cookie: s=PLANTED\r\nContent-Length: 16\r\n\r\ncodename=PLANTEDGET /");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(http_read_body(&c, body, sizeof body, &got), ERR_OK);
	assert_int_equal(got, sizeof body);
	shutdown(pair[1], SHUT_WR);
	assert_int_equal(http_read_head(&c, &r, &status), ERR_END);
	assert_int_equal(bytes_find(BYTES_ARRAY(c.head.bytes), BYTES_LITERAL("PLANTED")), sizeof c.head.bytes);
	assert_true(bytes_eq_str(bytes_of(c.head.bytes, c.head.have), "GET /"));
}

static void test_headers_and_head(void **state)
{
	const struct http_header headers[] = {{"A", BYTES_LITERAL("1")}, {"B", BYTES_LITERAL("2; x")}};
	struct http_request r;
	unsigned status;

	(void)state;
	say("HEAD / HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(http_respond(&c, 404, headers, 2, BYTES_LITERAL("hello"), true), ERR_OK);
	assert_string_equal(
	    heard(),
	    "HTTP/1.1 404 Not Found\r\nA: 1\r\nB: 2; x\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
}

static void test_expect(void **state)
{
	struct http_request r;
	unsigned status;
	uint8_t body[8];
	size_t got;

	(void)state;
	say(POST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_string_equal(heard(), "");
	/* Refused before it is sent: nothing to drain. */
	assert_int_equal(http_drain(&c, 100), ERR_OK);
	assert_string_equal(heard(), "");
	/* Asked for. */
	shutdown(pair[1], SHUT_WR);
	assert_int_equal(http_read_body(&c, body, 8, &got), ERR_PEER);
	assert_string_equal(heard(), "HTTP/1.1 100 Continue\r\n\r\n");
}

static void test_expect_but_sent(void **state)
{
	struct http_request r;
	unsigned status;
	uint8_t body[8];
	size_t got;

	(void)state;
	say(POST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\nab");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(http_read_body(&c, body, 8, &got), ERR_OK);
	assert_int_equal(got, 2);
	assert_string_equal(heard(), "");
}

static void test_drain(void **state)
{
	struct http_request r;
	unsigned status;

	(void)state;
	say(POST "Content-Length: 8\r\n\r\nabcd");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(http_drain(&c, 2), ERR_TOO_BIG);
	say("efgh");
	assert_int_equal(http_drain(&c, 6), ERR_OK);
	say(POST "Content-Length: 8\r\n\r\nab");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	shutdown(pair[1], SHUT_WR);
	assert_int_equal(http_drain(&c, 100), ERR_PEER);
}

enum { LONG_LEN = 1 << 20 }; /* more than the socket holds, either way */

/* As browsers do: the whole request first, then a look at the answer. */
static void *send_then_read(void *read_len)
{
	static uint8_t piece[1 << 16];
	size_t *len = read_len;
	ssize_t n;

	for (size_t sent = 0; sent < LONG_LEN; sent += sizeof piece)
		if (send(pair[1], piece, sizeof piece, MSG_NOSIGNAL) != (ssize_t)sizeof piece)
			return NULL;
	while ((n = recv(pair[1], piece, sizeof piece, 0)) > 0)
		*len += (size_t)n;
	return NULL;
}

static void test_long_answer_to_a_long_body(void **state)
{
	static const uint8_t answer[LONG_LEN];
	struct http_request r;
	unsigned status;
	size_t len = 0;
	pthread_t client;

	(void)state;
	say(POST "Content-Length: 1048576\r\n\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(pthread_create(&client, NULL, send_then_read, &len), 0);
	assert_int_equal(http_respond(&c, 413, NULL, 0, BYTES_ARRAY(answer), false), ERR_OK);
	assert_int_equal(http_drain(&c, LONG_LEN), ERR_OK);
	http_close(&c);
	pthread_join(client, NULL);
	assert_int_equal(len, http_response_head_len(413, NULL, 0, LONG_LEN, false) + LONG_LEN);
}

/* Others wait: a connection at rest ends at once, and a body that crawls when it is behind the faster rate. */
static void test_hurry(void **state)
{
	struct http_request r;
	unsigned status;
	uint8_t body[8];
	int door[2];
	size_t got;

	(void)state;
	assert_int_equal(pipe2(door, O_CLOEXEC), 0);
	http_open(&c, pair[0], door[0]);
	say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_true(r.keep && !c.hurried);
	close(door[1]);
	assert_int_equal(http_read_head(&c, &r, &status), ERR_TIMEOUT);
	assert_int_equal(status, 0);
	assert_true(c.hurried);
	say(POST "Content-Length: 8\r\n\r\nabcd");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_false(r.keep);
	assert_int_equal(http_read_body(&c, body, 8, &got), ERR_OK);
	c.wait_start_ms -= LIMIT_HURRIED_MS;
	assert_int_equal(http_read_body(&c, body, 8, &got), ERR_TIMEOUT);
	/* What is dropped has the same deadlines. */
	assert_int_equal(http_drain(&c, 100), ERR_TIMEOUT);
	/* Said before the first request came: it is the last. */
	http_open(&c, pair[0], door[0]);
	say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_true(c.hurried && !r.keep);
	close(door[0]);
}

static void test_stream(void **state)
{
	const struct http_header headers[] = {{"A", BYTES_LITERAL("1")}};
	static uint8_t big[0x1234];
	struct http_request r;
	unsigned status;
	const char *text;

	(void)state;
	say(GET HOST "\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(http_stream_begin(&c, 200, headers, 1), ERR_OK);
	assert_int_equal(http_stream_data(&c, BYTES_LITERAL("hello")), ERR_OK);
	assert_int_equal(http_stream_data(&c, bytes_of(NULL, 0)), ERR_OK);
	memset(big, 'x', sizeof big);
	assert_int_equal(http_stream_data(&c, BYTES_ARRAY(big)), ERR_OK);
	assert_int_equal(http_stream_end(&c), ERR_OK);
	text = heard();
	assert_memory_equal(text,
			    "HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\nConnection: "
			    "close\r\n\r\n5\r\nhello\r\n1234\r\nxxx",
			    strlen("HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\nConnection: "
				   "close\r\n\r\n5\r\nhello\r\n1234\r\nxxx"));
	assert_string_equal(text + strlen(text) - 8, "x\r\n0\r\n\r\n");
}

/* Who takes a long answer byte by byte doesn't keep a worker for ever. */
static void test_stream_to_a_slow_reader(void **state)
{
	static const uint8_t much[LONG_LEN];
	struct http_request r;
	unsigned status;

	(void)state;
	say(GET HOST "\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_int_equal(http_stream_begin(&c, 200, NULL, 0), ERR_OK);
	c.stream_start_ms -= LIMIT_WRITE_STALL_MS + LONG_LEN * 1000ull / LIMIT_BODY_RATE;
	assert_int_equal(http_stream_data(&c, BYTES_ARRAY(much)), ERR_TIMEOUT);
}

static void test_last_request(void **state)
{
	struct http_request r;
	unsigned status;

	(void)state;
	for (int i = 1; i <= LIMIT_HTTP_REQUESTS; i++) {
		say(GET HOST "\r\n");
		assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
		assert_int_equal(r.keep, i < LIMIT_HTTP_REQUESTS);
	}
	say(GET HOST "\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_END);
}

/* HTTP/1.0 where it is taken: its connection ends, and what it expects is left alone. */
static void test_old(void **state)
{
	struct http_request r;
	unsigned status;

	(void)state;
	c.head.old_too = true;
	say("POST /x HTTP/1.0\r\n" HOST "Connection: keep-alive\r\nContent-Length: 1\r\nExpect: x\r\n\r\ny");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_OK);
	assert_true(!r.keep && !r.expect_continue && r.content_length == 1);
	http_open(&c, pair[0], -1);
	say("POST /x HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_UNSUPPORTED);
	assert_int_equal(status, 505);
}

static void test_refusals(void **state)
{
	struct http_request r = {.content_length = 77};
	unsigned status;

	(void)state;
	say("GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(http_read_head(&c, &r, &status), ERR_UNSUPPORTED);
	assert_int_equal(status, 505);
	assert_int_equal(r.content_length, 77);
	assert_int_equal(http_respond(&c, status, NULL, 0, BYTES_LITERAL("x"), false), ERR_OK);
	shutdown(pair[1], SHUT_WR);
	http_close(&c);
	assert_string_equal(
	    heard(), "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
}

static void test_gone(void **state)
{
	struct http_request r;
	unsigned status;

	(void)state;
	say("GET / HT");
	close(pair[1]);
	pair[1] = -1;
	assert_int_equal(http_read_head(&c, &r, &status), ERR_END);
	assert_int_equal(status, 0);
	assert_int_equal(http_respond(&c, 400, NULL, 0, BYTES_LITERAL("x"), false), ERR_PEER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_sequence, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_nothing_stays, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_headers_and_head, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_expect, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_expect_but_sent, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_long_answer_to_a_long_body, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_stream, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_stream_to_a_slow_reader, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_last_request, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hurry, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_old, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
