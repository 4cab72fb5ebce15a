/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk read */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "base/text.h"
#include "desk/command.h"

static const char usage[] =
    "usage: courier desk read DIR CONVERSATION [--passphrase-fd N]\n"
    "\n"
    "Prints a conversation's messages and saves its attachments under opened/. CONVERSATION is the beginning of its "
    "name,\n"
    "as `courier desk list` shows it. Characters that a terminal would obey are shown as \\u{...} or \\xFF.\n"
    "\n"
    "Attachments come from strangers. Open them on a machine without a network that holds nothing else; what opens\n"
    "them may be attacked by them, and they may tell their author that they were opened.\n"
    "\n"
    "  --passphrase-fd N   the passphrase is the first line of descriptor N, instead of asking on the terminal\n"
    "\n"
    "Examples:\n"
    "  courier desk read ~/desk 3f1c\n"
    "  courier desk read ~/desk 3f1c --passphrase-fd 3 3< passphrase.txt | less\n";

struct reading {
	struct inbox inbox;
	struct inbox_conversation conversation;
	int status;
	bool warned;
};

static uint8_t plain[INBOX_TEXT_MAX];
static uint8_t shown[8 * INBOX_TEXT_MAX]; /* "\u{202E}" is the longest for one byte's worth */

static void print_escaped(struct bytes text, bool lines)
{
	struct buf out = buf_over(shown, sizeof shown);

	/* Empty lines at the end are of no interest to the eye. */
	while (lines && text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	text_escape(&out, text, lines);
	(void)fwrite(out.p, 1, out.len, stdout);
}

/* One entry can't be opened; the others may. */
static void complain(struct reading *r, const struct inbox_entry *entry, const char *what, enum err e)
{
	char subject[100];

	(void)snprintf(subject, sizeof subject, "%.12s, %s %04" PRIu32, r->conversation.id, what, entry->number);
	r->status = desk_say(DESK_REFUSED, subject, e == ERR_IO ? strerror(errno) : inbox_fault(&r->inbox));
}

static void print_text(struct reading *r, const struct inbox_entry *entry)
{
	static const char *const where[] = {
	    [INBOX_WAITS] = "waits to be sent",
	    [INBOX_AT_BOX] = "sent",
	    [INBOX_DELETED] = "sent, and deleted by its source",
	    [INBOX_UNSENT] = "not sent",
	};
	const char *what = entry->kind == INBOX_MESSAGE ? "message" : "your reply";
	struct inbox_text t;
	uint8_t day[10];
	enum err e = inbox_text(&r->inbox, &r->conversation, entry, plain, &t);

	if (e != ERR_OK) {
		complain(r, entry, what, e);
		return;
	}
	clock_day_text(entry->day, day);
	printf("---- %s %04" PRIu32 ", %.10s", what, entry->number, (const char *)day);
	if (t.topic.n > 0) {
		fputs(", topic: ", stdout);
		print_escaped(t.topic, false);
	}
	if (t.files > 0)
		printf(", %" PRIu64 " attachment%s", t.files, t.files == 1 ? "" : "s");
	if (entry->kind == INBOX_REPLY)
		printf(", %s", where[entry->sent]);
	fputs("\n\n", stdout);
	print_escaped(t.text, true);
	fputs(t.cut ? "\n[the text ends here, before the length it states]\n\n" : "\n\n", stdout);
	SECRET_WIPE(plain);
}

static void warn_once(struct reading *r)
{
	if (!r->warned)
		fputs("Attachments come from strangers: open them on a machine without a network that holds nothing "
		      "else.\n\n",
		      stdout);
	r->warned = true;
}

static void save_file(struct reading *r, const struct inbox_entry *entry)
{
	char path[FOLDER_PATH_MAX];
	struct inbox_file f;
	enum err e = inbox_file(&r->inbox, &r->conversation, entry, &f);

	if (e != ERR_OK)
		complain(r, entry, "name of attachment", e);
	/* Our own are on this desk's disks already. */
	if (entry->kind == INBOX_REPLY_FILE) {
		fputs("     with the file \"", stdout);
		print_escaped(bytes_of(f.name, f.name_len), false);
		printf("\", %" PRIu64 " bytes\n\n", f.length);
		return;
	}
	e = inbox_file_save(&r->inbox, &r->conversation, entry, &f, path);
	if (e != ERR_OK) {
		complain(r, entry, "attachment", e);
		return;
	}
	warn_once(r);
	printf("---- attachment %04" PRIu32 ", saved as %s\n     ", entry->number, path);
	if (f.length == UINT64_MAX)
		fputs("without its name and length: zeros may follow its contents", stdout);
	else
		printf("%" PRIu64 " bytes", f.length);
	if (f.type_len > 0) {
		fputs(", said to be ", stdout);
		print_escaped(bytes_of(f.type, f.type_len), false);
	}
	if (f.name_len > 0) {
		fputs(", its source called it \"", stdout);
		print_escaped(bytes_of(f.name, f.name_len), false);
		fputs("\"", stdout);
	}
	fputs("\n\n", stdout);
}

static void read_all(struct reading *r)
{
	struct inbox_entry *list;
	size_t count;
	enum err e = inbox_entries(&r->inbox, &r->conversation, &list, &count);

	if (e != ERR_OK) {
		r->status = desk_say_error(r->conversation.id, e);
		return;
	}
	printf("Conversation %s\n\n", r->conversation.id);
	for (size_t i = 0; i < count; i++) {
		if (list[i].kind == INBOX_FILE || list[i].kind == INBOX_REPLY_FILE)
			save_file(r, &list[i]);
		else
			print_text(r, &list[i]);
	}
	free(list);
	e = inbox_mark_read(&r->inbox, &r->conversation);
	if (e != ERR_OK)
		r->status = desk_say_error(r->conversation.id, e);
}

int desk_read(int argc, char **argv)
{
	static struct reading r;
	struct desk_arguments a;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND | DESK_TAKES_PASSPHRASE, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open_inbox(a.folder, &r.inbox);
	if (status == DESK_DONE)
		status = desk_find(&r.inbox, a.second, &r.conversation);
	if (status != DESK_DONE)
		return status;
	status = desk_unlock(&r.inbox, &a);
	if (status == DESK_DONE)
		read_all(&r);
	else
		r.status = status;
	inbox_close(&r.inbox);
	return r.status;
}
