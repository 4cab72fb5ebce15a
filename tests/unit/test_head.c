/* SPDX-License-Identifier: GPL-3.0-or-later
 * Request heads, each fed whole and byte by byte: the classes of bug that request smuggling literature names, each
 * with the one status that we answer. */
#include "test.h"

#include <string.h>

#include "http/head.h"

struct head_case {
	const char *name;
	unsigned status; /* 0: accepted */
	struct bytes raw;
};

#define CASE(name, status, raw) {name, status, {(const uint8_t *)(raw), sizeof(raw) - 1}}
#define HOST                    "Host: x.onion\r\n"
#define GET                     "GET / HTTP/1.1\r\n"
#define POST                    "POST /write HTTP/1.1\r\n" HOST

static const struct head_case cases[] = {
    /* valid */
    CASE("plain get", 0, GET HOST "\r\n"),
    CASE("no blank after the colon", 0, GET "Host:x.onion\r\n\r\n"),
    CASE("blanks around a value", 0, GET "Host: \t x.onion \t\r\n\r\n"),
    CASE("header names in any case", 0, GET "hOsT: x.onion\r\n\r\n"),
    CASE("empty value", 0, GET HOST "X-Empty:\r\nCookie:\r\n\r\n"),
    CASE("obs-text in a value", 0, GET HOST "User-Agent: caf\xc3\xa9 \xff\r\n\r\n"),
    CASE("host with port", 0, GET "Host: 127.0.0.1:8080\r\n\r\n"),
    CASE("host of IPv6", 0, GET "Host: [::1]:8080\r\n\r\n"),
    CASE("absolute form, same host", 0, "GET http://X.onion/a?b HTTP/1.1\r\n" HOST "\r\n"),
    CASE("query", 0, "GET /?a=b&c=%20 HTTP/1.1\r\n" HOST "\r\n"),
    CASE("length 0 on get", 0, GET HOST "Content-Length: 0\r\n\r\n"),
    CASE("post", 0, POST "Content-Length: 5\r\n\r\n"),
    CASE("post of nothing", 0, POST "Content-Length: 0\r\n\r\n"),
    CASE("put", 0, "PUT /v1/x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"),
    CASE("delete", 0, "DELETE /v1/x HTTP/1.1\r\n" HOST "\r\n"),
    CASE("head", 0, "HEAD / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("expect", 0, POST "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n"),
    CASE("upgrade is not taken up", 0,
	 GET HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"),
    CASE("two connection fields", 0, GET HOST "Connection: keep-alive\r\nConnection: x\r\n\r\n"),
    CASE("unknown fields twice", 0, GET HOST "X: 1\r\nX: 2\r\n\r\n"),

    /* the line */
    CASE("no version", 400, "GET /\r\n"),
    CASE("HTTP/0.9 with a bare LF", 400, "GET /\n"),
    CASE("HTTP/1.0", 505, "GET / HTTP/1.0\r\n" HOST "\r\n"),
    CASE("HTTP/1.2", 505, "GET / HTTP/1.2\r\n" HOST "\r\n"),
    CASE("HTTP/2.0 preface", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    CASE("HTTP/0.9 spelt out", 505, "GET / HTTP/0.9\r\n" HOST "\r\n"),
    CASE("version of three parts", 400, "GET / HTTP/1.1.1\r\n" HOST "\r\n"),
    CASE("version with a plus", 400, "GET / HTTP/+.1\r\n" HOST "\r\n"),
    CASE("version 11", 400, "GET / HTTP/11\r\n" HOST "\r\n"),
    CASE("version in lower case", 400, "GET / http/1.1\r\n" HOST "\r\n"),
    CASE("another protocol", 400, "GET / HTTQ/1.1\r\n" HOST "\r\n"),
    CASE("rtsp", 400, "GET / RTSP/1.0\r\n" HOST "\r\n"),
    CASE("ice", 400, "SOURCE / ICE/1.0\r\n" HOST "\r\n"),
    CASE("blank after the version", 400, "GET / HTTP/1.1 \r\n" HOST "\r\n"),
    CASE("two blanks before the target", 400, "GET  / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("two blanks after the target", 400, "GET /  HTTP/1.1\r\n" HOST "\r\n"),
    CASE("tab for blank", 400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
    CASE("vertical tab for blank", 400, "GET /\vHTTP/1.1\r\n" HOST "\r\n"),
    CASE("blank before the method", 400, " GET / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("blank in the target", 400, "GET /a b HTTP/1.1\r\n" HOST "\r\n"),
    CASE("leading empty line", 400, "\r\n" GET HOST "\r\n"),
    CASE("leading bare LF", 400, "\n" GET HOST "\r\n"),
    CASE("nothing but empty lines", 400, "\r\n\r\n"),
    CASE("byte order mark", 400, "\xef\xbb\xbf" GET HOST "\r\n"),
    CASE("TLS hello", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    CASE("SSH", 400, "SSH-2.0-OpenSSH_9.2\r\n"),
    CASE("method in lower case", 501, "get / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("unknown method", 501, "BREW / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("options", 501, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
    CASE("trace", 501, "TRACE / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("connect", 501, "CONNECT x.onion:80 HTTP/1.1\r\n" HOST "\r\n"),
    CASE("method with a colon", 400, "GE:T / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("method with a NUL", 400, "GE\0T / HTTP/1.1\r\n" HOST "\r\n"),
    CASE("method of 17 letters", 400, "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n" HOST "\r\n"),

    /* the target */
    CASE("no leading slash", 400, "GET index HTTP/1.1\r\n" HOST "\r\n"),
    CASE("asterisk with get", 400, "GET * HTTP/1.1\r\n" HOST "\r\n"),
    CASE("fragment", 400, "GET /#x HTTP/1.1\r\n" HOST "\r\n"),
    CASE("byte 0xff in the target", 400, "GET /\xff HTTP/1.1\r\n" HOST "\r\n"),
    CASE("UTF-8 in the target", 400, "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"),
    CASE("quotes in the target", 400, "GET /\"x\" HTTP/1.1\r\n" HOST "\r\n"),
    CASE("backslash in the target", 400, "GET /..\\x HTTP/1.1\r\n" HOST "\r\n"),
    CASE("half a percent code", 400, "GET /%4 HTTP/1.1\r\n" HOST "\r\n"),
    CASE("percent code of no hex", 400, "GET /%zz HTTP/1.1\r\n" HOST "\r\n"),
    CASE("NUL in the target", 400, "GET /\0 HTTP/1.1\r\n" HOST "\r\n"),
    CASE("absolute form, other host", 400, "GET http://y.onion/ HTTP/1.1\r\n" HOST "\r\n"),
    CASE("absolute form, user in it", 400, "GET http://u@x.onion/ HTTP/1.1\r\n" HOST "\r\n"),
    CASE("absolute form, no path", 400, "GET http://x.onion HTTP/1.1\r\n" HOST "\r\n"),
    CASE("absolute form, no host", 400, "GET http:/// HTTP/1.1\r\n" HOST "\r\n"),
    CASE("absolute form, other scheme", 400, "GET https://x.onion/ HTTP/1.1\r\n" HOST "\r\n"),
    CASE("authority form with get", 400, "GET x.onion:80 HTTP/1.1\r\n" HOST "\r\n"),

    /* line ends, control characters */
    CASE("bare LF after the line", 400, "GET / HTTP/1.1\n" HOST "\r\n"),
    CASE("bare LF after a field", 400, GET "Host: x.onion\n\r\n"),
    CASE("bare LF at the end", 400, GET HOST "\n"),
    CASE("bare LF alone ends it", 400, GET HOST "X: y\n\n"),
    CASE("bare CR after the line", 400, "GET / HTTP/1.1\rHost: x.onion\r\n\r\n"),
    CASE("bare CR in a value", 400, GET HOST "X: a\rb\r\n\r\n"),
    CASE("CR CR LF", 400, GET "Host: x.onion\r\r\n\r\n"),
    CASE("LF CR", 400, GET "Host: x.onion\n\r\n\r"),
    CASE("NUL in a value", 400, GET HOST "X: a\0b\r\n\r\n"),
    CASE("escape in a value", 400, GET HOST "X: a\033b\r\n\r\n"),
    CASE("DEL in a value", 400, GET HOST "X: a\177b\r\n\r\n"),
    CASE("form feed in a value", 400, GET HOST "X: a\fb\r\n\r\n"),

    /* fields */
    CASE("folded with a blank", 400, GET HOST "X: a\r\n b\r\n\r\n"),
    CASE("folded with a tab", 400, GET HOST "X: a\r\n\tb\r\n\r\n"),
    CASE("folded length", 400, POST "Content-Length:\r\n 5\r\n\r\n"),
    CASE("blank before the first field", 400, GET " Host: x.onion\r\n\r\n"),
    CASE("blank before the colon", 400, GET "Host : x.onion\r\n\r\n"),
    CASE("tab before the colon", 400, GET "Host\t: x.onion\r\n\r\n"),
    CASE("blank in a name", 400, GET HOST "Content Length: 5\r\n\r\n"),
    CASE("no colon", 400, GET HOST "Cookie\r\n\r\n"),
    CASE("no name", 400, GET HOST ": x\r\n\r\n"),
    CASE("name with brackets", 400, GET HOST "X[1]: y\r\n\r\n"),
    CASE("name with obs-text", 400, GET HOST "X\xff: y\r\n\r\n"),
    CASE("name with a NUL", 400, GET HOST "X\0: y\r\n\r\n"),
    CASE("name with a CR", 400, GET HOST "X\r: y\r\n\r\n"),

    /* Host */
    CASE("no host", 400, GET "\r\n"),
    CASE("two hosts", 400, GET HOST HOST "\r\n"),
    CASE("two hosts, cases differ", 400, GET HOST "HOST: y.onion\r\n\r\n"),
    CASE("empty host", 400, GET "Host:\r\n\r\n"),
    CASE("host list", 400, GET "Host: x.onion, y.onion\r\n\r\n"),
    CASE("host with a path", 400, GET "Host: x.onion/y\r\n\r\n"),
    CASE("host with a user", 400, GET "Host: u@x.onion\r\n\r\n"),
    CASE("host with a blank", 400, GET "Host: x.onion y\r\n\r\n"),
    CASE("host with an underscore", 400, GET "Host: x_y\r\n\r\n"),
    CASE("host of markup", 400, GET "Host: <b>\r\n\r\n"),
    CASE("port of no digits", 400, GET "Host: x.onion:8o\r\n\r\n"),
    CASE("port too big", 400, GET "Host: x.onion:65536\r\n\r\n"),
    CASE("port empty", 400, GET "Host: x.onion:\r\n\r\n"),
    CASE("port alone", 400, GET "Host: :80\r\n\r\n"),
    CASE("bracket left open", 400, GET "Host: [::1\r\n\r\n"),

    /* Content-Length */
    CASE("no length", 411, POST "\r\n"),
    CASE("put without length", 411, "PUT /x HTTP/1.1\r\n" HOST "\r\n"),
    CASE("two lengths, equal", 400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
    CASE("two lengths, other", 400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
    CASE("length list", 400, POST "Content-Length: 5, 5\r\n\r\n"),
    CASE("length with a plus", 400, POST "Content-Length: +5\r\n\r\n"),
    CASE("length with a minus", 400, POST "Content-Length: -5\r\n\r\n"),
    CASE("length in hex", 400, POST "Content-Length: 0x5\r\n\r\n"),
    CASE("length with an underscore", 400, POST "Content-Length: 1_0\r\n\r\n"),
    CASE("length with a leading zero", 400, POST "Content-Length: 05\r\n\r\n"),
    CASE("length with a point", 400, POST "Content-Length: 5.0\r\n\r\n"),
    CASE("length with an exponent", 400, POST "Content-Length: 5e1\r\n\r\n"),
    CASE("length with a blank inside", 400, POST "Content-Length: 5 5\r\n\r\n"),
    CASE("length in other digits", 400, POST "Content-Length: \xd9\xa5\r\n\r\n"),
    CASE("length empty", 400, POST "Content-Length:\r\n\r\n"),
    CASE("length past 63 bits", 413, POST "Content-Length: 9223372036854775808\r\n\r\n"),
    CASE("length past 64 bits", 400, POST "Content-Length: 18446744073709551616\r\n\r\n"),
    CASE("length past everything", 400, POST "Content-Length: 99999999999999999999999999999999999\r\n\r\n"),
    CASE("get with a body", 400, GET HOST "Content-Length: 5\r\n\r\n"),
    CASE("head with a body", 400, "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"),
    CASE("delete with a body", 400, "DELETE / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"),

    /* Transfer-Encoding */
    CASE("chunked", 411, POST "Transfer-Encoding: chunked\r\n\r\n"),
    CASE("chunked in capitals", 411, POST "Transfer-Encoding: CHUNKED\r\n\r\n"),
    CASE("chunked with get", 411, GET HOST "Transfer-Encoding: chunked\r\n\r\n"),
    CASE("chunked and length", 400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
    CASE("length and chunked", 400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
    CASE("length and an odd coding", 400, POST "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\n"),
    CASE("two codings", 400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"),
    CASE("coding list, chunked last", 501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
    CASE("coding list, chunked twice", 400, POST "Transfer-Encoding: chunked, chunked\r\n\r\n"),
    CASE("coding hidden by a blank", 400, POST "Transfer-Encoding : chunked\r\n\r\n"),
    CASE("coding hidden by a vertical tab", 400, POST "Transfer-Encoding: \vchunked\r\n\r\n"),
    CASE("coding folded", 400, POST "Transfer-Encoding:\r\n chunked\r\n\r\n"),
    CASE("coding of a bare CR", 400, POST "Foo: bar\rTransfer-Encoding: chunked\r\n\r\n"),

    /* once each */
    CASE("two cookies", 400, GET HOST "Cookie: s=a\r\nCookie: s=b\r\n\r\n"),
    CASE("two types", 400, POST "Content-Length: 5\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n"),
    CASE("two authorizations", 400, GET HOST "Authorization: Bearer 1\r\nauthorization: Bearer 2\r\n\r\n"),
    CASE("odd expectation", 417, POST "Content-Length: 5\r\nExpect: 200-ok\r\n\r\n"),
    CASE("two expectations", 400, POST "Content-Length: 5\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n"),
};

static struct http_head head;

/* Feeds `step` bytes at a time; the head must not change its mind after a result. */
static enum err feed(struct bytes raw, size_t step, struct http_request *r)
{
	enum err e = ERR_BUSY;

	memset(&head, 0xa5, sizeof head);
	head.have = 0;
	head.old_too = false;
	http_head_next(&head, 0);
	for (size_t at = 0; at < raw.n && e == ERR_BUSY; at += step) {
		struct bytes part = bytes_first(bytes_from(raw, at), step);
		assert_true(head.have + part.n <= sizeof head.bytes);
		memcpy(head.bytes + head.have, part.p, part.n);
		head.have += part.n;
		e = http_head_parse(&head, r);
	}
	return e;
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static const size_t steps[] = {SIZE_MAX / 2, 1, 2, 3, 7};
		for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
			struct http_request r;
			enum err e = feed(cases[i].raw, steps[s], &r);
			unsigned status = e == ERR_OK ? 0 : head.status;
			if (status != cases[i].status || e == ERR_BUSY)
				fail_msg("%s, in steps of %zu: %s, status %u instead of %u", cases[i].name, steps[s],
					 err_text(e), status, cases[i].status);
		}
	}
}

/* A head cut off anywhere is never complete, and never refused before the byte that is wrong. */
static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct http_request r;
		if (cases[i].status != 0)
			continue;
		for (size_t n = 1; n < cases[i].raw.n; n++)
			assert_int_equal(feed(bytes_first(cases[i].raw, n), SIZE_MAX / 2, &r), ERR_BUSY);
	}
}

static void test_fields(void **state)
{
	struct http_request r;

	(void)state;
	assert_int_equal(
	    feed(BYTES_LITERAL("POST http://X.ONION:80/a/b?c=d&e HTTP/1.1\r\nHost: x.onion:80\r\nCookie: s=1\r\n"
			       "Content-Type: text/plain\r\nContent-Length: 12\r\nSec-Fetch-Site: none\r\n"
			       "Authorization: Bearer x\r\nAccept-Language: ru\r\nConnection: a, Close\r\n"
			       "Origin: http://x.onion\r\n"
			       "Expect: 100-continue\r\n\r\n"),
		 5, &r),
	    ERR_OK);
	assert_int_equal(r.method, HTTP_POST_);
	assert_true(bytes_eq_str(r.path, "/a/b"));
	assert_true(bytes_eq_str(r.query, "c=d&e"));
	assert_true(bytes_eq_str(r.host, "x.onion:80"));
	assert_true(bytes_eq_str(r.cookie, "s=1"));
	assert_true(bytes_eq_str(r.content_type, "text/plain"));
	assert_true(bytes_eq_str(r.sec_fetch_site, "none"));
	assert_true(bytes_eq_str(r.origin, "http://x.onion"));
	assert_true(bytes_eq_str(r.authorization, "Bearer x"));
	assert_true(bytes_eq_str(r.accept_language, "ru"));
	assert_true(r.has_body && r.content_length == 12 && r.expect_continue && !r.keep);
	assert_int_equal(feed(BYTES_LITERAL(GET HOST "\r\n"), 1, &r), ERR_OK);
	assert_true(r.keep && !r.has_body && !r.expect_continue && r.cookie.p == NULL && r.query.n == 0);
}

static enum err feed_built(const char *before, char fill, size_t n, const char *after)
{
	static uint8_t storage[2 * LIMIT_HTTP_HEAD];
	struct buf b = buf_over(storage, sizeof storage);
	struct http_request r;

	buf_str(&b, before);
	buf_fill(&b, (uint8_t)fill, n);
	buf_str(&b, after);
	assert_false(b.failed);
	if (b.len > LIMIT_HTTP_HEAD)
		b.len = LIMIT_HTTP_HEAD; /* what a connection would give */
	return feed(buf_view(&b), 100, &r);
}

static void test_maxima(void **state)
{
	static const char host[] = " HTTP/1.1\r\n" HOST;
	static uint8_t storage[LIMIT_HTTP_HEAD];
	struct http_request r;

	(void)state;
	assert_int_equal(feed_built("GET /", 'a', LIMIT_HTTP_TARGET - 1, " HTTP/1.1\r\n" HOST "\r\n"), ERR_OK);
	assert_int_equal(feed_built("GET /", 'a', LIMIT_HTTP_TARGET, " HTTP/1.1\r\n" HOST "\r\n"), ERR_TOO_BIG);
	assert_int_equal(head.status, 414);
	assert_int_equal(feed_built("GET /", 'a', LIMIT_HTTP_HEAD, ""), ERR_TOO_BIG);
	assert_int_equal(head.status, 414);
	assert_int_equal(feed_built(GET HOST "X: ", 'a', LIMIT_HTTP_HEAD - strlen(GET HOST "X: \r\n\r\n"), "\r\n\r\n"),
			 ERR_OK);
	assert_int_equal(feed_built(GET HOST "X: ", 'a', LIMIT_HTTP_HEAD - strlen(GET HOST "X: \r\n\r"), "\r\n\r\n"),
			 ERR_TOO_BIG);
	assert_int_equal(head.status, 431);
	assert_int_equal(feed_built(GET "Host: ", 'a', LIMIT_HTTP_HOST, "\r\n\r\n"), ERR_OK);
	assert_int_equal(feed_built(GET "Host: ", 'a', LIMIT_HTTP_HOST + 1, "\r\n\r\n"), ERR_FORMAT);
	for (int extra = 0; extra < 2; extra++) {
		struct buf b = buf_over(storage, sizeof storage);
		buf_str(&b, "GET /");
		buf_str(&b, host);
		for (int i = 0; i < LIMIT_HTTP_HEADERS - 1 + extra; i++)
			buf_str(&b, "X: y\r\n");
		buf_str(&b, "\r\n");
		assert_int_equal(feed(buf_view(&b), 9, &r), extra ? ERR_TOO_BIG : ERR_OK);
		assert_true(extra == 0 || head.status == 431);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_prefixes),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_maxima),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
