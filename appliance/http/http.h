/* SPDX-License-Identifier: GPL-3.0-or-later
 * One HTTP/1.1 connection, server side: heads, bodies, responses. docs/HTTP.md has the grammar and every maximum.
 *
 * Requests on a connection are served one after the other: read a head, read (or drain) its whole body, answer.
 * Nothing here allocates; nothing blocks past its deadline (limits.h). All functions work on blocking and
 * non-blocking sockets alike. After any error of a reading or writing function the connection is of no more use
 * but for http_respond() (where said) and http_close(). */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/bytes.h"
#include "http/head.h"
#include "limits.h"

struct http_connection {
	int fd;
	int hurry_fd;           /* readable once others wait for this worker; -1: never */
	bool hurried;           /* it was: shorter deadlines from then on */
	uint64_t wait_start_ms; /* of what is waited for: a head, a body, the end of a response */
	struct http_head head;  /* the request being served; the bytes that its views point into */
	size_t buffered_at;     /* bytes of head.bytes that are used up: head, and what of the body came with it */
	uint64_t body_left;     /* bytes of its body not yet given out */
	uint64_t body_read;     /* and those that were */
	bool continue_due;      /* the client waits for "100 Continue" */
	bool head_only;         /* HEAD: responses go without their body */
	bool streaming;         /* between http_stream_begin and http_stream_end */
	uint64_t stream_start_ms;
	uint64_t stream_sent;   /* bytes since then */
	unsigned request_count; /* heads read */
};

/* Takes no ownership of fd: closing it is the caller's, after http_close(). hurry_fd, or -1, is never read from: once
 * it is readable (or its other end is gone) a connection ends after its request, a body must reach
 * LIMIT_BODY_RATE_HURRIED, and all else has LIMIT_HURRIED_MS. HTTP/1.0 is refused unless head.old_too is set then. */
void http_open(struct http_connection *c, int fd, int hurry_fd);

/* The next request's head. What is left of the last request's body must have been read or drained (else
 * ERR_STATE). Views in *r point into *c and live until the next call.
 *   ERR_OK           r->keep tells whether the answer may say so; false on the last of LIMIT_HTTP_REQUESTS
 *   ERR_END          the client closed between requests, or went away: nothing to answer, *status = 0
 *   ERR_TIMEOUT      *status 408 when part of a head had come, else 0: nothing to answer
 *   ERR_FORMAT       *status 400, 411, 417
 *   ERR_TOO_BIG      *status 413, 414 or 431
 *   ERR_UNSUPPORTED  *status 501 or 505
 *   ERR_IO           *status = 0
 * With *status != 0: http_respond() it with keep = false, then http_close(). *r is unchanged on errors. */
enum err http_read_head(struct http_connection *c, struct http_request *r, unsigned *status) MUST_CHECK;

/* Some bytes of the body: at least 1, at most cap, as they come. Sends "100 Continue" first where it is awaited and
 * no byte of the body has come. ERR_END: the whole body was read; ERR_PEER: cut off; ERR_TIMEOUT: no byte for
 * LIMIT_BODY_STALL_MS, or slower than LIMIT_BODY_RATE in all (less of both when hurried); ERR_IO. *got is 0 on errors.
 */
enum err http_read_body(struct http_connection *c, void *out, size_t cap, size_t *got) MUST_CHECK;

/* Reads and drops the rest of the body, at most max bytes, under the deadlines of http_read_body(). ERR_OK: nothing is
 * left, or it was never asked for (Expect). ERR_TOO_BIG, ERR_TIMEOUT: more is left; ERR_PEER, ERR_IO. To be called
 * after http_respond(): so a refusal arrives, for browsers read no answer before they have sent everything. */
enum err http_drain(struct http_connection *c, uint64_t max) MUST_CHECK;

struct http_header {
	const char *name;
	struct bytes value; /* must hold no CR, LF or NUL: a bug if it does */
};

/* The whole response: status line, the headers given in their order, Content-Length, Connection, body. No Date, no
 * Server. For HEAD the body stays away. Copies nothing it doesn't have to. What is left of the request's body is read
 * and dropped while the client doesn't take the response. ERR_PEER, ERR_TIMEOUT, ERR_IO. */
enum err http_respond(struct http_connection *c, unsigned status, const struct http_header *headers, size_t count,
		      struct bytes body, bool keep) MUST_CHECK;

/* The bytes that http_respond() sends before a body of body_len: for who fills a response up to a size. */
size_t http_response_head_len(unsigned status, const struct http_header *headers, size_t count, size_t body_len,
			      bool keep);

/* A response whose length isn't known: chunked, and the connection is closed after it. Each call of http_stream_data
 * makes one chunk (empty data: none); give it about 64 KiB at a time. ERR_TIMEOUT also when the client takes it more
 * slowly than a body may come. */
enum err http_stream_begin(struct http_connection *c, unsigned status, const struct http_header *headers,
			   size_t count) MUST_CHECK;
enum err http_stream_data(struct http_connection *c, struct bytes data) MUST_CHECK;
/* The same with an extension of that many bytes, which clients ignore; 0, or from 4 to HTTP_EXTENSION_MAX. */
enum { HTTP_EXTENSION_MAX = 8192 };
enum err http_stream_chunk(struct http_connection *c, struct bytes data, size_t extension_len) MUST_CHECK;
enum err http_stream_end(struct http_connection *c) MUST_CHECK;
/* trailer: whole lines. */
enum err http_stream_end_with(struct http_connection *c, struct bytes trailer) MUST_CHECK;
enum { HTTP_STREAM_END_LEN = 5 }; /* without the trailer */
/* The bytes that http_stream_begin() sends. */
size_t http_stream_head_len(unsigned status, const struct http_header *headers, size_t count);

/* Lets the last response arrive: ends our direction, then drops what still comes for at most LIMIT_LINGER_MS and
 * LIMIT_LINGER bytes (a close with unread bytes would be a reset). Doesn't close fd. */
void http_close(struct http_connection *c);

#endif
