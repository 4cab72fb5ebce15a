/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk forget, courier desk mute, courier desk unmute */
#include <stdio.h>

#include "desk/session.h"

#define LINK_USAGE                                                                                                     \
	"The next `courier desk sync` tells the box; with --socks or --direct, as sync has them, it is told at "       \
	"once.\n"

static const char forget_usage[] =
    "usage: courier desk forget DIR CONVERSATION [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Deletes a conversation: what was collected and saved of it, replies that wait, and at the box its key, so that "
    "what\n"
    "is there can't be read any more. Its source can begin a new one with the same codename.\n"
    "\n" LINK_USAGE "\n"
    "What a disk or its backups keep of deleted files is sealed, but for what `read` saved under opened/.\n"
    "\n"
    "Example:\n"
    "  courier desk forget ~/desk 3f1c\n";

static const char mute_usage[] = "usage: courier desk mute DIR CONVERSATION [--socks ADDR:PORT | --direct ADDR:PORT]\n"
				 "\n"
				 "Takes nothing more from a conversation. Its source sees no difference: messages are "
				 "accepted, and shown as collected\n"
				 "in their time. What is here stays.\n"
				 "\n" LINK_USAGE "\n"
				 "Example:\n"
				 "  courier desk mute ~/desk 3f1c\n";

static const char unmute_usage[] =
    "usage: courier desk unmute DIR CONVERSATION [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Takes a muted conversation's messages again. Those that came meanwhile are lost.\n"
    "\n" LINK_USAGE "\n"
    "Example:\n"
    "  courier desk unmute ~/desk 3f1c\n";

static int tell_now(struct inbox *in, const struct folder *box, const struct desk_arguments *a)
{
	static struct session s;
	int status = desk_lock(&in->home);

	if (status == DESK_DONE)
		status = session_open(&s, box, a);
	if (status == DESK_DONE)
		status = (int)exchange_hello(&s.exchange);
	if (status == DESK_DONE)
		status = (int)exchange_wishes(&s.exchange);
	if (status == DESK_DONE)
		puts("The box knows.");
	session_close(&s);
	return status;
}

static int with_conversation(int argc, char **argv, const char *usage, const char *done,
			     enum err (*call)(const struct inbox *, const struct inbox_conversation *))
{
	static struct inbox in;
	struct desk_arguments a;
	struct inbox_conversation c;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND | DESK_TAKES_LINK, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open_inbox(a.folder, &in);
	if (status == DESK_DONE)
		status = desk_find(&in, a.second, &c);
	if (status == DESK_DONE) {
		enum err e = call(&in, &c);
		if (e != ERR_OK)
			status = desk_say_error(c.id, e);
	}
	if (status == DESK_DONE && a.socks == NULL && a.direct == NULL)
		printf("%s `courier desk sync` tells the box.\n", done);
	else if (status == DESK_DONE)
		status = tell_now(&in, c.folder, &a);
	inbox_close(&in);
	return status;
}

static enum err mute(const struct inbox *in, const struct inbox_conversation *c)
{
	return inbox_mute(in, c, true);
}

static enum err unmute(const struct inbox *in, const struct inbox_conversation *c)
{
	return inbox_mute(in, c, false);
}

int desk_forget(int argc, char **argv)
{
	return with_conversation(argc, argv, forget_usage, "The conversation is deleted here.", inbox_forget);
}

int desk_mute(int argc, char **argv)
{
	return with_conversation(argc, argv, mute_usage, "The conversation is muted.", mute);
}

int desk_unmute(int argc, char **argv)
{
	return with_conversation(argc, argv, unmute_usage, "The conversation is not muted any more.", unmute);
}
