/* SPDX-License-Identifier: GPL-3.0-or-later
 * The small parts of the desk's tool: SOCKS, HTTP responses, names, what an opened message says. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "exchange/client.h"
#include "exchange/link.h"
#include "inbox/open.h"

/* ---- HTTP responses */

static enum err response(const char *text, unsigned *status, char *body, size_t cap)
{
	static struct client c;
	int ends[2];
	size_t n = 0, got;
	enum err e;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(fd_write_all(ends[1], bytes_str(text), clock_ms() + 1000), ERR_OK);
	shutdown(ends[1], SHUT_WR);
	e = client_begin(&c, ends[0], &(struct client_head){.method = "GET", .path = "/", .host = "h", .token = "t"});
	if (e == ERR_OK)
		e = client_answer(&c);
	*status = c.status;
	while (e == ERR_OK && (e = client_read(&c, body + n, 3 < cap - n ? 3 : cap - n, &got)) == ERR_OK)
		n += got;
	body[n] = '\0';
	close(ends[0]);
	close(ends[1]);
	return e == ERR_END ? ERR_OK : e;
}

static void responses(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		const char *body;
	} cases[] = {
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", ERR_OK, "hello"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellomore", ERR_OK, "hello"},
	    {"HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", ERR_OK, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", ERR_OK,
	     "hello world"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\n", ERR_OK,
	     "0123456789"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", ERR_PEER, "hello"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ERR_PEER, "hel"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n", ERR_FORMAT, "hello"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", ERR_PEER, "hel"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\n\r\nhello", ERR_FORMAT, ""},
	    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", ERR_TOO_BIG, ""},
	    {"HTTP/1.1 2000 X\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", ERR_TOO_BIG, ""},
	    {"HTTP/1.1 200 OK\r\nnocolon\r\nContent-Length: 0\r\n\r\n", ERR_FORMAT, ""},
	    {"SSH-2.0-OpenSSH\r\n\r\n", ERR_FORMAT, ""},
	    {"HTTP/1.1 200 OK\r\nContent-Len", ERR_PEER, ""},
	    {"", ERR_PEER, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char body[100];
		unsigned status;
		enum err e = response(cases[i].text, &status, body, sizeof body);
		if ((e == ERR_OK) != (cases[i].e == ERR_OK) || strcmp(body, cases[i].body) != 0 ||
		    (cases[i].e == ERR_PEER && e != ERR_PEER))
			fail_msg("%s: %s, body \"%s\"", cases[i].text, err_text(e), body);
	}
}

/* ---- SOCKS */

struct socks_server {
	int fd;
	const char *method, *auth, *reply;
	size_t reply_len;
	uint8_t seen[512];
	size_t seen_len;
};

static void *socks_thread(void *context)
{
	struct socks_server *s = context;
	const char *answers[3] = {s->method, s->auth, s->reply};
	const size_t lengths[3] = {2, 2, s->reply_len};
	const size_t wanted[3] = {4, 42, 16};

	for (int i = 0; i < 3; i++) {
		if (answers[i] == NULL)
			continue;
		if (fd_read_all(s->fd, s->seen + s->seen_len, wanted[i], clock_ms() + 2000) != ERR_OK)
			break;
		s->seen_len += wanted[i];
		if (fd_write_all(s->fd, bytes_of(answers[i], lengths[i]), clock_ms() + 2000) != ERR_OK)
			break;
	}
	close(s->fd);
	return NULL;
}

static enum link_fault socks(struct socks_server *s)
{
	pthread_t thread;
	int ends[2];
	enum link_fault fault;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	s->fd = ends[1];
	s->seen_len = 0;
	assert_int_equal(pthread_create(&thread, NULL, socks_thread, s), 0);
	fault = link_socks(ends[0], "box.onion", clock_ms() + 5000);
	close(ends[0]);
	pthread_join(thread, NULL);
	return fault;
}

static void speaks_socks5(void **state)
{
	struct socks_server s = {.method = "\5\2", .auth = "\1\0", .reply = "\5\0\0\1\0\0\0\0\0\0", .reply_len = 10};

	(void)state;
	assert_int_equal(socks(&s), LINK_FINE);
	assert_memory_equal(s.seen, "\5\2\2\0\1\7courier\x20", 14);
	assert_memory_equal(s.seen + 4 + 42, "\5\1\0\3\11box.onion\0\x50", 16);
	s.auth = NULL;
	s.method = "\5\0";
	assert_int_equal(socks(&s), LINK_FINE);
	s.reply = "\5\0\0\3\4abcd\0\0";
	s.reply_len = 11;
	assert_int_equal(socks(&s), LINK_FINE);
	s.reply = "\5\4\0\1\0\0\0\0\0\0";
	s.reply_len = 10;
	assert_int_equal(socks(&s), LINK_UNREACHABLE);
	s.reply = "\5\xf4\0\1\0\0\0\0\0\0";
	assert_int_equal(socks(&s), LINK_NO_KEY);
	s.reply = "\5\xf6\0\1\0\0\0\0\0\0";
	assert_int_equal(socks(&s), LINK_BAD_ADDRESS);
	s.reply_len = 1;
	assert_int_equal(socks(&s), LINK_UNREACHABLE);
	s.method = "\5\xff";
	assert_int_equal(socks(&s), LINK_NOT_SOCKS);
	s.method = "HT";
	assert_int_equal(socks(&s), LINK_NOT_SOCKS);
}

static void addresses(void **state)
{
	static const char *const wrong[] = {"",
					    "x",
					    "localhost:9050",
					    "127.0.0.1",
					    "127.0.0.1:",
					    "127.0.0.1:0",
					    "127.0.0.1:65536",
					    ":9050",
					    "127.0.0.1:09050",
					    "::1:9050",
					    "[::1]",
					    "[::1:9050",
					    "unix:",
					    "1.2.3:4"};
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct link_target target = {.direct = wrong[i], .host = "x"};
		assert_int_equal(link_open(&target, &fd), LINK_ADDRESS);
	}
	struct link_target target = {.direct = "unix:/nonexistent/socket", .host = "x"};
	assert_int_equal(link_open(&target, &fd), LINK_NO_SERVER);
	for (enum link_fault f = LINK_ADDRESS; f < LINK_FAULT_COUNT; f++)
		assert_true(strlen(link_sentence(f)) > 10);
}

/* ---- what is inside */

static void names_become_safe(void **state)
{
	static const char *const pairs[][2] = {
	    {"report.pdf", "report.pdf"},
	    {"../../etc/passwd", "_._.._etc_passwd"},
	    {".bashrc", "_.bashrc"},
	    {"-rf", "_rf"},
	    {"a b\tc.txt", "a_b_c.txt"},
	    {"\xe2\x80\xaegpj.exe", "_gpj.exe"},
	    {"\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe.jpg", "____.jpg"},
	    {"", "_"},
	    {"...", "_.."},
	    {"x\n\x1b[2J", "x___2J"},
	    {"C:\\dir\\x.doc", "C__dir_x.doc"},
	};
	char out[SAFE_NAME_MAX + 1];
	char longest[300];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		open_safe_name(bytes_str(pairs[i][0]), out);
		for (const char *c = out; *c != '\0'; c++)
			assert_non_null(
			    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *c));
		assert_true(out[0] != '.' && out[0] != '-' && out[0] != '\0');
		assert_string_equal(out, pairs[i][1]);
	}
	memset(longest, 'a', sizeof longest);
	memcpy(longest + 290, ".tar.gz", 7);
	open_safe_name(bytes_of(longest, 297), out);
	assert_int_equal(strlen(out), SAFE_NAME_MAX);
	assert_string_equal(out + SAFE_NAME_MAX - 3, ".gz");
}

static void texts_and_metas(void **state)
{
	char long_topic[1100];
	struct open_text t;
	struct open_meta m;

	(void)state;
	open_parse_text(BYTES_LITERAL("Courier-Message: 1\nTopic: A b\nLength: 5\nAttachments: 2\n\nhello\0\0"), &t);
	assert_true(bytes_eq_str(t.topic, "A b") && bytes_eq_str(t.text, "hello") && t.attachments == 2 && !t.cut);
	open_parse_text(BYTES_LITERAL("Courier-Message: 1\nTopic: \nLength: 0\nAttachments: none\n\n"), &t);
	assert_true(t.topic.n == 0 && t.text.n == 0 && t.attachments == 0 && !t.cut);
	open_parse_text(BYTES_LITERAL("Courier-Message: 1\nTopic: x\nLength: 9\nAttachments: none\n\nhello"), &t);
	assert_true(t.cut && bytes_eq_str(t.text, "hello"));
	open_parse_text(BYTES_LITERAL("by hand\n"), &t);
	assert_true(bytes_eq_str(t.text, "by hand\n") && t.topic.n == 0);
	/* A topic without end would fill the pages that show it. */
	(void)snprintf(long_topic, sizeof long_topic,
		       "Courier-Message: 1\nTopic: %01000d\nLength: 2\nAttachments: none\n\nab", 7);
	open_parse_text(bytes_str(long_topic), &t);
	assert_true(t.topic.n == LIMIT_TOPIC && bytes_eq_str(t.text, "ab"));
	open_parse_text(BYTES_LITERAL("Courier-Message: 2\nTopic: x\nLength: 9\n\n"), &t);
	assert_true(t.text.n > 20);
	assert_int_equal(open_parse_meta(BYTES_LITERAL("Name: a.pdf\nType: application/pdf\nLength: 12\n"), &m),
			 ERR_OK);
	assert_true(bytes_eq_str(m.name, "a.pdf") && m.length == 12);
	assert_int_equal(open_parse_meta(BYTES_LITERAL("Name: a.pdf\nLength: 12\n"), &m), ERR_FORMAT);
	assert_int_equal(open_parse_meta(BYTES_LITERAL("Name: a\nType: b\nLength: -1\n"), &m), ERR_FORMAT);
	assert_int_equal(open_parse_meta(BYTES_LITERAL(""), &m), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(responses),         cmocka_unit_test(speaks_socks5),   cmocka_unit_test(addresses),
	    cmocka_unit_test(names_become_safe), cmocka_unit_test(texts_and_metas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
