/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exchange/client.h"
#include "limits.h"

/* One request at a time, whatever exchange it belongs to. */
static struct client client;
static uint8_t answer[LIMIT_DESK_ANSWER];

enum desk_status fail(struct exchange *x, enum desk_status status, const char *subject, const char *sentence)
{
	x->say(x->context, subject, sentence);
	return status;
}

enum desk_status fail_connection(struct exchange *x, enum err e)
{
	switch ((int)e) {
	case ERR_FORMAT:
	case ERR_TOO_BIG:
		return fail(x, DESK_REFUSED, "",
			    "What answers there does not speak as a box does; nothing of it was taken.");
	case ERR_TIMEOUT:
		return fail(x, DESK_FAILED, "",
			    "The box sent nothing for too long. What arrived whole is kept; sync again.");
	default:
		return fail(x, DESK_FAILED, "", "The connection broke. What arrived whole is kept; sync again.");
	}
}

enum desk_status fail_status(struct exchange *x, unsigned status)
{
	char text[100];

	switch (status) {
	case 401:
		return fail(x, DESK_FAILED, "",
			    "The box does not know this desk's token. Has the operator this desk's "
			    "for-the-operator.txt in the site file?");
	case 503:
		return fail(x, DESK_FAILED, "", "The box is busy. Try again in a minute.");
	case 507:
		return fail(x, DESK_FAILED, "", "The box is full. Collect first, then send again.");
	default:
		(void)snprintf(text, sizeof text,
			       "The box answered with status %u, which this program does not expect.", status);
		return fail(x, DESK_FAILED, "", text);
	}
}

enum desk_status fail_disk(struct exchange *x)
{
	return fail(x, DESK_FAILED, x->folder->path, strerror(errno));
}

enum desk_status request_begin(struct exchange *x, const char *method, const char *path, const char *type,
			       uint64_t length)
{
	const struct client_head head = {
	    .method = method, .path = path, .host = x->host, .token = x->token, .type = type, .length = length};
	enum link_fault fault = x->open(x->context, &x->fd);
	enum err e;

	if (fault != LINK_FINE) {
		x->fd = -1;
		return fail(x, DESK_FAILED, "", link_sentence(fault));
	}
	e = client_begin(&client, x->fd, &head);
	return e == ERR_OK ? DESK_DONE : fail_connection(x, e);
}

enum desk_status request_send(struct exchange *x, struct bytes data)
{
	enum err e = client_send(&client, data);

	return e == ERR_OK ? DESK_DONE : fail_connection(x, e);
}

enum desk_status request_answer(struct exchange *x, unsigned *status)
{
	enum err e = client_answer(&client);

	*status = client.status;
	return e == ERR_OK ? DESK_DONE : fail_connection(x, e);
}

enum err request_some(struct exchange *x, void *out, size_t cap, size_t *got)
{
	BUG_IF(x->fd < 0);
	return client_read(&client, out, cap, got);
}

enum desk_status request_read(struct exchange *x, struct bytes *body)
{
	enum err e = ERR_OK;
	size_t n = 0, got;

	while ((e = n == sizeof answer ? ERR_TOO_BIG : request_some(x, answer + n, sizeof answer - n, &got)) == ERR_OK)
		n += got;
	*body = bytes_of(answer, n);
	return e == ERR_END ? DESK_DONE : fail_connection(x, e);
}

void request_close(struct exchange *x)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
}

enum desk_status request(struct exchange *x, const char *method, const char *path, struct bytes body, unsigned *status)
{
	enum desk_status done = request_begin(x, method, path, NULL, body.n);

	if (done == DESK_DONE && body.n > 0)
		done = request_send(x, body);
	if (done == DESK_DONE)
		done = request_answer(x, status);
	request_close(x);
	return done;
}

enum desk_status request_done(struct exchange *x, const char *method, const char *path, struct bytes body)
{
	unsigned status;
	enum desk_status done = request(x, method, path, body, &status);

	return done == DESK_DONE && status != 200 ? fail_status(x, status) : done;
}
