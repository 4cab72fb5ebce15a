/* SPDX-License-Identifier: GPL-3.0-or-later
 * Responses that are filled up to a size: whatever the body's length, the bytes that are sent are that many, and a
 * client that knows RFC 9112 gets the body alone. */
#include "test.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/padded.h"

enum { SIZE_MAX_SENT = 2 << 20, LINE_MOST = 8192 };

static const struct http_header headers[] = {{"A", BYTES_LITERAL("1")}};
static uint8_t plain[SIZE_MAX_SENT];
static uint8_t heard[SIZE_MAX_SENT + 1];
static size_t heard_len;
static int pair[2];

static void *hear(void *context)
{
	ssize_t n;

	(void)context;
	heard_len = 0;
	while ((n = recv(pair[1], heard + heard_len, sizeof heard - heard_len, 0)) > 0)
		heard_len += (size_t)n;
	return NULL;
}

static struct bytes line_of(struct bytes *rest)
{
	size_t n = bytes_find(*rest, BYTES_LITERAL("\r\n"));
	struct bytes line = bytes_first(*rest, n);

	assert_true(n < rest->n && n <= LINE_MOST);
	*rest = bytes_from(*rest, n + 2);
	return line;
}

/* RFC 9112 clause 7.1, extensions and trailer dropped. */
static void check_body(size_t len)
{
	struct bytes rest = bytes_of(heard, heard_len);
	size_t at = bytes_find(rest, BYTES_LITERAL("\r\n\r\n")) + 4;
	size_t body = 0;

	rest = bytes_from(rest, at);
	for (;;) {
		struct bytes line = line_of(&rest);
		size_t digits = bytes_find(line, BYTES_LITERAL(";"));
		size_t n = 0;
		assert_in_range(digits, 1, 8);
		for (size_t i = 0; i < digits; i++)
			n = n * 16 + (size_t)(line.p[i] <= '9' ? line.p[i] - '0' : line.p[i] - 'a' + 10);
		if (n == 0)
			break;
		assert_true(n <= rest.n && n <= len - body);
		assert_memory_equal(rest.p, plain + body, n);
		body += n;
		rest = bytes_from(rest, n);
		assert_int_equal(line_of(&rest).n, 0);
	}
	assert_int_equal(body, len);
	while (line_of(&rest).n > 0)
		;
	assert_int_equal(rest.n, 0);
}

static void send_one(size_t len, uint64_t size, size_t piece)
{
	static struct http_padded p;
	struct http_connection c;
	pthread_t client;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	http_open(&c, pair[0], -1);
	assert_int_equal(pthread_create(&client, NULL, hear, NULL), 0);
	assert_int_equal(http_padded_begin(&p, &c, 200, headers, 1, len, size), ERR_OK);
	for (size_t i = 0; i < len; i += piece)
		assert_int_equal(http_padded_data(&p, bytes_of(plain + i, len - i < piece ? len - i : piece)), ERR_OK);
	assert_int_equal(http_padded_end(&p), ERR_OK);
	close(pair[0]);
	pthread_join(client, NULL);
	close(pair[1]);
	assert_int_equal(heard_len, size);
	check_body(len);
}

static uint64_t least_of(size_t len)
{
	return http_padded_least(200, headers, 1, len);
}

static void test_sizes(void **state)
{
	static const size_t lens[] = {0,    1,    2,     15,    16,    17,    2047,  2048,
				      2049, 4096, 20000, 23000, 24000, 65536, 95000, 300000};
	static const uint64_t sizes[] = {24 << 10, 96 << 10, 384 << 10, 1536 << 10};

	(void)state;
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (uint8_t)(i * 31 + i / 255);
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		size_t k = 0;
		while (least_of(lens[i]) > sizes[k])
			k++;
		send_one(lens[i], sizes[k], 700);
	}
	send_one(1500000, 1536 << 10, 65536);
}

/* A byte more or less of filling, at each length near a chunk's end and at the ends of the filling's own lines. */
static void test_every_filling(void **state)
{
	(void)state;
	for (size_t len = 2040; len < 2060; len++)
		for (uint64_t more = 0; more < 40; more++)
			send_one(len, least_of(len) + more, 2048);
	for (uint64_t more = 7950; more < 8050; more++)
		send_one(5, least_of(5) + more, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_every_filling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
