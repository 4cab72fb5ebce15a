/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"

/* "0001.age" and its like. */
static bool parse(struct bytes name, uint32_t *number, unsigned *kind)
{
	static const struct {
		const char *ending;
		unsigned kind;
	} kinds[] = {{".age", ITEM_TEXT}, {".data.age", ITEM_DATA}, {".meta.age", ITEM_META}};
	struct bytes digits = bytes_first(name, bytes_find(name, BYTES_LITERAL(".")));
	struct bytes ending = bytes_from(name, digits.n);
	uint64_t value;

	if (digits.n < 4)
		return false;
	while (digits.n > 1 && digits.p[0] == '0')
		digits = bytes_from(digits, 1);
	if (bytes_decimal(digits, UINT32_MAX, &value) != ERR_OK)
		return false;
	*number = (uint32_t)value;
	for (size_t i = 0; i < 3; i++)
		if (bytes_eq_str(ending, kinds[i].ending)) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Several files of one number become one item. */
static void merge(struct items *items)
{
	size_t kept = 0;

	if (items->count > 0)
		qsort(items->item, items->count, sizeof items->item[0], by_number);
	for (size_t i = 0; i < items->count; i++) {
		if (kept > 0 && items->item[kept - 1].number == items->item[i].number)
			items->item[kept - 1].kinds |= items->item[i].kinds;
		else
			items->item[kept++] = items->item[i];
	}
	items->count = kept;
}

static enum err count_reply(void *context, const char *name)
{
	uint32_t *replies = context;
	struct bytes text = bytes_str(name);

	/* One of its files has "NN.data" or "NN.meta" before the ending. */
	*replies += text.n > 4 && text.p[0] != '.' && bytes_find(text, BYTES_LITERAL(".")) == text.n - 4;
	return ERR_OK;
}

struct reading {
	const struct folder *folder;
	const char *conversation;
	struct items *items;
	bool has_replies, has_read;
};

static enum err take(void *context, const char *name)
{
	struct reading *r = context;
	struct items *items = r->items;
	char path[FOLDER_PATH_MAX];
	struct item *grown;
	struct stat st;
	uint32_t number;
	unsigned kind;

	if (!parse(bytes_str(name), &number, &kind)) {
		r->has_replies |= strcmp(name, "replies") == 0;
		r->has_read |= strcmp(name, "read") == 0;
		items->gone |= strcmp(name, "gone") == 0;
		items->muted |= strcmp(name, "muted") == 0;
		return ERR_OK;
	}
	items->last = number > items->last ? number : items->last;
	items->more |= items->count == ITEMS_MAX;
	if (items->more)
		return ERR_OK;
	grown = list_grow(items->item, items->count, &items->room, sizeof *grown);
	if (grown == NULL)
		return ERR_NO_MEMORY;
	items->item = grown;
	folder_path(path, r->folder, "conversations/%s/%s", r->conversation, name);
	if (lstat(path, &st) != 0)
		return ERR_IO;
	items->item[items->count].number = number;
	items->item[items->count].kinds = kind;
	items->item[items->count++].time_s = st.st_mtime;
	items->latest_s = st.st_mtime > items->latest_s ? st.st_mtime : items->latest_s;
	return ERR_OK;
}

static enum err read_mark(const struct folder *f, const char *conversation, uint32_t *read_to)
{
	char name[80];
	uint8_t storage[16];
	struct bytes text;
	uint64_t value;
	enum err e;

	(void)snprintf(name, sizeof name, "conversations/%s/read", conversation);
	e = folder_read(f, name, storage, sizeof storage, &text);
	if (e == ERR_OK && bytes_decimal(text, UINT32_MAX, &value) == ERR_OK)
		*read_to = (uint32_t)value;
	/* Whatever else it holds: what is there is shown as new once more. */
	return e == ERR_IO ? e : ERR_OK;
}

enum err items_read(const struct folder *f, const char *conversation, struct items *items)
{
	struct reading r = {.folder = f, .conversation = conversation, .items = items};
	char path[80];
	enum err e;

	items->count = 0;
	items->latest_s = 0;
	items->read_to = items->replies = items->last = 0;
	items->gone = items->muted = items->more = false;
	(void)snprintf(path, sizeof path, "conversations/%s", conversation);
	TRY(folder_each(f, path, take, &r));
	merge(items);
	if (r.has_read)
		TRY(read_mark(f, conversation, &items->read_to));
	if (r.has_replies) {
		(void)snprintf(path, sizeof path, "conversations/%s/replies", conversation);
		TRY(folder_each(f, path, count_reply, &items->replies));
	}
out:
	return e;
}
