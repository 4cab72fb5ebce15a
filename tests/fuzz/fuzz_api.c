/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's door from both sides. First byte even: the rest is what a desk sends, to a collect whose keeper answers
 * the first questions with OK and is gone then. Odd: the rest is what a box answers to a desk. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/collect.h"
#include "collect/cursor.h"
#include "exchange/client.h"
#include "link/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pair_with(struct bytes text, int ends[static 2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		abort();
	/* What doesn't fit the socket's buffer is left out: nobody reads meanwhile. */
	(void)!send(ends[0], text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(ends[0], SHUT_WR);
}

static void answer(int fd, bool status)
{
	static const struct message_OK ok;
	static const struct message_STATUS_IS is;
	static uint8_t storage[LIMIT_MESSAGE];
	struct buf record = buf_over(storage, sizeof storage);

	if (status)
		message_put_STATUS_IS(&record, &is);
	else
		message_put_OK(&record, &ok);
	if (channel_send(fd, &record, NULL, 0, clock_ms() + 1000) != ERR_OK)
		abort();
}

static void as_box(struct bytes request, bool status)
{
	static struct collect c;
	int ends[2], keeper[2];

	if (channel_pair(keeper) != ERR_OK)
		abort();
	answer(keeper[0], false);
	for (int i = 0; i < 4; i++)
		answer(keeper[0], status);
	shutdown(keeper[0], SHUT_WR);
	pair_with(request, ends);
	collect_serve(&c, ends[1], keeper[1], BYTES_LITERAL("fuzz"));
	close(ends[0]);
	close(ends[1]);
	close(keeper[0]);
	close(keeper[1]);
}

static void as_desk(struct bytes response)
{
	static const struct client_head head = {
	    .method = "GET", .path = "/v1/status", .host = "box.onion", .token = "0"};
	static struct client c;
	uint8_t out[512];
	size_t got;
	int ends[2];

	pair_with(response, ends);
	if (client_begin(&c, ends[1], &head) == ERR_OK && client_answer(&c) == ERR_OK)
		while (client_read(&c, out, sizeof out, &got) == ERR_OK)
			if (got == 0 || got > sizeof out)
				abort();
	close(ends[0]);
	close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_from(bytes_of(data, size), 1);
	struct cursor cursor;

	if (size == 0)
		return 0;
	if (cursor_parse(rest, &cursor) == ERR_OK) {
		uint8_t storage[CURSOR_TEXT_MAX];
		struct buf text = buf_over(storage, sizeof storage);
		cursor_text(&text, &cursor);
		if (text.failed || text.len != rest.n)
			abort();
	}
	if (data[0] % 2 == 0)
		as_box(rest, data[0] % 4 == 2);
	else
		as_desk(rest);
	return 0;
}
