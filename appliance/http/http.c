/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/http.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/fd.h"

enum {
	RESPONSE_HEAD_MAX = 4096,
	RESPONSE_PARTS = 3,
	POLL_MS = 15 * 1000,
	HURRIED_END_MS = 1000,
	DROPPED_AT_ONCE = 16 * 1024,
};

void http_open(struct http_connection *c, int fd, int hurry_fd)
{
	c->fd = fd;
	c->hurry_fd = hurry_fd;
	c->hurried = false;
	c->wait_start_ms = 0;
	c->head.have = 0;
	c->head.end = 0;
	c->head.old_too = false;
	c->buffered_at = 0;
	c->body_left = 0;
	c->body_read = 0;
	c->continue_due = false;
	c->head_only = false;
	c->streaming = false;
	c->stream_start_ms = 0;
	c->stream_sent = 0;
	c->request_count = 0;
}

/* ---- waiting */

enum wait { WAIT_REQUEST, WAIT_HEAD, WAIT_BODY, WAIT_WRITE, WAIT_CLOSE };

/* From wait_start_ms on. A body or a stream, which may take long, must also keep up a rate. */
static const uint32_t wait_ms[][2] = {
    [WAIT_REQUEST] = {LIMIT_IDLE_MS, 0},
    [WAIT_HEAD] = {LIMIT_HEAD_MS, LIMIT_HURRIED_MS},
    [WAIT_BODY] = {LIMIT_BODY_STALL_MS, LIMIT_HURRIED_MS},
    [WAIT_WRITE] = {LIMIT_WRITE_STALL_MS, LIMIT_HURRIED_MS},
    [WAIT_CLOSE] = {LIMIT_LINGER_MS, HURRIED_END_MS},
};

/* last_ms: when the last byte of a body came. */
static uint64_t deadline_of(const struct http_connection *c, enum wait w, uint64_t last_ms)
{
	uint64_t most = wait_ms[w][c->hurried];
	uint64_t rate = c->hurried ? LIMIT_BODY_RATE_HURRIED : LIMIT_BODY_RATE;
	uint64_t stall = w == WAIT_BODY ? last_ms + most : c->wait_start_ms + most;
	uint64_t slow = UINT64_MAX;

	if (w == WAIT_BODY)
		slow = c->wait_start_ms + most + c->body_read * 1000 / rate;
	else if (w == WAIT_WRITE && c->streaming)
		slow = c->stream_start_ms + most + c->stream_sent * 1000 / rate;
	return stall < slow ? stall : slow;
}

/* ERR_BUSY: nothing there right now. */
static enum err receive_now(int fd, void *out, size_t cap, size_t *got)
{
	for (;;) {
		ssize_t n = recv(fd, out, cap, MSG_DONTWAIT);
		if (n > 0) {
			*got = (size_t)n;
			return ERR_OK;
		}
		if (n == 0 || errno == ECONNRESET || errno == EPIPE)
			return ERR_END;
		if (errno == EAGAIN)
			return ERR_BUSY;
		if (errno != EINTR)
			return ERR_IO;
	}
}

/* Some of a body that is answered already. */
static void drop_some(struct http_connection *c)
{
	uint8_t dropped[DROPPED_AT_ONCE];
	size_t buffered = c->head.have - c->buffered_at;
	size_t n = c->body_left < sizeof dropped ? (size_t)c->body_left : sizeof dropped;
	enum err e = ERR_OK;

	if (buffered > 0) {
		n = n < buffered ? n : buffered;
		c->buffered_at += n;
	} else {
		e = receive_now(c->fd, dropped, n, &n);
	}
	if (e == ERR_OK)
		c->body_left -= n;
	else if (e != ERR_BUSY)
		c->body_left = 0; /* no more of it comes */
}

/* ERR_OK: ready. ERR_TIMEOUT, ERR_IO. */
static enum err wait_for(struct http_connection *c, enum wait w)
{
	uint64_t now = clock_ms();
	uint64_t last_ms = now;

	for (;;) {
		/* A browser reads no answer before it has sent its whole request. */
		bool drops = w == WAIT_WRITE && c->body_left > 0 && !c->continue_due;
		struct pollfd fds[2] = {
		    {.fd = c->fd,
		     .events = w != WAIT_WRITE ? POLLIN
			       : drops         ? POLLIN | POLLOUT
					       : POLLOUT},
		    {.fd = c->hurried ? -1 : c->hurry_fd, .events = POLLIN},
		};
		uint64_t deadline_ms = deadline_of(c, w, last_ms);
		/* Not all at once: a huge body's rate may let it take for years. */
		int ms = deadline_ms <= now ? 0 : deadline_ms - now > POLL_MS ? POLL_MS : (int)(deadline_ms - now);
		int n = poll(fds, 2, ms);
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (n > 0 && fds[1].revents != 0)
			c->hurried = true;
		if (n > 0 && drops && (fds[0].revents & POLLIN) != 0) {
			drop_some(c);
			fds[0].revents = (short)(fds[0].revents & ~POLLIN);
		}
		if (n > 0 && fds[0].revents != 0)
			return ERR_OK;
		now = clock_ms();
		if ((n == 0 || drops) && now >= deadline_ms)
			return ERR_TIMEOUT;
	}
}

/* Asks first and waits then: a fast sender costs one call a piece. */
static enum err receive(struct http_connection *c, void *out, size_t cap, enum wait w, size_t *got)
{
	for (;;) {
		enum err e = receive_now(c->fd, out, cap, got);
		if (e != ERR_BUSY)
			return e;
		e = wait_for(c, w);
		if (e != ERR_OK)
			return e;
	}
}

static enum err send_parts(struct http_connection *c, struct iovec *parts, int count, bool more)
{
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = (size_t)count};

	c->wait_start_ms = clock_ms();
	while (m.msg_iovlen > 0) {
		ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0));
		size_t sent = n > 0 ? (size_t)n : 0;
		if (n < 0 && errno == EAGAIN) {
			enum err e = wait_for(c, WAIT_WRITE);
			if (e != ERR_OK)
				return e;
			continue;
		}
		if (n < 0 && errno != EINTR)
			return errno == EPIPE || errno == ECONNRESET ? ERR_PEER : ERR_IO;
		c->stream_sent += sent;
		while (m.msg_iovlen > 0 && sent >= m.msg_iov->iov_len) {
			sent -= m.msg_iov->iov_len;
			m.msg_iov++;
			m.msg_iovlen--;
		}
		if (m.msg_iovlen > 0) {
			m.msg_iov->iov_base = (uint8_t *)m.msg_iov->iov_base + sent;
			m.msg_iov->iov_len -= sent;
		}
	}
	return ERR_OK;
}

static struct iovec part_of(struct bytes b)
{
	/* sendmsg only reads. */
	union {
		const uint8_t *from;
		void *to;
	} p = {.from = b.p};

	return (struct iovec){.iov_base = p.to, .iov_len = b.n};
}

/* ---- requests */

/* It may have been said while nothing was waited for. */
static void look_for_hurry(struct http_connection *c)
{
	struct pollfd said = {.fd = c->hurried ? -1 : c->hurry_fd, .events = POLLIN};

	if (poll(&said, 1, 0) > 0)
		c->hurried = true;
}

enum err http_read_head(struct http_connection *c, struct http_request *r, unsigned *status)
{
	struct http_request read;
	enum err e;

	*status = 0;
	c->head_only = false;
	if (c->body_left > 0 || c->streaming)
		return ERR_STATE;
	if (c->request_count == LIMIT_HTTP_REQUESTS)
		return ERR_END;
	http_head_next(&c->head, c->buffered_at);
	c->buffered_at = 0;
	c->wait_start_ms = clock_ms();
	for (;;) {
		size_t got;
		bool first = c->head.have == 0;
		e = first ? ERR_BUSY : http_head_parse(&c->head, &read);
		if (e != ERR_BUSY)
			break;
		e = receive(c, c->head.bytes + c->head.have, sizeof c->head.bytes - c->head.have,
			    first && c->request_count > 0 ? WAIT_REQUEST : WAIT_HEAD, &got);
		if (e != ERR_OK) {
			*status = e == ERR_TIMEOUT && !first ? 408 : 0;
			return e;
		}
		c->head.have += got;
		if (first)
			c->wait_start_ms = clock_ms();
	}
	if (e != ERR_OK) {
		*status = c->head.status;
		return e;
	}
	c->request_count++;
	c->buffered_at = c->head.end;
	c->body_left = read.content_length;
	c->body_read = 0;
	c->wait_start_ms = clock_ms();
	c->continue_due = read.expect_continue;
	c->head_only = read.method == HTTP_HEAD_;
	look_for_hurry(c);
	read.keep = read.keep && c->request_count < LIMIT_HTTP_REQUESTS && !c->hurried;
	*r = read;
	return ERR_OK;
}

enum err http_read_body(struct http_connection *c, void *out, size_t cap, size_t *got)
{
	size_t buffered = c->head.have - c->buffered_at;
	size_t n = cap < c->body_left ? cap : (size_t)c->body_left;
	enum err e;

	*got = 0;
	if (c->body_left == 0)
		return ERR_END;
	BUG_IF(cap == 0);
	if (buffered > 0) {
		n = n < buffered ? n : buffered;
		memcpy(out, c->head.bytes + c->buffered_at, n);
		c->buffered_at += n;
	} else {
		if (c->continue_due && c->body_read == 0) {
			struct iovec go_on = part_of(BYTES_LITERAL("HTTP/1.1 100 Continue\r\n\r\n"));
			e = send_parts(c, &go_on, 1, false);
			if (e != ERR_OK)
				return e;
		}
		c->continue_due = false;
		e = receive(c, out, n, WAIT_BODY, &n);
		if (e != ERR_OK)
			return e == ERR_END ? ERR_PEER : e;
	}
	c->continue_due = false;
	c->body_left -= n;
	c->body_read += n;
	*got = n;
	return ERR_OK;
}

enum err http_drain(struct http_connection *c, uint64_t max)
{
	uint8_t dropped[DROPPED_AT_ONCE];

	c->body_read = 0; /* its rate counts from the answer on */
	while (c->body_left > 0) {
		size_t got;
		enum err e;
		/* Who awaits "100 Continue" and is told something else need not send the body at all. */
		if (c->continue_due && c->head.have == c->buffered_at)
			return ERR_OK;
		if (max == 0)
			return ERR_TOO_BIG;
		e = http_read_body(c, dropped, max < sizeof dropped ? (size_t)max : sizeof dropped, &got);
		if (e != ERR_OK)
			return e;
		max -= got;
	}
	return ERR_OK;
}

/* ---- responses */

struct reason {
	uint16_t status;
	char text[32];
};

static const struct reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {303, "See Other"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

static void put_status_line(struct buf *out, unsigned status)
{
	size_t i = 0;

	while (i < sizeof reasons / sizeof reasons[0] && reasons[i].status != status)
		i++;
	BUG_IF(i == sizeof reasons / sizeof reasons[0]);
	buf_str(out, "HTTP/1.1 ");
	buf_decimal(out, status);
	buf_byte(out, ' ');
	buf_str(out, reasons[i].text);
	buf_str(out, "\r\n");
}

static void put_headers(struct buf *out, const struct http_header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < headers[i].value.n; j++)
			BUG_IF(headers[i].value.p[j] < ' ' || headers[i].value.p[j] == 0x7f);
		buf_str(out, headers[i].name);
		buf_str(out, ": ");
		buf_put(out, headers[i].value);
		buf_str(out, "\r\n");
	}
}

static void put_response_head(struct buf *out, unsigned status, const struct http_header *headers, size_t count,
			      size_t body_len, bool keep)
{
	put_status_line(out, status);
	put_headers(out, headers, count);
	if (status != 204) {
		buf_str(out, "Content-Length: ");
		buf_decimal(out, body_len);
		buf_str(out, "\r\n");
	}
	buf_str(out, keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
	BUG_IF(out->failed);
}

size_t http_response_head_len(unsigned status, const struct http_header *headers, size_t count, size_t body_len,
			      bool keep)
{
	uint8_t storage[RESPONSE_HEAD_MAX];
	struct buf head = buf_over(storage, sizeof storage);

	put_response_head(&head, status, headers, count, body_len, keep);
	return head.len;
}

enum err http_respond(struct http_connection *c, unsigned status, const struct http_header *headers, size_t count,
		      struct bytes body, bool keep)
{
	uint8_t storage[RESPONSE_HEAD_MAX];
	struct buf head = buf_over(storage, sizeof storage);
	struct iovec parts[2];

	BUG_IF(c->streaming || (status == 204 && body.n > 0));
	put_response_head(&head, status, headers, count, body.n, keep);
	parts[0] = part_of(buf_view(&head));
	parts[1] = part_of(body);
	return send_parts(c, parts, c->head_only || body.n == 0 ? 1 : 2, false);
}

static void put_stream_head(struct buf *out, unsigned status, const struct http_header *headers, size_t count)
{
	put_status_line(out, status);
	put_headers(out, headers, count);
	buf_str(out, "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
	BUG_IF(out->failed);
}

size_t http_stream_head_len(unsigned status, const struct http_header *headers, size_t count)
{
	uint8_t storage[RESPONSE_HEAD_MAX];
	struct buf head = buf_over(storage, sizeof storage);

	put_stream_head(&head, status, headers, count);
	return head.len;
}

enum err http_stream_begin(struct http_connection *c, unsigned status, const struct http_header *headers, size_t count)
{
	uint8_t storage[RESPONSE_HEAD_MAX];
	struct buf head = buf_over(storage, sizeof storage);
	struct iovec part;

	BUG_IF(c->streaming);
	put_stream_head(&head, status, headers, count);
	c->streaming = true;
	c->stream_start_ms = clock_ms();
	c->stream_sent = 0;
	part = part_of(buf_view(&head));
	return send_parts(c, &part, 1, !c->head_only);
}

enum err http_stream_chunk(struct http_connection *c, struct bytes data, size_t extension_len)
{
	uint8_t storage[20 + HTTP_EXTENSION_MAX];
	struct buf line = buf_over(storage, sizeof storage);
	struct iovec parts[RESPONSE_PARTS];

	BUG_IF(!c->streaming || (extension_len > 0 && extension_len < 4));
	if (data.n == 0 || c->head_only)
		return ERR_OK;
	for (int shift = 60; shift >= 0; shift -= 4)
		if (shift == 0 || data.n >> shift != 0)
			buf_byte(&line, (uint8_t)"0123456789abcdef"[data.n >> shift & 15]);
	if (extension_len > 0) {
		buf_str(&line, ";p=");
		buf_fill(&line, '.', extension_len - 3);
	}
	buf_str(&line, "\r\n");
	BUG_IF(line.failed);
	parts[0] = part_of(buf_view(&line));
	parts[1] = part_of(data);
	parts[2] = part_of(BYTES_LITERAL("\r\n"));
	return send_parts(c, parts, RESPONSE_PARTS, false);
}

enum err http_stream_data(struct http_connection *c, struct bytes data)
{
	return http_stream_chunk(c, data, 0);
}

enum err http_stream_end_with(struct http_connection *c, struct bytes trailer)
{
	struct iovec parts[RESPONSE_PARTS] = {part_of(BYTES_LITERAL("0\r\n")), part_of(trailer),
					      part_of(BYTES_LITERAL("\r\n"))};

	BUG_IF(!c->streaming);
	c->streaming = false;
	return c->head_only ? ERR_OK : send_parts(c, parts, RESPONSE_PARTS, false);
}

enum err http_stream_end(struct http_connection *c)
{
	return http_stream_end_with(c, bytes_of(NULL, 0));
}

void http_close(struct http_connection *c)
{
	uint8_t dropped[4096];
	size_t total = 0;
	size_t got;

	if (shutdown(c->fd, SHUT_WR) != 0)
		return;
	c->wait_start_ms = clock_ms();
	while (total < LIMIT_LINGER && clock_ms() < deadline_of(c, WAIT_CLOSE, 0) &&
	       receive(c, dropped, sizeof dropped, WAIT_CLOSE, &got) == ERR_OK)
		total += got;
}
