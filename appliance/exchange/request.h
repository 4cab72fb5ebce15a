/* SPDX-License-Identifier: GPL-3.0-or-later
 * Calls of a box's door, each on a connection of its own, and what goes wrong with them in sentences for people. */
#ifndef EXCHANGE_REQUEST_H
#define EXCHANGE_REQUEST_H

#include "exchange/exchange.h"

/* Connects, and sends the head of a request with a body of `length` bytes. DESK_DONE, or DESK_FAILED or DESK_REFUSED
 * and it was said. request_close() in any case. */
enum desk_status request_begin(struct exchange *x, const char *method, const char *path, const char *type,
			       uint64_t length);
enum desk_status request_send(struct exchange *x, struct bytes data);
/* The head of the response: *status. */
enum desk_status request_answer(struct exchange *x, unsigned *status);
/* Some bytes of the response's body, as client_read(). */
enum err request_some(struct exchange *x, void *out, size_t cap, size_t *got) MUST_CHECK;
/* All of it, at most LIMIT_DESK_ANSWER bytes, which live until the next call; more is a fault of the box's. */
enum desk_status request_read(struct exchange *x, struct bytes *body);
void request_close(struct exchange *x);

/* A whole one with a small body, whose answer's body nobody looks at. */
enum desk_status request(struct exchange *x, const char *method, const char *path, struct bytes body, unsigned *status);

/* The same; any answer but 200 is a failure. */
enum desk_status request_done(struct exchange *x, const char *method, const char *path, struct bytes body);

/* ---- failures; each returns what it says */

enum desk_status fail(struct exchange *x, enum desk_status status, const char *subject, const char *sentence);
enum desk_status fail_connection(struct exchange *x, enum err e);
/* An answer that was not expected. */
enum desk_status fail_status(struct exchange *x, unsigned status);
/* errno */
enum desk_status fail_disk(struct exchange *x);

#endif
