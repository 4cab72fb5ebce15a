/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/boots.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "limits.h"
#include "site/files.h"

enum { LINE_MAX_LEN = 32 + 1 + 10 + 1, OFFSET_MAX = 99 * 1000 * 1000 };

static enum err find(struct bytes text, const char *boot, uint32_t *offset, bool *found)
{
	struct bytes line;
	uint64_t value;

	*found = false;
	while (bytes_split(&text, '\n', &line)) {
		if (line.n < 34 || line.p[32] != ' ' ||
		    bytes_decimal(bytes_from(line, 33), OFFSET_MAX, &value) != ERR_OK)
			return ERR_FORMAT;
		if (bytes_eq_str(bytes_first(line, 32), boot)) {
			*offset = (uint32_t)value;
			*found = true;
		}
	}
	return ERR_OK;
}

static enum err highest_number(const struct folder *f, const char *conversation, uint32_t *highest)
{
	char path[FOLDER_PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	*highest = 0;
	folder_path(path, f, "conversations/%s", conversation);
	folder = opendir(path);
	if (folder == NULL)
		return ERR_IO;
	while ((entry = readdir(folder)) != NULL) {
		struct bytes name = bytes_str(entry->d_name);
		uint64_t number;

		name = bytes_first(name, bytes_find(name, BYTES_LITERAL(".")));
		while (name.n > 1 && name.p[0] == '0')
			name = bytes_from(name, 1);
		if (bytes_decimal(name, OFFSET_MAX, &number) == ERR_OK && number > *highest)
			*highest = (uint32_t)number;
	}
	closedir(folder);
	return ERR_OK;
}

enum err boots_offset(const struct folder *f, const char *conversation, const char *boot, uint32_t *offset)
{
	static uint8_t storage[(LIMIT_DESK_BOOTS + 1) * LINE_MAX_LEN];
	struct buf text = buf_over(storage, sizeof storage);
	char path[FOLDER_PATH_MAX];
	bool found;
	enum err e;

	folder_path(path, f, "conversations/%s/boots", conversation);
	e = fd_read_file(path, storage, LIMIT_DESK_BOOTS * LINE_MAX_LEN, &text.len);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	else if (e == ERR_TOO_BIG)
		e = ERR_FULL;
	TRY(e);
	TRY(find(buf_view(&text), boot, offset, &found));
	if (found)
		goto out;
	TRY(highest_number(f, conversation, offset));
	buf_str(&text, boot);
	buf_byte(&text, ' ');
	buf_decimal(&text, *offset);
	buf_byte(&text, '\n');
	BUG_IF(text.failed);
	e = file_replace(path, buf_view(&text), 0600);
out:
	return e;
}
