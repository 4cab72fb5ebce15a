/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/boots.h"

#include <stdio.h>

#include "base/fd.h"
#include "limits.h"

enum { OFFSET_MAX = 99 * 1000 * 1000 };

static enum err find(struct bytes text, const char *boot, struct boots *b)
{
	struct bytes line;
	uint64_t value;

	while (bytes_split(&text, '\n', &line)) {
		if (line.n < 34 || line.p[32] != ' ' ||
		    bytes_decimal(bytes_from(line, 33), OFFSET_MAX, &value) != ERR_OK)
			return ERR_FORMAT;
		if (bytes_eq_str(bytes_first(line, 32), boot)) {
			b->offset = (uint32_t)value;
			b->is_new = false;
		}
	}
	return ERR_OK;
}

static enum err take(void *context, const char *file)
{
	uint32_t *highest = context;
	struct bytes name = bytes_str(file);
	uint64_t number;

	name = bytes_first(name, bytes_find(name, BYTES_LITERAL(".")));
	while (name.n > 1 && name.p[0] == '0')
		name = bytes_from(name, 1);
	if (bytes_decimal(name, OFFSET_MAX, &number) == ERR_OK && number > *highest)
		*highest = (uint32_t)number;
	return ERR_OK;
}

enum err boots_find(const struct folder *f, const char *conversation, const char *boot, struct boots *b)
{
	enum { NEW_LINE_MAX = 32 + 1 + 10 + 1 };
	char path[FOLDER_PATH_MAX], name[80];
	enum err e;

	b->text = buf_over(b->storage, sizeof b->storage);
	b->offset = 0;
	b->is_new = true;
	folder_path(path, f, "conversations/%s/boots", conversation);
	e = fd_read_file(path, b->storage, sizeof b->storage - NEW_LINE_MAX, &b->text.len);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	else if (e == ERR_TOO_BIG)
		e = ERR_FULL;
	TRY(e);
	TRY(find(buf_view(&b->text), boot, b));
	if (!b->is_new)
		goto out;
	(void)snprintf(name, sizeof name, "conversations/%s", conversation);
	TRY(folder_each(f, name, take, &b->offset));
	buf_str(&b->text, boot);
	buf_byte(&b->text, ' ');
	buf_decimal(&b->text, b->offset);
	buf_byte(&b->text, '\n');
	BUG_IF(b->text.failed);
out:
	return e;
}
