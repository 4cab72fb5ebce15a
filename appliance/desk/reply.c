/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk reply */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "desk/session.h"
#include "limits.h"

static const char usage[] =
    "usage: courier desk reply DIR CONVERSATION [-a FILE]... [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Reads a reply from its input and seals it to the conversation's source: only that source can open it. It waits "
    "in\n"
    "outbox/, and the next `courier desk sync` sends it; with --socks or --direct, as sync has them, it is sent at\n"
    "once, and whatever else waits for that box with it. CONVERSATION is the beginning of its name, as `courier desk "
    "list` shows it. No passphrase is needed.\n"
    "\n"
    "  -a FILE, --attach FILE   send this file along, under its own name; up to 16, and 64 MiB in all\n"
    "\n"
    "Examples:\n"
    "  courier desk reply ~/desk 3f1c < answer.txt\n"
    "  courier desk reply ~/desk 3f1c -a form.pdf -a map.png < answer.txt\n";

static struct inbox_draft draft;
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
	return DESK_DONE;
}

static int say_draft(const struct inbox_conversation *c, const char *subject, enum err e)
{
	switch ((int)e) {
	case ERR_OK:
		return DESK_DONE;
	case ERR_TOO_BIG:
		return desk_say(DESK_INPUT, subject,
				"A reply has at most 61440 bytes of text, and 64 MiB with its attachments. Send it in "
				"parts.");
	case ERR_FORMAT:
		return desk_say(DESK_INPUT, subject, "A reply is text in UTF-8; this holds something else.");
	case ERR_NOT_FOUND:
		return desk_say(DESK_INPUT, c->id, "It has no sound recipient, so nobody could open a reply.");
	default:
		return desk_say(DESK_FAILED, subject, e == ERR_IO ? strerror(errno) : err_text(e));
	}
}

static enum err attach(const char *path)
{
	static uint8_t block[64 * 1024];
	const char *slash = strrchr(path, '/');
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t got;
	enum err e;

	if (fd < 0)
		return ERR_IO;
	e = inbox_draft_file(&draft, bytes_str(slash != NULL ? slash + 1 : path), bytes_of(NULL, 0));
	while (e == ERR_OK && (e = fd_read_some(fd, block, sizeof block, DEADLINE_NONE, &got)) == ERR_OK)
		e = inbox_draft_data(&draft, bytes_of(block, got));
	close(fd);
	SECRET_WIPE(block);
	return e == ERR_END ? ERR_OK : e;
}

static int write_reply(const struct inbox *in, const struct inbox_conversation *c, const struct desk_arguments *a,
		       struct bytes reply)
{
	int status = say_draft(c, c->id, inbox_draft_begin(&draft, in, c));

	for (size_t i = 0; i < a->attach_count && status == DESK_DONE; i++)
		status = say_draft(c, a->attach[i], attach(a->attach[i]));
	if (status == DESK_DONE)
		status = say_draft(c, "input", inbox_draft_send(&draft, reply));
	inbox_draft_drop(&draft);
	return status;
}

static int send_now(struct inbox *in, const struct inbox_conversation *c, const struct desk_arguments *a)
{
	static struct session s;
	int status = desk_lock(&in->home);

	if (status == DESK_DONE)
		status = session_open(&s, c->folder, a);
	if (status == DESK_DONE)
		status = (int)exchange_hello(&s.exchange);
	if (status == DESK_DONE)
		status = (int)exchange_send(&s.exchange);
	session_end_progress(&s);
	if (status == DESK_DONE)
		puts("The reply is at the box.");
	session_close(&s);
	return status;
}

int desk_reply(int argc, char **argv)
{
	struct desk_arguments a;
	static struct inbox in;
	struct inbox_conversation c;
	size_t n = 0;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND | DESK_TAKES_LINK | DESK_TAKES_ATTACH, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open_inbox(a.folder, &in);
	if (status == DESK_DONE)
		status = desk_find(&in, a.second, &c);
	if (status == DESK_DONE)
		status = read_text(&n);
	if (status == DESK_DONE && a.attach_count == 0 && bytes_trim(bytes_of(text, n)).n == 0)
		status = desk_say(DESK_INPUT, "input", "The reply is empty; nothing was sent.");
	if (status == DESK_DONE)
		status = write_reply(&in, &c, &a, bytes_of(text, n));
	/* The folder is all that is needed to write one. */
	if (status == DESK_DONE && a.socks == NULL && a.direct == NULL)
		puts("The reply is sealed and waits; `courier desk sync` sends it.");
	else if (status == DESK_DONE)
		status = send_now(&in, &c, &a);
	SECRET_WIPE(text);
	inbox_close(&in);
	return status;
}
