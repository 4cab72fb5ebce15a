/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange/client.h"

#include <stddef.h>
#include <string.h>

#include "base/fd.h"
#include "base/secret.h"

/* More bytes into in[], behind what is there. An end where something is due is a break. */
static enum err fill(struct client *c)
{
	size_t got;
	enum err e;

	if (c->at == c->have)
		c->at = c->have = 0;
	if (c->have == sizeof c->in)
		return ERR_TOO_BIG;
	e = fd_read_some(c->fd, c->in + c->have, sizeof c->in - c->have, clock_ms() + LIMIT_DESK_STALL_MS, &got);
	if (e == ERR_OK)
		c->have += got;
	return e == ERR_END ? ERR_PEER : e;
}

static enum err parse_field(struct client *c, struct bytes line, bool *has_length)
{
	size_t colon = bytes_find(line, BYTES_LITERAL(":"));
	struct bytes name = bytes_first(line, colon);
	struct bytes value = bytes_trim(bytes_from(line, colon + 1));

	if (colon == 0 || colon == line.n)
		return ERR_FORMAT;
	if (bytes_eq_nocase(name, "content-length")) {
		if (*has_length)
			return ERR_FORMAT;
		*has_length = true;
		return bytes_decimal(value, LIMIT_DESK_FILE, &c->left);
	}
	if (bytes_eq_nocase(name, "transfer-encoding")) {
		if (c->chunked || !bytes_eq_nocase(value, "chunked"))
			return ERR_FORMAT;
		c->chunked = true;
	}
	return ERR_OK;
}

/* "HTTP/1.1 200 OK" */
static enum err parse_status(struct client *c, struct bytes line)
{
	uint64_t status;
	enum err e;

	if (!bytes_starts(line, BYTES_LITERAL("HTTP/1.1 ")) || line.n < 12 || (line.n > 12 && line.p[12] != ' '))
		return ERR_FORMAT;
	e = bytes_decimal(bytes_first(bytes_from(line, 9), 3), 599, &status);
	if (e != ERR_OK || status < 200)
		return ERR_FORMAT;
	c->status = (unsigned)status;
	return ERR_OK;
}

static enum err parse_head(struct client *c, struct bytes head)
{
	struct bytes line;
	bool has_length = false;
	bool first = true;

	while (head.n > 0) {
		size_t n = bytes_find(head, BYTES_LITERAL("\r\n"));
		enum err e;
		line = bytes_first(head, n);
		head = bytes_from(head, n + 2);
		e = first ? parse_status(c, line) : parse_field(c, line, &has_length);
		first = false;
		if (e != ERR_OK)
			return e;
	}
	return !first && has_length != c->chunked ? ERR_OK : ERR_FORMAT;
}

static enum err read_head(struct client *c)
{
	for (;;) {
		struct bytes here = bytes_of(c->in + c->at, c->have - c->at);
		size_t end = bytes_find(here, BYTES_LITERAL("\r\n\r\n"));
		enum err e;

		if (end < here.n) {
			c->at += end + 4;
			return parse_head(c, bytes_first(here, end));
		}
		e = fill(c);
		if (e != ERR_OK)
			return e;
	}
}

enum err client_begin(struct client *c, int fd, const struct client_head *h)
{
	bool has_body = strcmp(h->method, "GET") != 0 && strcmp(h->method, "DELETE") != 0;
	uint8_t storage[1024];
	struct buf head = buf_over(storage, sizeof storage);
	enum err e;

	memset(c, 0, offsetof(struct client, in));
	c->fd = fd;
	buf_str(&head, h->method);
	buf_str(&head, " ");
	buf_str(&head, h->path);
	buf_str(&head, " HTTP/1.1\r\nHost: ");
	buf_str(&head, h->host);
	buf_str(&head, "\r\nAuthorization: Bearer ");
	buf_str(&head, h->token);
	buf_str(&head, "\r\nConnection: close\r\n");
	if (h->type != NULL) {
		buf_str(&head, "Content-Type: ");
		buf_str(&head, h->type);
		buf_str(&head, "\r\n");
	}
	if (has_body) {
		buf_str(&head, "Content-Length: ");
		buf_decimal(&head, h->length);
		buf_str(&head, "\r\n");
	}
	buf_str(&head, "\r\n");
	BUG_IF(head.failed);
	e = client_send(c, buf_view(&head));
	SECRET_WIPE(storage);
	return e;
}

enum err client_send(struct client *c, struct bytes data)
{
	enum err e;

	if (c->refused)
		return ERR_OK;
	e = fd_write_all(c->fd, data, clock_ms() + LIMIT_DESK_STALL_MS);
	c->refused = e == ERR_PEER;
	return c->refused ? ERR_OK : e;
}

enum err client_answer(struct client *c)
{
	return read_head(c);
}

/* One line of at most 16 bytes, for chunks. */
static enum err read_line(struct client *c, struct bytes *line)
{
	for (;;) {
		struct bytes here = bytes_of(c->in + c->at, c->have - c->at);
		size_t end = bytes_find(here, BYTES_LITERAL("\r\n"));
		enum err e;

		if (end < here.n) {
			*line = bytes_first(here, end);
			c->at += end + 2;
			return end <= 16 ? ERR_OK : ERR_FORMAT;
		}
		if (here.n > 18)
			return ERR_FORMAT;
		if (c->at > 0) {
			memmove(c->in, c->in + c->at, here.n);
			c->have = here.n;
			c->at = 0;
		}
		e = fill(c);
		if (e != ERR_OK)
			return e;
	}
}

/* RFC 9112, clause 7.1, without extensions and trailers. */
static enum err next_chunk(struct client *c)
{
	uint64_t size = 0;
	struct bytes line;
	enum err e;

	if (c->line_end_due) {
		TRY(read_line(c, &line));
		if (line.n != 0) {
			e = ERR_FORMAT;
			goto out;
		}
		c->line_end_due = false;
	}
	TRY(read_line(c, &line));
	if (line.n == 0 || line.n > 8) {
		e = ERR_FORMAT;
		goto out;
	}
	for (size_t i = 0; i < line.n; i++) {
		uint8_t ch = line.p[i];
		unsigned v = ch >= '0' && ch <= '9'                 ? ch - (unsigned)'0'
			     : (ch | 32) >= 'a' && (ch | 32) <= 'f' ? (ch | 32) - 'a' + 10u
								    : 16;
		if (v > 15) {
			e = ERR_FORMAT;
			goto out;
		}
		size = size << 4 | v;
	}
	c->left = size;
	if (size == 0) {
		c->last_chunk = true;
		TRY(read_line(c, &line));
		e = line.n == 0 ? ERR_OK : ERR_FORMAT;
	}
out:
	return e;
}

enum err client_read(struct client *c, void *out, size_t cap, size_t *got)
{
	enum err e;
	size_t n;

	if (c->chunked && c->left == 0 && !c->last_chunk) {
		e = next_chunk(c);
		if (e != ERR_OK)
			return e;
	}
	if (c->left == 0)
		return ERR_END;
	if (c->at == c->have) {
		e = fill(c);
		if (e != ERR_OK)
			return e;
	}
	n = c->have - c->at;
	n = n < cap ? n : cap;
	n = n < c->left ? n : (size_t)c->left;
	memcpy(out, c->in + c->at, n);
	c->at += n;
	c->left -= n;
	*got = n;
	c->line_end_due = c->chunked && c->left == 0;
	return ERR_OK;
}
