/* SPDX-License-Identifier: GPL-3.0-or-later
 * A request's head, parsed in memory: our own rules for the request line, llhttp (strict) for the whole, our own rules
 * for the header fields. No input or output here. The grammar, with each refusal's status, is docs/HTTP.md. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <llhttp.h>

#include "base/bytes.h"
#include "limits.h"

/* The trailing underscore keeps clear of llhttp's names. */
enum http_method { HTTP_GET_, HTTP_HEAD_, HTTP_POST_, HTTP_PUT_, HTTP_DELETE_, HTTP_METHOD_COUNT };

/* Views point into the head's bytes; an absent field is {NULL, 0}. Each of these fields came at most once. */
struct http_request {
	enum http_method method;
	struct bytes path;  /* from the first '/', as sent: nothing is decoded; 1 .. LIMIT_HTTP_TARGET bytes */
	struct bytes query; /* after '?', as sent */
	struct bytes host;
	struct bytes cookie;
	struct bytes content_type;
	struct bytes authorization;
	struct bytes accept_language;
	struct bytes sec_fetch_site;
	struct bytes origin;
	bool has_body; /* content_length > 0 */
	uint64_t content_length;
	bool keep; /* the client lets us keep the connection open */
	bool old;  /* HTTP/1.0: the answer may not be chunked */
	bool expect_continue;
};

/* One header field, as two runs of bytes inside the head. */
struct http_field {
	struct bytes name;
	struct bytes value; /* without blanks around it */
};

/* The bytes of a head as they arrive, and the parser's place in them. */
struct http_head {
	bool old_too; /* set by who reads: HTTP/1.0 is taken, too */
	bool old;     /* this is one */
	uint8_t bytes[LIMIT_HTTP_HEAD];
	size_t have;     /* bytes received, the first ones of a body (or of the next request) included */
	size_t scanned;  /* looked at, byte by byte */
	size_t parsed;   /* given to llhttp */
	size_t line_len; /* of the request line without CRLF; 0 until it is there */
	size_t end;      /* the head's own length; 0 until it is known */
	bool complete;   /* llhttp says so too */
	llhttp_t parser;
	llhttp_settings_t settings;
	struct bytes target;
	struct http_field fields[LIMIT_HTTP_HEADERS];
	size_t field_count;
	unsigned status; /* of the refusal, once there is one */
};

/* Begins the next head; bytes that came after the last one's end and body (`used` in all) move to the front. */
void http_head_next(struct http_head *h, size_t used);

/* Looks at the bytes up to h->have. ERR_BUSY: the head isn't complete, receive more; else, once, the result:
 * ERR_OK and *r; or ERR_FORMAT, ERR_TOO_BIG, ERR_UNSUPPORTED with the refusal in h->status. */
enum err http_head_parse(struct http_head *h, struct http_request *r) MUST_CHECK;

#endif
