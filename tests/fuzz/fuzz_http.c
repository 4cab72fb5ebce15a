/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as what comes on a connection: one request's head after the other, each with its body behind it. Fed whole
 * and in pieces whose size the first byte says: both must see the same requests, and what is accepted must keep the
 * promises of http/head.h. mutate/http.c knows how requests look. */
#include <stdlib.h>
#include <string.h>

#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_MAX = 8 };

struct seen {
	unsigned requests;
	uint64_t mixed; /* of what was read, in order */
	enum err end;
};

static struct http_head head;

static void mix(struct seen *s, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		s->mixed = (s->mixed ^ b.p[i]) * 0x100000001b3u;
	s->mixed = (s->mixed ^ b.n) * 0x100000001b3u;
}

static void field(struct seen *s, struct bytes b)
{
	if (b.n > 0 && (b.p < head.bytes || b.p + b.n > head.bytes + head.end))
		abort();
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] == '\r' || b.p[i] == '\n' || b.p[i] == 0)
			abort();
	mix(s, b);
}

static void accepted(struct seen *s, const struct http_request *r)
{
	if (r->path.n == 0 || r->path.p[0] != '/' || r->host.n == 0 || r->has_body != (r->content_length > 0) ||
	    head.end < 4 || memcmp(head.bytes + head.end - 4, "\r\n\r\n", 4) != 0 || r->method >= HTTP_METHOD_COUNT)
		abort();
	s->requests++;
	s->mixed ^= (uint64_t)r->method ^ r->content_length << 8;
	field(s, r->path);
	field(s, r->query);
	field(s, r->host);
	field(s, r->cookie);
	field(s, r->content_type);
	field(s, r->authorization);
	field(s, r->accept_language);
	field(s, r->sec_fetch_site);
	field(s, r->origin);
}

/* At most step bytes more. False once there are none, or no room for any. */
static bool receive(struct bytes *raw, size_t step)
{
	struct bytes part = bytes_first(bytes_first(*raw, step), sizeof head.bytes - head.have);

	if (part.n == 0)
		return false;
	memcpy(head.bytes + head.have, part.p, part.n);
	head.have += part.n;
	*raw = bytes_from(*raw, part.n);
	return true;
}

/* The body is passed over: what came with the head first. False if it was cut off. */
static bool pass_body(struct bytes *raw, uint64_t left)
{
	size_t early = head.have - head.end < left ? head.have - head.end : (size_t)left;

	left -= early;
	if (raw->n < left)
		return false;
	*raw = bytes_from(*raw, (size_t)left);
	http_head_next(&head, head.end + early);
	return true;
}

static void feed(struct bytes raw, size_t step, struct seen *s)
{
	struct http_request r;

	*s = (struct seen){.end = ERR_BUSY};
	head.have = 0;
	http_head_next(&head, 0);
	while (s->requests < REQUESTS_MAX) {
		s->end = head.have == 0 ? ERR_BUSY : http_head_parse(&head, &r);
		if (s->end == ERR_BUSY && receive(&raw, step))
			continue;
		if (s->end != ERR_OK)
			break;
		accepted(s, &r);
		if (!pass_body(&raw, r.content_length))
			break;
	}
	if (s->end != ERR_OK && s->end != ERR_BUSY && (head.status < 400 || head.status > 505))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole;
	struct seen pieces;

	if (size == 0)
		return 0;
	head.old_too = data[0] >= 128;
	feed(bytes_of(data + 1, size - 1), SIZE_MAX / 2, &whole);
	feed(bytes_of(data + 1, size - 1), data[0] % 32u + 1, &pieces);
	/* Of two faults, the one that is met first counts: the status may differ, the verdict may not. */
	if (whole.requests != pieces.requests || whole.mixed != pieces.mixed ||
	    (whole.end == ERR_OK) != (pieces.end == ERR_OK) || (whole.end == ERR_BUSY) != (pieces.end == ERR_BUSY))
		abort();
	return 0;
}
