/* SPDX-License-Identifier: GPL-3.0-or-later
 * One connection of a desk: the calls of docs/DESK-API.md over HTTP, each turned into messages to the keeper. */
#ifndef COLLECT_COLLECT_H
#define COLLECT_COLLECT_H

#include "base/bytes.h"
#include "http/http.h"
#include "limits.h"

/* Role @collect, see confine/confine.h. Descriptors: ROLE_FD_UP, ROLE_FD_KEEPER, ROLE_FD_PART (PART_COLLECT). Waits for
 * CONNECTION, serves it and exits. */
int collect_main(int argc, char **argv);

/* Everything of one connection: about 220 KiB, static storage. */
struct collect {
	struct http_connection http;
	struct http_request request;
	struct bytes site_name;
	int keeper; /* channel; -1 once it failed */
	bool known; /* the token was right */
	bool body_read;
	bool cut_off; /* a stream broke in its middle: no orderly end */
	uint8_t token[32];
	uint8_t record[LIMIT_MESSAGE]; /* to the keeper */
	uint8_t answer[LIMIT_MESSAGE]; /* from the keeper */
	uint8_t out[LIMIT_CHUNK];      /* of a stream, until it is worth a write */
	size_t out_len;
};

/* Serves requests on `connection` until either side ends it. Owns neither descriptor. */
void collect_serve(struct collect *c, int connection, int keeper, struct bytes site_name);

#endif
