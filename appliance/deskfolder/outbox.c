/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/outbox.h"

#include <stdio.h>
#include <string.h>

static const char *const endings[] = {
    [OUTBOX_REPLY] = ".age", [OUTBOX_REPLY_FILES] = ".tar", [OUTBOX_FORGET] = ".forget",
    [OUTBOX_MUTE] = ".mute", [OUTBOX_UNMUTE] = ".unmute",
};

enum { KIND_COUNT = sizeof endings / sizeof endings[0] };

static bool is_reply(enum outbox_kind kind)
{
	return kind == OUTBOX_REPLY || kind == OUTBOX_REPLY_FILES;
}

static bool take_name(struct bytes name, char out[static LIMIT_REPLY_NAME + 1])
{
	if (name.n == 0 || name.n > LIMIT_REPLY_NAME)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= 'a' && name.p[i] <= 'z') && !(name.p[i] >= '0' && name.p[i] <= '9') &&
		    name.p[i] != '-')
			return false;
	memcpy(out, name.p, name.n);
	out[name.n] = '\0';
	return true;
}

bool outbox_parse(const char *file, struct outbox_entry *entry)
{
	struct bytes rest = bytes_str(file);
	struct bytes conversation = bytes_first(rest, FOLDER_CONVERSATION_LEN);

	if (!folder_is_conversation(conversation))
		return false;
	*entry = (struct outbox_entry){0};
	memcpy(entry->conversation, conversation.p, conversation.n);
	rest = bytes_from(rest, conversation.n);
	for (size_t i = 0; i < KIND_COUNT; i++) {
		size_t n = strlen(endings[i]);

		entry->kind = (enum outbox_kind)i;
		if (rest.n < n || !bytes_eq_str(bytes_from(rest, rest.n - n), endings[i]))
			continue;
		if (!is_reply(entry->kind))
			return rest.n == n;
		return rest.n > n + 1 && rest.p[0] == '.' &&
		       take_name(bytes_first(bytes_from(rest, 1), rest.n - n - 1), entry->name);
	}
	return false;
}

void outbox_name(char out[static 100], const struct outbox_entry *entry)
{
	(void)snprintf(out, 100, "outbox/%s%s%s%s", entry->conversation, is_reply(entry->kind) ? "." : "", entry->name,
		       endings[entry->kind]);
}

enum err outbox_wish(const struct folder *box, enum outbox_kind kind, const char *conversation)
{
	struct outbox_entry entry = {.kind = kind};
	char name[100];
	enum err e;

	memcpy(entry.conversation, conversation, FOLDER_CONVERSATION_LEN);
	outbox_name(name, &entry);
	e = folder_write(box, name, bytes_of(NULL, 0));
	if (e != ERR_OK || kind == OUTBOX_FORGET)
		return e;
	entry.kind = kind == OUTBOX_MUTE ? OUTBOX_UNMUTE : OUTBOX_MUTE;
	outbox_name(name, &entry);
	return folder_remove(box, name);
}

struct dropping {
	const struct folder *box;
	const char *conversation;
};

static enum err drop_waiting(void *context, const char *file)
{
	const struct dropping *d = context;
	struct outbox_entry entry;
	char name[100];

	if (!outbox_parse(file, &entry) || strcmp(entry.conversation, d->conversation) != 0 ||
	    entry.kind == OUTBOX_FORGET)
		return ERR_OK;
	outbox_name(name, &entry);
	return folder_remove(d->box, name);
}

enum err outbox_forget_here(const struct folder *box, const char *conversation)
{
	struct dropping d = {box, conversation};
	char from[80], name[80];
	enum err e;

	TRY(folder_each(box, "outbox", drop_waiting, &d));
	(void)snprintf(name, sizeof name, "opened/%s", conversation);
	TRY(folder_remove_tree(box, name));
	/* In one step it is out of everybody's sight. */
	(void)snprintf(name, sizeof name, "incoming/forgotten-%s", conversation);
	TRY(folder_remove_tree(box, name));
	(void)snprintf(from, sizeof from, "conversations/%s", conversation);
	e = folder_rename(box, from, name);
	TRY(e == ERR_NOT_FOUND ? ERR_OK : e);
	e = folder_remove_tree(box, name);
out:
	return e;
}
