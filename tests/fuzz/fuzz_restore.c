/* SPDX-License-Identifier: GPL-3.0-or-later
 * Archives that a desk sends: the rest of the input is the body of a restore (first byte even) or of a reply with
 * attachments. The keeper says OK, or refuses each so many questions (the byte's other bits), until its answers are
 * used up. What it is told must keep the order of its table: begin, data, end, then what takes the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/collect.h"
#include "link/channel.h"

enum { ANSWERS = 48 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(int fd, int which, unsigned refuse_each, bool status)
{
	static const struct message_OK ok;
	static const struct message_STATUS_IS is;
	static const struct message_REFUSED no = {.err = ERR_FULL};
	static uint8_t storage[LIMIT_MESSAGE];
	struct buf record = buf_over(storage, sizeof storage);

	if (status)
		message_put_STATUS_IS(&record, &is);
	else if (refuse_each > 0 && which > 1 && which % (int)refuse_each == 0)
		message_put_REFUSED(&record, &no);
	else
		message_put_OK(&record, &ok);
	if (record.failed || channel_send(fd, &record, NULL, 0, clock_ms() + 1000) != ERR_OK)
		abort();
}

/* What was asked, as the keeper's table wants it. */
static void check_questions(int fd)
{
	static uint8_t storage[LIMIT_MESSAGE];
	enum link_state state = STATE_OPEN;
	struct incoming in;
	enum err e;

	while ((e = channel_receive(fd, 1u << ROLE_COLLECT, ROLE_KEEPER, state, storage, clock_ms(), &in)) == ERR_OK) {
		if (in.type == MESSAGE_DESK_AUTH || in.type == MESSAGE_FILE_END)
			state = STATE_DESK;
		else if (in.type == MESSAGE_FILE_BEGIN)
			state = STATE_FILE;
	}
	if (e == ERR_PEER)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct collect c;
	static const char token[] = "00000000000000000000000000000000"
				    "00000000000000000000000000000000";
	struct bytes body = bytes_from(bytes_of(data, size), 1);
	bool restore = size > 0 && data[0] % 2 == 0;
	char head[400];
	int ends[2], keeper[2], n;

	if (size == 0)
		return 0;
	n = snprintf(head, sizeof head,
		     "PUT /v1/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-tar\r\n"
		     "Content-Length: %zu\r\n\r\n",
		     restore ? "restore" : "conversations/00000000000000000000000000000000/replies/a", token, body.n);
	if (channel_pair(keeper) != ERR_OK || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		abort();
	for (int i = 0; i < ANSWERS; i++)
		answer(keeper[0], i, data[0] >> 1, restore && i == 1);
	shutdown(keeper[0], SHUT_WR);
	(void)!send(ends[0], head, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* What doesn't fit the socket's buffer is left out: nobody reads meanwhile. */
	(void)!send(ends[0], body.p, body.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(ends[0], SHUT_WR);
	collect_serve(&c, ends[1], keeper[1], BYTES_LITERAL("fuzz"));
	shutdown(keeper[1], SHUT_WR);
	check_questions(keeper[0]);
	close(ends[0]);
	close(ends[1]);
	close(keeper[0]);
	close(keeper[1]);
	return 0;
}
