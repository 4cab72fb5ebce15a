/* SPDX-License-Identifier: GPL-3.0-or-later
 * The conversations and what is in them; inbox_show.c opens it, inbox_draft.c answers. */
#include "inbox/inbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/secret.h"
#include "deskfolder/identity.h"
#include "inbox/index.h"
#include "deskfolder/items.h"
#include "deskfolder/outbox.h"
#include "limits.h"

static struct items items;

enum err inbox_open(struct inbox *in, const char *path)
{
	memset(in, 0, sizeof *in);
	return home_open(&in->home, path);
}

enum err inbox_unlock(struct inbox *in, struct age_asker asker)
{
	static struct identities identities;
	enum err e = identity_read(&in->home, asker, &identities);

	if (e == ERR_OK) {
		memcpy(in->opening.identities, identities.list, sizeof identities.list);
		in->opening.identity_count = identities.count;
	}
	SECRET_WIPE(identities);
	return e;
}

void inbox_close(struct inbox *in)
{
	SECRET_WIPE(in->opening);
	home_unlock(&in->home);
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
	c->gone = items.gone;
	c->muted = items.muted;
	c->day = day_of(items.latest_s);
	c->replies = items.replies;
	c->read_to = items.read_to;
	c->last = items.last;
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
	size_t first;       /* of the box that is being read */
	struct index index; /* its */
	size_t misses;      /* that it could have had */
};

static enum err append(struct list *list, const struct folder *f, const char *id)
{
	struct inbox_conversation *c;
	enum err e;

	if (list->count == LIMIT_DESK_CONVERSATIONS)
		return ERR_TOO_BIG;
	c = list_grow(list->entry, list->count, &list->room, sizeof *c);
	if (c == NULL)
		return ERR_NO_MEMORY;
	list->entry = c;
	c += list->count;
	*c = (struct inbox_conversation){0};
	memcpy(c->id, id, FOLDER_CONVERSATION_LEN + 1);
	e = index_stamp(f, id, &c->stamp);
	if (e == ERR_OK && !index_find(&list->index, c)) {
		list->misses += c->stamp != 0;
		e = fill(f, c);
	}
	c->folder = f;
	c->box = f->name;
	list->count += e == ERR_OK;
	/* Forgotten just now. */
	return e == ERR_NOT_FOUND ? ERR_OK : e;
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

static enum err count_waiting(void *context, const char *name)
{
	struct list *list = context;
	struct outbox_entry entry;
	struct inbox_conversation key = {0}, *found;

	if (!outbox_parse(name, &entry) || *entry.name == '\0' || list->count == list->first)
		return ERR_OK;
	memcpy(key.id, entry.conversation, sizeof key.id);
	found = bsearch(&key, list->entry + list->first, list->count - list->first, sizeof key, by_id);
	if (found != NULL)
		found->waiting++;
	return ERR_OK;
}

/* All boxes' conversations whose id begins with the prefix. */
static enum err list_boxes(const struct inbox *in, const char *prefix, struct list *list)
{
	struct gathering g = {.prefix = prefix};
	enum err e = ERR_OK;

	for (size_t i = 0; i < in->home.box_count && e == ERR_OK; i++) {
		g.folder = &in->home.boxes[i];
		g.list.first = g.list.count;
		g.list.misses = 0;
		if (*prefix == '\0')
			index_read(g.folder, &g.list.index);
		e = folder_each(g.folder, "conversations", gather, &g);
		index_free(&g.list.index);
		TRY(e);
		if (g.list.count > g.list.first)
			qsort(g.list.entry + g.list.first, g.list.count - g.list.first, sizeof *g.list.entry, by_id);
		if (*prefix == '\0' && g.list.misses > 0)
			index_write(g.folder, g.list.entry + g.list.first, g.list.count - g.list.first);
		TRY(folder_each(g.folder, "outbox", count_waiting, &g.list));
	}
	*list = g.list;
	g.list.entry = NULL;
out:
	free(g.list.entry);
	return e;
}

enum err inbox_list(const struct inbox *in, struct inbox_conversation **list, size_t *count)
{
	struct list found = {0};
	enum err e = list_boxes(in, "", &found);

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
	struct list list = {0};
	enum err e = *prefix == '\0' ? ERR_NOT_FOUND : list_boxes(in, prefix, &list);

	if (e == ERR_OK)
		e = list.count == 0 ? ERR_NOT_FOUND : list.count > 1 ? ERR_EXISTS : ERR_OK;
	if (e == ERR_OK)
		*found = list.entry[0];
	free(list.entry);
	return e;
}

enum err inbox_get(const struct inbox *in, const char *box, const char *id, struct inbox_conversation *found)
{
	const struct folder *f = home_box(&in->home, box);
	struct list list = {.entry = found, .room = 1};
	char path[80];
	enum err e;

	if (f == NULL || !folder_is_conversation(bytes_str(id)))
		return ERR_NOT_FOUND;
	(void)snprintf(path, sizeof path, "conversations/%s", id);
	if (!folder_has(f, path))
		return ERR_NOT_FOUND;
	TRY(append(&list, f, id));
	if (list.count == 0) {
		e = ERR_NOT_FOUND;
		goto out;
	}
	e = folder_each(f, "outbox", count_waiting, &list);
out:
	return e;
}

enum err inbox_stamp(const struct inbox *in, uint64_t *stamp)
{
	static const char *const names[] = {"conversations", "cursor", "outbox"};
	uint64_t sum = in->home.box_count;

	for (size_t i = 0; i < in->home.box_count; i++)
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
			char path[FOLDER_PATH_MAX];
			struct stat st;

			folder_path(path, &in->home.boxes[i], "%s", names[k]);
			if (stat(path, &st) == 0)
				sum =
				    sum * 31 + (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
			else if (errno != ENOENT)
				return ERR_IO;
		}
	*stamp = sum;
	return ERR_OK;
}

enum err inbox_receipt(const struct inbox *in, const struct inbox_conversation *c, enum receipt *receipt)
{
	static uint8_t storage[LIMIT_STATE];
	static struct state state;
	char path[FOLDER_PATH_MAX];
	size_t n;
	enum err e;

	(void)in;
	folder_path(path, c->folder, "conversations/%s/state", c->id);
	TRY(fd_read_file(path, storage, sizeof storage, &n));
	TRY(state_get(bytes_of(storage, n), &state));
	e = state.message_count > 0 ? ERR_OK : ERR_NOT_FOUND;
	if (e == ERR_OK)
		*receipt = (enum receipt)state.messages[state.message_count - 1].receipt;
out:
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
	struct inbox_entry *grown = list_grow(list->entry, list->count, &list->room, sizeof *grown);

	if (grown == NULL)
		return NULL;
	list->entry = grown;
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

static bool has(const struct inbox_conversation *c, const char *before, const char *between, const char *name,
		const char *ending)
{
	char file[160];

	(void)snprintf(file, sizeof file, "%s%s%s%s%s", before, c->id, between, name, ending);
	return folder_has(c->folder, file);
}

static enum inbox_sent where_sent(const struct inbox_conversation *c, const char *name)
{
	if (has(c, "outbox/", ".", name, ".age") || has(c, "outbox/", ".", name, ".tar"))
		return INBOX_WAITS;
	if (has(c, "conversations/", "/sent/", name, ".age") || has(c, "conversations/", "/sent/", name, ".tar"))
		return INBOX_AT_BOX;
	return has(c, "conversations/", "/sent/", name, ".deleted") ? INBOX_DELETED : INBOX_UNSENT;
}

/* NAME.age, NAME.01.data.age */
static bool parse_reply(struct bytes file, struct inbox_entry *entry)
{
	struct bytes name = bytes_first(file, bytes_find(file, BYTES_LITERAL(".")));
	struct bytes rest = bytes_from(file, name.n);
	struct bytes after = bytes_first(name, bytes_find(name, BYTES_LITERAL("-")));

	if (!state_is_reply_name(name))
		return false;
	while (after.n > 1 && after.p[0] == '0')
		after = bytes_from(after, 1);
	if (after.n < 10)
		for (size_t i = 0; i < after.n && after.p[i] <= '9' && after.p[i] >= '0'; i++)
			entry->after = entry->after * 10 + (uint32_t)(after.p[i] - '0');
	memcpy(entry->name, name.p, name.n);
	entry->kind = bytes_eq_str(rest, ".age") ? INBOX_REPLY : INBOX_REPLY_FILE;
	if (entry->kind == INBOX_REPLY)
		return true;
	if (rest.n != 12 || !bytes_eq_str(bytes_from(rest, 3), ".data.age"))
		return false;
	entry->number = (uint32_t)(rest.p[1] - '0') * 10 + (uint32_t)(rest.p[2] - '0');
	return entry->number > 0 && entry->number <= LIMIT_FILES;
}

/* "AFTER-NUMBER-CHANCE": the reply stands behind the message of that number. */
static enum err add_reply(void *context, const char *name)
{
	struct entries *list = context;
	const struct inbox_conversation *c = list->conversation;
	struct inbox_entry parsed = {0};
	char path[FOLDER_PATH_MAX];
	struct inbox_entry *entry;
	struct stat st;

	if (!parse_reply(bytes_str(name), &parsed))
		return ERR_OK;
	folder_path(path, c->folder, "conversations/%s/replies/%s", c->id, name);
	if (list->replies == ITEMS_MAX)
		return ERR_TOO_BIG;
	if (stat(path, &st) != 0)
		return ERR_IO;
	entry = add(list);
	if (entry == NULL)
		return ERR_NO_MEMORY;
	list->replies++;
	*entry = parsed;
	entry->day = day_of(st.st_mtime);
	entry->sent = where_sent(c, entry->name);
	return ERR_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct inbox_entry *x = a;
	const struct inbox_entry *y = b;
	bool x_ours = x->kind >= INBOX_REPLY;
	bool y_ours = y->kind >= INBOX_REPLY;
	uint32_t x_place = x_ours ? x->after : x->number;
	uint32_t y_place = y_ours ? y->after : y->number;
	int names;

	if (x_place != y_place)
		return x_place < y_place ? -1 : 1;
	if (x_ours != y_ours)
		return x_ours ? 1 : -1;
	names = strcmp(x->name, y->name);
	if (names != 0)
		return names;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
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
	TRY(items.more ? ERR_TOO_BIG : ERR_OK);
	TRY(add_items(&found));
	(void)snprintf(path, sizeof path, "conversations/%s/replies", c->id);
	TRY(folder_each(c->folder, path, add_reply, &found));
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

static enum err write_mark(const struct inbox_conversation *c, uint32_t read_to)
{
	char name[80];
	uint8_t digits[16];
	struct buf text = buf_over(digits, sizeof digits);

	(void)snprintf(name, sizeof name, "conversations/%s/read", c->id);
	buf_decimal(&text, read_to);
	return folder_write(c->folder, name, buf_view(&text));
}

enum err inbox_mark_read(const struct inbox *in, const struct inbox_conversation *c)
{
	(void)in;
	return c->last > c->read_to ? write_mark(c, c->last) : ERR_OK;
}

enum err inbox_mark_unread(const struct inbox *in, const struct inbox_conversation *c)
{
	(void)in;
	return c->last > 0 ? write_mark(c, c->last - 1) : ERR_OK;
}

enum err inbox_mute(const struct inbox *in, const struct inbox_conversation *c, bool on)
{
	char name[80];
	enum err e;

	(void)in;
	(void)snprintf(name, sizeof name, "conversations/%s/muted", c->id);
	TRY(outbox_wish(c->folder, on ? OUTBOX_MUTE : OUTBOX_UNMUTE, c->id));
	e = on ? folder_write(c->folder, name, bytes_of(NULL, 0)) : folder_remove(c->folder, name);
out:
	return e;
}

enum err inbox_forget(const struct inbox *in, const struct inbox_conversation *c)
{
	enum err e;

	(void)in;
	TRY(outbox_wish(c->folder, OUTBOX_FORGET, c->id));
	e = outbox_forget_here(c->folder, c->id);
out:
	return e;
}
