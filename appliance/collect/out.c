/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect/out.h"

#include <string.h>

/* From here on a small write is put together with others. */
enum { WORTH_A_WRITE = 32 * 1024 };

enum err out_begin(struct collect *c, const char *content_type)
{
	const struct http_header headers[] = {
	    {"Content-Type", bytes_str(content_type)},
	    {"Cache-Control", BYTES_LITERAL("no-store")},
	};

	c->request.keep = false;
	c->out_len = 0;
	return http_stream_begin(&c->http, 200, headers, 2);
}

static enum err flush(struct collect *c)
{
	size_t n = c->out_len;

	c->out_len = 0;
	return http_stream_data(&c->http, bytes_of(c->out, n));
}

enum err out_put(struct collect *c, struct bytes data)
{
	enum err e = ERR_OK;

	if (data.n >= WORTH_A_WRITE || data.n > sizeof c->out - c->out_len)
		e = flush(c);
	if (e != ERR_OK)
		return e;
	if (data.n >= WORTH_A_WRITE)
		return http_stream_data(&c->http, data);
	if (data.n > 0)
		memcpy(c->out + c->out_len, data.p, data.n);
	c->out_len += data.n;
	return ERR_OK;
}

enum err out_end(struct collect *c)
{
	enum err e = flush(c);

	return e == ERR_OK ? http_stream_end(&c->http) : e;
}
