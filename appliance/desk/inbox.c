/* SPDX-License-Identifier: GPL-3.0-or-later
 * The conversations and what is in them; inbox_show.c opens it, inbox_reply.c answers. */
#include "desk/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "desk/items.h"
#include "limits.h"

static struct items items;

enum err inbox_open(struct inbox *in, const char *path)
{
	memset(in, 0, sizeof *in);
	return folder_open(path, &in->folder);
}

enum err inbox_unlock(struct inbox *in, struct age_asker asker)
{
	(void)asker;
	return folder_identities(&in->folder, in->opening.identities, &in->opening.identity_count);
}

void inbox_close(struct inbox *in)
{
	SECRET_WIPE(in->opening);
}

const char *inbox_fault(const struct inbox *in)
{
	return in->opening.fault;
}

static uint32_t day_of(int64_t time_s)
{
	return time_s < 0 ? 0 : (uint32_t)(time_s / 86400);
}

/* What its folder says. */
static enum err fill(const struct folder *f, struct inbox_conversation *c)
{
	enum err e = items_read(f, c->id, &items);

	if (e != ERR_OK)
		return e;
	c->folder = f;
	c->day = day_of(items.latest_s);
	c->replies = items.replies;
	c->read_to = items.read_to;
	c->last = items.count > 0 ? items.item[items.count - 1].number : 0;
	c->is_new = c->last > c->read_to;
	c->messages = c->files = c->waiting = 0;
	for (size_t i = 0; i < items.count; i++) {
		c->messages += (items.item[i].kinds & ITEM_TEXT) != 0;
		c->files += (items.item[i].kinds & ITEM_DATA) != 0;
	}
	return ERR_OK;
}

struct list {
	struct inbox_conversation *entry;
	size_t count, room;
};

static enum err append(struct list *list, const struct folder *f, const char *id)
{
	enum err e;

	if (list->count == LIMIT_DESK_CONVERSATIONS)
		return ERR_TOO_BIG;
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 256 : 2 * list->room;
		struct inbox_conversation *more = realloc(list->entry, room * sizeof *more);
		if (more == NULL)
			return ERR_NO_MEMORY;
		list->entry = more;
		list->room = room;
	}
	memcpy(list->entry[list->count].id, id, FOLDER_CONVERSATION_LEN + 1);
	e = fill(f, &list->entry[list->count]);
	list->count += e == ERR_OK;
	return e;
}

/* A folder of the box, entry by entry; one that isn't there is empty. */
static enum err each_name(const struct folder *f, const char *name, enum err (*take)(void *, const char *),
			  void *context)
{
	char path[FOLDER_PATH_MAX];
	struct dirent *entry;
	enum err e = ERR_OK;
	DIR *folder;

	folder_path(path, f, "%s", name);
	folder = opendir(path);
	if (folder == NULL)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	while (e == ERR_OK && (entry = readdir(folder)) != NULL)
		e = take(context, entry->d_name);
	closedir(folder);
	return e;
}

struct gathering {
	const struct folder *folder;
	struct list list;
	const char *prefix;
};

static enum err gather(void *context, const char *name)
{
	struct gathering *g = context;

	if (!folder_is_conversation(bytes_str(name)) || strncmp(name, g->prefix, strlen(g->prefix)) != 0)
		return ERR_OK;
	return append(&g->list, g->folder, name);
}

static int by_id(const void *a, const void *b)
{
	const struct inbox_conversation *x = a;
	const struct inbox_conversation *y = b;

	return strcmp(x->id, y->id);
}

static int by_day(const void *a, const void *b)
{
	const struct inbox_conversation *x = a;
	const struct inbox_conversation *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* outbox/ID.NAME.age */
static enum err count_waiting(void *context, const char *name)
{
	struct list *list = context;
	struct inbox_conversation key, *found;

	if (!folder_is_conversation(bytes_of(name, strnlen(name, FOLDER_CONVERSATION_LEN))))
		return ERR_OK;
	memcpy(key.id, name, FOLDER_CONVERSATION_LEN);
	key.id[FOLDER_CONVERSATION_LEN] = '\0';
	found = bsearch(&key, list->entry, list->count, sizeof key, by_id);
	if (found != NULL)
		found->waiting++;
	return ERR_OK;
}

static enum err list_box(const struct folder *f, const char *prefix, struct list *list)
{
	struct gathering g = {.folder = f, .prefix = prefix};
	enum err e;

	TRY(each_name(f, "conversations", gather, &g));
	if (g.list.count > 0) {
		qsort(g.list.entry, g.list.count, sizeof *g.list.entry, by_id);
		TRY(each_name(f, "outbox", count_waiting, &g.list));
	}
	*list = g.list;
	g.list.entry = NULL;
out:
	free(g.list.entry);
	return e;
}

enum err inbox_list(const struct inbox *in, struct inbox_conversation **list, size_t *count)
{
	struct list found = {NULL, 0, 0};
	enum err e = list_box(&in->folder, "", &found);

	if (e != ERR_OK)
		return e;
	if (found.count > 0)
		qsort(found.entry, found.count, sizeof *found.entry, by_day);
	*list = found.entry;
	*count = found.count;
	return ERR_OK;
}

enum err inbox_find(const struct inbox *in, const char *prefix, struct inbox_conversation *found)
{
	struct list list = {NULL, 0, 0};
	enum err e = *prefix == '\0' ? ERR_NOT_FOUND : list_box(&in->folder, prefix, &list);

	if (e == ERR_OK)
		e = list.count == 0 ? ERR_NOT_FOUND : list.count > 1 ? ERR_EXISTS : ERR_OK;
	if (e == ERR_OK)
		*found = list.entry[0];
	free(list.entry);
	return e;
}

/* ---- entries */

struct entries {
	const struct inbox_conversation *conversation;
	struct inbox_entry *entry;
	size_t count, room;
	uint32_t replies;
};

static struct inbox_entry *add(struct entries *list)
{
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 64 : 2 * list->room;
		struct inbox_entry *more = realloc(list->entry, room * sizeof *more);
		if (more == NULL)
			return NULL;
		list->entry = more;
		list->room = room;
	}
	list->entry[list->count] = (struct inbox_entry){0};
	return &list->entry[list->count++];
}

static enum err add_items(struct entries *list)
{
	for (size_t i = 0; i < items.count; i++)
		for (unsigned kind = ITEM_TEXT; kind <= ITEM_DATA; kind <<= 1) {
			struct inbox_entry *entry;

			if ((items.item[i].kinds & kind) == 0)
				continue;
			entry = add(list);
			if (entry == NULL)
				return ERR_NO_MEMORY;
			entry->kind = kind == ITEM_TEXT ? INBOX_MESSAGE : INBOX_FILE;
			entry->number = items.item[i].number;
			entry->day = day_of(items.item[i].time_s);
			entry->bare = (items.item[i].kinds & ITEM_META) == 0;
		}
	return ERR_OK;
}

/* "AFTER-NUMBER-CHANCE.age": the reply stands behind the message of that number. */
static enum err add_reply(void *context, const char *name)
{
	struct entries *list = context;
	const struct inbox_conversation *c = list->conversation;
	char path[FOLDER_PATH_MAX];
	struct inbox_entry *entry;
	struct stat st;
	size_t n = strlen(name);
	unsigned long after;

	if (n <= 4 || n > LIMIT_REPLY_NAME + 4 || strcmp(name + n - 4, ".age") != 0 || *name < '0' || *name > '9')
		return ERR_OK;
	after = strtoul(name, NULL, 10);
	folder_path(path, c->folder, "conversations/%s/replies/%s", c->id, name);
	if (list->replies == ITEMS_MAX)
		return ERR_TOO_BIG;
	if (stat(path, &st) != 0)
		return ERR_IO;
	entry = add(list);
	if (entry == NULL)
		return ERR_NO_MEMORY;
	list->replies++;
	entry->kind = INBOX_REPLY;
	entry->number = after < UINT32_MAX ? (uint32_t)after : UINT32_MAX;
	entry->day = day_of(st.st_mtime);
	memcpy(entry->name, name, n - 4);
	folder_path(path, c->folder, "outbox/%s.%s", c->id, name);
	entry->waits = stat(path, &st) == 0;
	return ERR_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct inbox_entry *x = a;
	const struct inbox_entry *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->name, y->name);
}

enum err inbox_entries(const struct inbox *in, const struct inbox_conversation *c, struct inbox_entry **list,
		       size_t *count)
{
	struct entries found = {.conversation = c};
	char path[80];
	uint32_t replies = 0;
	enum err e;

	(void)in;
	TRY(items_read(c->folder, c->id, &items));
	TRY(add_items(&found));
	(void)snprintf(path, sizeof path, "conversations/%s/replies", c->id);
	TRY(each_name(c->folder, path, add_reply, &found));
	if (found.count > 0)
		qsort(found.entry, found.count, sizeof *found.entry, by_place);
	for (size_t i = 0; i < found.count; i++)
		if (found.entry[i].kind == INBOX_REPLY)
			found.entry[i].number = ++replies;
	*list = found.entry;
	*count = found.count;
	found.entry = NULL;
out:
	free(found.entry);
	return e;
}

enum err inbox_mark_read(const struct inbox *in, const struct inbox_conversation *c)
{
	char name[80];
	uint8_t digits[16];
	struct buf text = buf_over(digits, sizeof digits);

	(void)in;
	if (c->last <= c->read_to)
		return ERR_OK;
	(void)snprintf(name, sizeof name, "conversations/%s/read", c->id);
	buf_decimal(&text, c->last);
	return folder_write(c->folder, name, buf_view(&text));
}
