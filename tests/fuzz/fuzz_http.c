/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a request head, fed whole and in pieces whose size the first byte says: both must come to the same
 * result, and what is accepted must keep the promises of http/head.h. */
#include <stdlib.h>
#include <string.h>

#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_head head;

static enum err feed(struct bytes raw, size_t step, struct http_request *r)
{
	enum err e = ERR_BUSY;

	head.have = 0;
	http_head_next(&head, 0);
	for (size_t at = 0; at < raw.n && e == ERR_BUSY && head.have < sizeof head.bytes; at += step) {
		struct bytes part = bytes_first(bytes_from(raw, at), step);
		part = bytes_first(part, sizeof head.bytes - head.have);
		memcpy(head.bytes + head.have, part.p, part.n);
		head.have += part.n;
		e = http_head_parse(&head, r);
	}
	return e;
}

static void check_status(enum err e)
{
	if (e != ERR_OK && e != ERR_BUSY && (head.status < 400 || head.status > 505))
		abort();
}

static void inside(struct bytes b)
{
	if (b.n > 0 && (b.p < head.bytes || b.p + b.n > head.bytes + head.end))
		abort();
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == '\r' || b.p[i] == '\n' || b.p[i] == 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request whole;
	struct http_request r;
	struct bytes raw;
	enum err e;
	enum err other;

	if (size == 0)
		return 0;
	head.old_too = data[0] >= 128;
	raw = bytes_of(data + 1, size - 1);
	e = feed(raw, SIZE_MAX / 2, &whole);
	check_status(e);
	/* Of two faults, the one that is met first counts: the status may differ, the verdict may not. */
	other = feed(raw, data[0] % 32u + 1, &r);
	check_status(other);
	if ((e == ERR_OK) != (other == ERR_OK) || (e == ERR_BUSY) != (other == ERR_BUSY))
		abort();
	if (e != ERR_OK)
		return 0;
	if (r.method != whole.method || r.content_length != whole.content_length || r.path.n != whole.path.n)
		abort();
	if (r.path.n == 0 || r.path.p[0] != '/' || r.host.n == 0 || r.has_body != (r.content_length > 0) ||
	    head.end < 4)
		abort();
	if (memcmp(head.bytes + head.end - 4, "\r\n\r\n", 4) != 0)
		abort();
	inside(r.path);
	inside(r.query);
	inside(r.host);
	inside(r.cookie);
	inside(r.content_type);
	inside(r.authorization);
	inside(r.accept_language);
	inside(r.sec_fetch_site);
	inside(r.origin);
	return 0;
}
