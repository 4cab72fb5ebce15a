/* SPDX-License-Identifier: GPL-3.0-or-later
 * A response that is longer than its body says: chunked, filled up to a size with chunk extensions (RFC 9112 clause
 * 7.1.1) and, where the body has too few chunks for that, a trailer (7.1.2). Clients drop both; who counts bytes on the
 * way sees the size alone. docs/HTTP.md, "Downloads". */
#ifndef HTTP_PADDED_H
#define HTTP_PADDED_H

#include "http/http.h"

enum { PADDED_PIECE = 2048 }; /* bytes of the body in a chunk: enough chunks for any filling */

struct http_padded {
	struct http_connection *connection;
	uint64_t left;    /* of the body */
	uint64_t filling; /* bytes of extensions and trailer to come */
	uint64_t lines;   /* that will carry them */
	size_t have;
	uint8_t piece[PADDED_PIECE];
};

/* The least size of a response with such a body, status line and headers included. */
uint64_t http_padded_least(unsigned status, const struct http_header *headers, size_t count, uint64_t body_len);
/* size: what is sent in all; no less than http_padded_least(). The connection is closed after it. */
enum err http_padded_begin(struct http_padded *p, struct http_connection *c, unsigned status,
			   const struct http_header *headers, size_t count, uint64_t body_len,
			   uint64_t size) MUST_CHECK;
/* In pieces of any size; no more than body_len in all: a bug if it is. */
enum err http_padded_data(struct http_padded *p, struct bytes data) MUST_CHECK;
/* The whole body was given: a bug if not. Without it the client sees that the end is missing. */
enum err http_padded_end(struct http_padded *p) MUST_CHECK;

#endif
