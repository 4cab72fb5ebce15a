/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk list */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "desk/command.h"
#include "desk/items.h"
#include "limits.h"

static const char usage[] =
    "usage: courier desk list DIR\n"
    "\n"
    "One line a conversation, the latest last: the beginning of its name (enough for `read` and `reply`), the day of "
    "its\n"
    "latest message, how many messages and attachments it has, how many replies were written, and \"new\" if it has\n"
    "something that `read` did not show yet.\n";

struct line {
	char name[FOLDER_CONVERSATION_LEN + 1];
	int64_t latest_s;
	uint32_t messages, attachments, replies;
	bool is_new;
};

static int by_time(const void *a, const void *b)
{
	const struct line *x = a;
	const struct line *y = b;

	if (x->latest_s != y->latest_s)
		return x->latest_s < y->latest_s ? -1 : 1;
	return strcmp(x->name, y->name);
}

static enum err fill_line(const struct folder *f, struct line *line)
{
	static struct items items;
	enum err e = items_read(f, line->name, &items);

	if (e != ERR_OK)
		return e;
	line->latest_s = items.latest_s;
	line->replies = items.replies;
	for (size_t i = 0; i < items.count; i++) {
		line->messages += (items.item[i].kinds & ITEM_TEXT) != 0;
		line->attachments += (items.item[i].kinds & ITEM_DATA) != 0;
	}
	line->is_new = items.count > 0 && items.item[items.count - 1].number > items.read_to;
	return ERR_OK;
}

static int gather(const struct folder *f, DIR *conversations, struct line **lines, size_t *count)
{
	struct dirent *entry;
	size_t room = 0;

	while ((entry = readdir(conversations)) != NULL) {
		struct line *line;
		enum err e;

		if (!folder_is_conversation(bytes_str(entry->d_name)))
			continue;
		if (*count == room) {
			struct line *more;
			room = room == 0 ? 256 : 2 * room;
			more = room > LIMIT_DESK_CONVERSATIONS ? NULL : realloc(*lines, room * sizeof *more);
			if (more == NULL)
				return desk_say(DESK_FAILED, f->path,
						"There are more conversations than this machine's memory holds.");
			*lines = more;
		}
		line = &(*lines)[*count];
		memset(line, 0, sizeof *line);
		memcpy(line->name, entry->d_name, FOLDER_CONVERSATION_LEN + 1);
		e = fill_line(f, line);
		if (e == ERR_TOO_BIG)
			return desk_say(DESK_REFUSED, line->name, "It has more files than a conversation can have.");
		if (e != ERR_OK)
			return desk_say(DESK_FAILED, line->name, strerror(errno));
		++*count;
	}
	return DESK_DONE;
}

static void print(const struct line *line)
{
	uint8_t day[10];

	clock_day_text(line->latest_s < 0 ? 0 : (uint32_t)(line->latest_s / 86400), day);
	printf("%.12s  %.10s  %3" PRIu32 " message%s  %3" PRIu32 " attachment%s  %3" PRIu32 " %s%s\n", line->name,
	       (const char *)day, line->messages, line->messages == 1 ? " " : "s", line->attachments,
	       line->attachments == 1 ? " " : "s", line->replies, line->replies == 1 ? "reply" : "replies",
	       line->is_new ? "  new" : "");
}

int desk_list(int argc, char **argv)
{
	struct desk_arguments a;
	struct folder f;
	struct line *lines = NULL;
	size_t count = 0;
	char path[FOLDER_PATH_MAX];
	DIR *conversations;
	bool go_on;
	int status = desk_parse(argc, argv, 0, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open(a.folder, &f);
	if (status != DESK_DONE)
		return status;
	folder_path(path, &f, "conversations");
	conversations = opendir(path);
	if (conversations != NULL) {
		status = gather(&f, conversations, &lines, &count);
		closedir(conversations);
	} else if (errno != ENOENT) {
		return desk_say(DESK_FAILED, path, strerror(errno));
	}
	if (count > 0)
		qsort(lines, count, sizeof *lines, by_time);
	for (size_t i = 0; i < count; i++)
		print(&lines[i]);
	if (count == 0 && status == DESK_DONE)
		fputs("No conversations yet. `courier desk sync` collects what came.\n", stderr);
	free(lines);
	return status;
}
