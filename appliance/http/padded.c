/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/padded.h"

#include <string.h>

enum {
	LINE_MAX_FILLING = 8000, /* browsers take lines of 16 KiB and more */
	LEAST_FILLING = 16,      /* the shortest trailer line, and a little */
	TRAILER_MAX = 24 * 1024, /* a body of a few bytes in the smallest response */
};

#define TRAILER "Filling: "

/* A chunk's size line without its extension, and the line end after the data. */
static uint64_t frame_len(uint64_t n)
{
	uint64_t digits = 1;

	while (n >>= 4)
		digits++;
	return digits + 2 + 2;
}

uint64_t http_padded_least(unsigned status, const struct http_header *headers, size_t count, uint64_t body_len)
{
	uint64_t rest = body_len % PADDED_PIECE;
	uint64_t frames = body_len / PADDED_PIECE * frame_len(PADDED_PIECE) + (rest > 0 ? frame_len(rest) : 0);

	return http_stream_head_len(status, headers, count) + body_len + frames + HTTP_STREAM_END_LEN + LEAST_FILLING;
}

enum err http_padded_begin(struct http_padded *p, struct http_connection *c, unsigned status,
			   const struct http_header *headers, size_t count, uint64_t body_len, uint64_t size)
{
	uint64_t least = http_padded_least(status, headers, count, body_len);

	BUG_IF(size < least);
	p->connection = c;
	p->left = body_len;
	p->filling = size - least + LEAST_FILLING;
	p->lines = (p->filling + LINE_MAX_FILLING - 1) / LINE_MAX_FILLING;
	p->have = 0;
	return http_stream_begin(c, status, headers, count);
}

/* What the next line carries: no line more than LINE_MAX_FILLING, none less than LEAST_FILLING. */
static size_t next_filling(struct http_padded *p)
{
	uint64_t n = p->lines == 0 ? 0 : p->filling / p->lines;

	p->lines -= p->lines > 0 ? 1 : 0;
	p->filling -= n;
	return (size_t)n;
}

static enum err put_piece(struct http_padded *p)
{
	enum err e = http_stream_chunk(p->connection, bytes_of(p->piece, p->have), next_filling(p));

	p->have = 0;
	return e;
}

enum err http_padded_data(struct http_padded *p, struct bytes data)
{
	BUG_IF(data.n > p->left);
	p->left -= data.n;
	while (data.n > 0) {
		struct bytes part = bytes_first(data, sizeof p->piece - p->have);
		memcpy(p->piece + p->have, part.p, part.n);
		p->have += part.n;
		data = bytes_from(data, part.n);
		if (p->have == sizeof p->piece) {
			enum err e = put_piece(p);
			if (e != ERR_OK)
				return e;
		}
	}
	return ERR_OK;
}

enum err http_padded_end(struct http_padded *p)
{
	uint8_t storage[TRAILER_MAX];
	struct buf trailer = buf_over(storage, sizeof storage);

	BUG_IF(p->left > 0);
	if (p->have > 0) {
		enum err e = put_piece(p);
		if (e != ERR_OK)
			return e;
	}
	while (p->lines > 0) {
		buf_str(&trailer, TRAILER);
		buf_fill(&trailer, '.', next_filling(p) - (sizeof TRAILER - 1) - 2);
		buf_str(&trailer, "\r\n");
	}
	BUG_IF(trailer.failed);
	return http_stream_end_with(p->connection, buf_view(&trailer));
}
