/* SPDX-License-Identifier: GPL-3.0-or-later
 * HTTP/1.1 from the desk's side, for exactly what collect answers: one request a connection, a final response with
 * Content-Length or chunked, everything bounded. What is more or different is refused. */
#ifndef EXCHANGE_CLIENT_H
#define EXCHANGE_CLIENT_H

#include "base/bytes.h"
#include "limits.h"

struct client {
	int fd;
	bool refused;    /* the box reads no more of the body */
	unsigned status; /* of the response */
	bool chunked;
	bool last_chunk;
	bool line_end_due; /* behind a chunk */
	uint64_t left;     /* of the body, or of the chunk */
	size_t have, at;   /* in[] */
	uint8_t in[LIMIT_DESK_HEAD];
};

/* A request, in three steps: its head, its body of exactly `length` bytes (for GET and DELETE 0), and then the head of
 * the response. `fd` is a connected socket, which stays the caller's; `token` is 64 hexadecimal digits; `type` of the
 * body, or NULL. ERR_FORMAT: no such response; ERR_TOO_BIG; ERR_END, ERR_PEER: the connection broke; ERR_TIMEOUT: no
 * byte for LIMIT_DESK_STALL_MS; ERR_IO. A box that refuses may close before it has read all, and its answer is there
 * all the same: client_send() says nothing of that. */
struct client_head {
	const char *method, *path, *host, *token, *type;
	uint64_t length;
};
enum err client_begin(struct client *c, int fd, const struct client_head *head) MUST_CHECK;
enum err client_send(struct client *c, struct bytes data) MUST_CHECK;
enum err client_answer(struct client *c) MUST_CHECK;

/* Some bytes of the response's body, at least 1. ERR_END: it was read whole. ERR_PEER: cut off. Else as above. */
enum err client_read(struct client *c, void *out, size_t cap, size_t *got) MUST_CHECK;

#endif
