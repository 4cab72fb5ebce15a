/* SPDX-License-Identifier: GPL-3.0-or-later
 * Mutations of a connection's requests, for fuzz_http: lines, fields, lengths and bodies that fit them or not, chunked
 * ones, one more request behind. docs/HTTP.md has the grammar. */
#include "pieces.h"

enum { REQUESTS_MAX = 6 };

struct request {
	struct lines head; /* the request line is the first */
	struct bytes body;
	bool length_is_odd; /* on purpose */
};

struct connection {
	uint8_t first; /* what fuzz_http takes from it */
	struct request request[REQUESTS_MAX];
	size_t count;
};

static const char *const methods[] = {"GET",     "GET", "POST",  "POST",    "HEAD", "PUT", "DELETE",
				      "OPTIONS", "get", "PATCH", "CONNECT", "GETT", ""};
static const char *const targets[] = {"/",
				      "/write",
				      "/conversation?lang=de",
				      "/?",
				      "//",
				      "/a%20b?c=%41",
				      "http://a/",
				      "http://a/x?y",
				      "HTTP://A/",
				      "http://a",
				      "*",
				      "/%",
				      "/#",
				      "a:80",
				      "/..;/",
				      ""};
static const char *const versions[] = {"HTTP/1.1", "HTTP/1.1", "HTTP/1.1",  "HTTP/1.0", "HTTP/2.0",
				       "HTTP/0.9", "http/1.1", "HTTP/1.10", ""};
static const char *const fields[] = {"Host: a",
				     "host: A",
				     "Host: [::1]:80",
				     "Host:",
				     "Host: a b",
				     "Cookie: s=x",
				     "Content-Type: text/plain",
				     "Authorization: Bearer x",
				     "Accept-Language: de, en;q=0.5",
				     "Sec-Fetch-Site: same-origin",
				     "Origin: null",
				     "Expect: 100-continue",
				     "Expect: x",
				     "Connection: close",
				     "Connection: keep-alive, close",
				     "Connection: upgrade",
				     "Upgrade: h2c",
				     "Proxy-Connection: close",
				     "Keep-Alive: x",
				     "X: y",
				     "X:",
				     ": y",
				     "X : y",
				     "X"};
static const char *const lengths[] = {"0",
				      "1",
				      "00",
				      "05",
				      "+1",
				      "-1",
				      "1, 1",
				      "0x1",
				      " 1 ",
				      "",
				      "4294967296",
				      "9223372036854775807",
				      "9223372036854775808",
				      "18446744073709551616"};
static const char *const codings[] = {"chunked",
				      "Chunked",
				      "gzip, chunked",
				      "identity",
				      "chunked, chunked",
				      "",
				      "\x0b"
				      "chunked"};
static const char *const bodies[] = {
    "hello", "", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "a=b&c=d"};

static void take_apart(struct connection *c, const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_from(bytes_of(data, size), 1);

	c->first = size > 0 ? data[0] : 0;
	for (c->count = 0; c->count < REQUESTS_MAX && rest.n > 0; c->count++) {
		struct request *r = &c->request[c->count];
		uint64_t length = 0;
		size_t at;
		lines_take(&r->head, &rest);
		at = line_named(&r->head, "content-length");
		if (at == r->head.count ||
		    bytes_decimal(bytes_trim(bytes_from(r->head.line[at], 15)), 1 << 16, &length) != ERR_OK)
			length = 0;
		r->body = bytes_first(rest, (size_t)length);
		rest = bytes_from(rest, (size_t)length);
		r->length_is_odd = at < r->head.count && length != r->body.n;
	}
}

static void set_field(struct request *r, const char *name, struct bytes value)
{
	size_t at = line_named(&r->head, name);
	struct bytes line = joined(joined(bytes_str(name), BYTES_LITERAL(": ")), value);

	if (at < r->head.count)
		r->head.line[at] = line;
	else if (r->head.count < PIECES_LINES)
		r->head.line[r->head.count++] = line;
}

static void new_request(struct request *r)
{
	struct bytes line = joined(joined(PICK(methods), BYTES_LITERAL(" ")), PICK(targets));

	r->head.count = 0;
	r->head.line[r->head.count++] = joined(joined(line, BYTES_LITERAL(" ")), PICK(versions));
	r->head.line[r->head.count++] = BYTES_LITERAL("Host: a");
	r->body = one_in(2) ? PICK(bodies) : bytes_of("", 0);
	r->length_is_odd = false;
}

static void change_line(struct request *r)
{
	struct bytes *line = &r->head.line[0];
	struct bytes rest = r->head.count > 0 ? *line : bytes_of("", 0);
	struct bytes method = {NULL, 0};
	struct bytes target = {NULL, 0};

	if (r->head.count == 0) {
		new_request(r);
		return;
	}
	if (!bytes_split(&rest, ' ', &method) || !bytes_split(&rest, ' ', &target) || one_in(4)) {
		*line = one_in(2) ? mutated(*line) : broken(*line);
		return;
	}
	switch (below(4)) {
	case 0:
		method = PICK(methods);
		break;
	case 1:
		target = PICK(targets);
		break;
	case 2:
		target = mutated(target);
		break;
	default:
		rest = PICK(versions);
		break;
	}
	*line = joined(joined(joined(method, BYTES_LITERAL(" ")), joined(target, BYTES_LITERAL(" "))), rest);
}

static void change_body(struct request *r)
{
	switch (below(4)) {
	case 0:
		r->body = PICK(bodies);
		break;
	case 1:
		r->body = mutated(r->body);
		break;
	case 2:
		set_field(r, "Content-Length", PICK(lengths));
		r->length_is_odd = true;
		break;
	default:
		set_field(r, "Transfer-Encoding", PICK(codings));
		r->body = bytes_str("5\r\nhello\r\n0\r\n\r\n");
		r->length_is_odd = one_in(2);
		break;
	}
}

static void change_row(struct connection *c, size_t at)
{
	if (c->count < REQUESTS_MAX && !one_in(3)) {
		c->request[c->count] = c->request[at];
		if (one_in(2))
			new_request(&c->request[c->count]);
		c->count++;
	} else if (c->count > 1) {
		memmove(c->request + at, c->request + at + 1, (c->count - at - 1) * sizeof c->request[0]);
		c->count--;
	}
}

static size_t write_out(struct connection *c, uint8_t *out, size_t max_size)
{
	struct buf b = buf_over(out, max_size);
	char number[24];

	buf_put(&b, bytes_of(&c->first, 1));
	for (size_t i = 0; i < c->count; i++) {
		struct request *r = &c->request[i];
		size_t at = line_named(&r->head, "content-length");
		(void)snprintf(number, sizeof number, "%zu", r->body.n);
		if (!r->length_is_odd && (r->body.n > 0 || at < r->head.count))
			set_field(r, "Content-Length", bytes_str(number));
		lines_write(&b, &r->head);
		buf_put(&b, r->body);
	}
	return b.len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static struct connection c;
	static uint8_t out[1 << 17];
	size_t n;

	pieces_begin(seed);
	if (plain_wanted())
		return LLVMFuzzerMutate(data, size, max_size);
	take_apart(&c, data, size);
	if (c.count == 0)
		new_request(&c.request[c.count++]);
	for (size_t changes = 1 + below(3); changes > 0; changes--) {
		size_t at = below(c.count);
		size_t what = below(16);
		if (what == 0)
			c.first = (uint8_t)below(256);
		else if (what < 5)
			change_line(&c.request[at]);
		else if (what < 10)
			lines_change(&c.request[at].head, PICK(fields));
		else if (what < 13)
			change_body(&c.request[at]);
		else
			change_row(&c, at);
	}
	n = write_out(&c, out, sizeof out < max_size ? sizeof out : max_size);
	memcpy(data, out, n);
	return n;
}

/* A row of both: whole requests, or one's fields in the other's. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
				 size_t max_size, unsigned seed)
{
	static struct connection a;
	static struct connection b;

	pieces_begin(seed);
	take_apart(&a, data1, size1);
	take_apart(&b, data2, size2);
	for (size_t i = 0; i < b.count; i++) {
		if (a.count < REQUESTS_MAX && one_in(2))
			a.request[a.count++] = b.request[i];
		else if (a.count > 0 && b.request[i].head.count > 0)
			lines_put(&a.request[below(a.count)].head,
				  b.request[i].head.line[below(b.request[i].head.count)]);
	}
	return write_out(&a, out, max_size);
}
