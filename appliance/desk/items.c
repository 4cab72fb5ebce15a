/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/items.h"

#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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

static enum err count_replies(const struct folder *f, const char *conversation, uint32_t *replies)
{
	char path[FOLDER_PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	*replies = 0;
	folder_path(path, f, "conversations/%s/replies", conversation);
	folder = opendir(path);
	if (folder == NULL)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	while ((entry = readdir(folder)) != NULL)
		*replies += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	closedir(folder);
	return ERR_OK;
}

enum err items_read(const struct folder *f, const char *conversation, struct items *items)
{
	char path[FOLDER_PATH_MAX];
	char name[80];
	uint8_t storage[16];
	struct dirent *entry;
	struct bytes read_to;
	uint64_t value;
	enum err e = ERR_OK;
	DIR *folder;

	items->count = 0;
	items->latest_s = 0;
	items->read_to = 0;
	folder_path(path, f, "conversations/%s", conversation);
	folder = opendir(path);
	if (folder == NULL)
		return ERR_IO;
	while (e == ERR_OK && (entry = readdir(folder)) != NULL) {
		uint32_t number;
		unsigned kind;
		struct stat st;

		if (!parse(bytes_str(entry->d_name), &number, &kind))
			continue;
		if (items->count == ITEMS_MAX)
			e = ERR_TOO_BIG;
		else if (fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			e = ERR_IO;
		if (e != ERR_OK)
			break;
		items->item[items->count].number = number;
		items->item[items->count].kinds = kind;
		items->item[items->count++].time_s = st.st_mtime;
		items->latest_s = st.st_mtime > items->latest_s ? st.st_mtime : items->latest_s;
	}
	closedir(folder);
	merge(items);
	(void)snprintf(name, sizeof name, "conversations/%s/read", conversation);
	if (folder_read(f, name, storage, sizeof storage, &read_to) == ERR_OK &&
	    bytes_decimal(read_to, UINT32_MAX, &value) == ERR_OK)
		items->read_to = (uint32_t)value;
	return e == ERR_OK ? count_replies(f, conversation, &items->replies) : e;
}
