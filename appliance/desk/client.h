/* SPDX-License-Identifier: GPL-3.0-or-later
 * HTTP/1.1 from the desk's side, for exactly what collect answers: one request a connection, a final response with
 * Content-Length or chunked, everything bounded. What is more or different is refused. */
#ifndef DESK_CLIENT_H
#define DESK_CLIENT_H

#include "base/bytes.h"
#include "limits.h"

struct client {
	int fd;
	unsigned status; /* of the response */
	bool chunked;
	bool last_chunk;
	bool line_end_due; /* behind a chunk */
	uint64_t left;     /* of the body, or of the chunk */
	size_t have, at;   /* in[] */
	uint8_t in[LIMIT_DESK_HEAD];
};

/* Sends a request on a connected socket, which stays the caller's, and reads the response's head. `token` is 64
 * hexadecimal digits. ERR_FORMAT: no such response; ERR_TOO_BIG; ERR_END, ERR_PEER: the connection broke; ERR_TIMEOUT:
 * no byte for LIMIT_DESK_STALL_MS; ERR_IO. */
enum err client_request(struct client *c, int fd, const char *method, const char *path, const char *host,
			const char *token, struct bytes body) MUST_CHECK;

/* Some bytes of the response's body, at least 1. ERR_END: it was read whole. ERR_PEER: cut off. Else as above. */
enum err client_read(struct client *c, void *out, size_t cap, size_t *got) MUST_CHECK;

#endif
