/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk list */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "desk/command.h"

static const char usage[] =
    "usage: courier desk list DIR\n"
    "\n"
    "One line a conversation, the latest last: the beginning of its name (enough for `read` and `reply`), the day of "
    "its\n"
    "latest message, how many messages and attachments it has, how many replies were written, and \"new\" if it has\n"
    "something that `read` did not show yet.\n";

static void print(const struct inbox_conversation *c)
{
	uint8_t day[10];

	clock_day_text(c->day, day);
	printf("%.12s  %.10s  %3" PRIu32 " message%s  %3" PRIu32 " attachment%s  %3" PRIu32 " %s%s\n", c->id,
	       (const char *)day, c->messages, c->messages == 1 ? " " : "s", c->files, c->files == 1 ? " " : "s",
	       c->replies, c->replies == 1 ? "reply" : "replies", c->is_new ? "  new" : "");
}

int desk_list(int argc, char **argv)
{
	struct desk_arguments a;
	static struct inbox in;
	struct inbox_conversation *list;
	size_t count;
	bool go_on;
	int status = desk_parse(argc, argv, 0, usage, &a, &go_on);
	enum err e;

	if (!go_on)
		return status;
	status = desk_open_inbox(a.folder, &in);
	if (status != DESK_DONE)
		return status;
	e = inbox_list(&in, &list, &count);
	if (e != ERR_OK)
		return desk_say_error(a.folder, e);
	for (size_t i = 0; i < count; i++)
		print(&list[i]);
	if (count == 0)
		fputs("No conversations yet. `courier desk sync` collects what came.\n", stderr);
	free(list);
	return DESK_DONE;
}
