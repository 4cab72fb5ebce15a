/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk list */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "desk/command.h"

static const char usage[] = "usage: courier desk list DIR [--json] [--box NAME]\n"
			    "\n"
			    "One line a conversation, the latest last: the beginning of its name (enough for `read` "
			    "and `reply`), the day of its\n"
			    "latest message, how many messages and attachments it has, how many replies were written, "
			    "and then words: \"new\" if\n"
			    "it has something that `read` did not show yet, \"waiting\" if a reply was not sent yet, "
			    "\"muted\", \"gone\" if its\n"
			    "source deleted it at the box. No passphrase is needed.\n"
			    "\n"
			    "  --json       for programs; docs/DESK.md has the members\n"
			    "  --box NAME   only this box\n"
			    "\n"
			    "Examples:\n"
			    "  courier desk list ~/desk\n"
			    "  courier desk list ~/desk --json\n";

/* Without messages there is no day: over an air gap the half with the network has such conversations. */
static void day_text(const struct inbox_conversation *c, const char *none, char out[static 11])
{
	uint8_t day[10];

	clock_day_text(c->day, day);
	(void)snprintf(out, 11, "%.10s", c->day > 0 ? (const char *)day : none);
}

static void print(const struct inbox_conversation *c, bool several)
{
	char day[11];

	day_text(c, "-         ", day);
	printf("%.12s  %s  %3" PRIu32 " message%s  %3" PRIu32 " attachment%s  %3" PRIu32 " %s", c->id, day, c->messages,
	       c->messages == 1 ? " " : "s", c->files, c->files == 1 ? " " : "s", c->replies,
	       c->replies == 1 ? "reply" : "replies");
	printf("%s%s%s%s", c->is_new ? "  new" : "", c->waiting > 0 ? "  waiting" : "", c->muted ? "  muted" : "",
	       c->gone ? "  gone" : "");
	printf("%s%s\n", several ? "  at " : "", several ? c->box : "");
}

static const char *word(bool b)
{
	return b ? "true" : "false";
}

static void print_json(const struct inbox_conversation *c, bool first)
{
	char day[11];

	day_text(c, "", day);
	printf("%s\n{\"id\":\"%s\",\"box\":\"%s\",\"day\":\"%s\",\"messages\":%" PRIu32 ",\"attachments\":%" PRIu32,
	       first ? "" : ",", c->id, c->box, day, c->messages, c->files);
	printf(",\"replies\":%" PRIu32 ",\"waiting\":%" PRIu32 ",\"new\":%s,\"muted\":%s,\"gone\":%s}", c->replies,
	       c->waiting, word(c->is_new), word(c->muted), word(c->gone));
}

static void print_all(const struct inbox *in, const struct desk_arguments *a, const struct folder *only,
		      const struct inbox_conversation *list, size_t count)
{
	size_t shown = 0;

	if (a->json)
		fputs("{\"conversations\":[", stdout);
	for (size_t i = 0; i < count; i++) {
		if (only != NULL && list[i].folder != only)
			continue;
		if (a->json)
			print_json(&list[i], shown == 0);
		else
			print(&list[i], in->home.box_count > 1);
		shown++;
	}
	if (a->json)
		puts("]}");
	else if (shown == 0)
		fputs("No conversations yet. `courier desk sync` collects what came.\n", stderr);
}

int desk_list(int argc, char **argv)
{
	struct desk_arguments a;
	static struct inbox in;
	struct inbox_conversation *list;
	const struct folder *only = NULL;
	size_t count;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_JSON | DESK_TAKES_BOX, usage, &a, &go_on);
	enum err e;

	if (!go_on)
		return status;
	status = desk_open_inbox(a.folder, &in);
	if (status == DESK_DONE && a.box != NULL)
		status = desk_choose_box(&in.home, &a, &only);
	if (status != DESK_DONE)
		return status;
	e = inbox_list(&in, &list, &count);
	if (e != ERR_OK)
		return desk_say_error(a.folder, e);
	print_all(&in, &a, only, list, count);
	free(list);
	return DESK_DONE;
}
