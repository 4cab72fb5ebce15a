/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk reply */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "desk/session.h"
#include "limits.h"

static const char usage[] =
    "usage: courier desk reply DIR CONVERSATION [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Reads a reply from its input and seals it to the conversation's source: only that source can open it. It waits "
    "in\n"
    "DIR/outbox, and the next `courier desk sync` sends it; with --socks or --direct, as sync has them, it is sent at\n"
    "once. CONVERSATION is the beginning of its name, as `courier desk list` shows it.\n"
    "\n"
    "Example:\n"
    "  courier desk reply ~/desk 3f1c < answer.txt\n";

static uint8_t text[LIMIT_TEXT + 1];

static int read_text(size_t *n)
{
	enum err e = ERR_OK;

	if (isatty(STDIN_FILENO) == 1)
		fputs("Write the reply; a line with Ctrl-D alone ends it.\n", stderr);
	*n = 0;
	while (*n < sizeof text) {
		size_t got;
		e = fd_read_some(STDIN_FILENO, text + *n, sizeof text - *n, DEADLINE_NONE, &got);
		if (e != ERR_OK)
			break;
		*n += got;
	}
	if (e != ERR_OK && e != ERR_END)
		return desk_say(DESK_FAILED, "input", strerror(errno));
	if (bytes_trim(bytes_of(text, *n)).n == 0)
		return desk_say(DESK_INPUT, "input", "The reply is empty; nothing was sent.");
	return DESK_DONE;
}

static int write_reply(struct inbox *in, const struct inbox_conversation *c, struct bytes reply)
{
	switch ((int)inbox_reply(in, c, reply)) {
	case ERR_OK:
		return DESK_DONE;
	case ERR_TOO_BIG:
		return desk_say(DESK_INPUT, "input", "A reply has at most 61440 bytes. Send it in parts.");
	case ERR_FORMAT:
		return desk_say(DESK_INPUT, "input", "A reply is text in UTF-8; this holds something else.");
	case ERR_NOT_FOUND:
		return desk_say(DESK_INPUT, c->id, "It has no sound recipient, so nobody could open a reply.");
	default:
		return desk_say(DESK_FAILED, c->id, strerror(errno));
	}
}

int desk_reply(int argc, char **argv)
{
	struct desk_arguments a;
	struct session s = {.folder.lock_fd = -1};
	static struct inbox in;
	struct inbox_conversation c;
	size_t n;
	bool go_on;
	bool sends;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND | DESK_TAKES_LINK, usage, &a, &go_on);

	if (!go_on)
		return status;
	sends = a.socks != NULL || a.direct != NULL;
	status = desk_open_inbox(a.folder, &in);
	if (status == DESK_DONE)
		status = desk_find(&in, a.second, &c);
	if (status == DESK_DONE)
		status = read_text(&n);
	if (status == DESK_DONE)
		status = write_reply(&in, &c, bytes_of(text, n));
	/* The folder is all that is needed to write one. */
	if (status == DESK_DONE && !sends)
		puts("The reply is sealed and waits; `courier desk sync` sends it.");
	if (status == DESK_DONE && sends) {
		status = session_open(&s, &a);
		if (status == DESK_DONE)
			status = (int)exchange_send(&s.exchange);
		if (status == DESK_DONE)
			puts("The reply is at the box.");
	}
	SECRET_WIPE(text);
	inbox_close(&in);
	session_close(&s);
	return status;
}
