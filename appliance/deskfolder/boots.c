/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/boots.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "limits.h"
#include "workstation/files.h"

enum { OFFSET_MAX = 99 * 1000 * 1000, LINE_MAX_LEN = 32 + 1 + 10 + 1 };

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

static enum err read_file(const struct folder *f, const char *conversation, struct boots *b)
{
	char path[FOLDER_PATH_MAX];
	enum err e;

	b->text = buf_over(b->storage, sizeof b->storage);
	folder_path(path, f, "conversations/%s/boots", conversation);
	e = fd_read_file(path, b->storage, sizeof b->storage, &b->text.len);
	return e == ERR_NOT_FOUND ? ERR_OK : e == ERR_TOO_BIG ? ERR_FORMAT : e;
}

/* The oldest lines make way: no box has a boot again that is long over. */
static void make_way(struct boots *b)
{
	while (b->text.len > sizeof b->storage - LINE_MAX_LEN) {
		struct bytes rest = buf_view(&b->text);
		struct bytes oldest;

		(void)bytes_split(&rest, '\n', &oldest);
		memmove(b->storage, rest.p, rest.n);
		b->text.len = rest.n;
	}
}

/* A line for this boot: behind all that the folder has. */
static enum err add_line(const struct folder *f, const char *conversation, const char *boot, struct boots *b)
{
	char name[80];
	enum err e;

	b->offset = 0;
	(void)snprintf(name, sizeof name, "conversations/%s", conversation);
	e = folder_each(f, name, take, &b->offset);
	if (e != ERR_OK)
		return e;
	make_way(b);
	buf_str(&b->text, boot);
	buf_byte(&b->text, ' ');
	buf_decimal(&b->text, b->offset);
	buf_byte(&b->text, '\n');
	BUG_IF(b->text.failed);
	return ERR_OK;
}

enum err boots_find(const struct folder *f, const char *conversation, const char *boot, struct boots *b)
{
	enum err e;

	b->is_new = true;
	TRY(read_file(f, conversation, b));
	TRY(find(buf_view(&b->text), boot, b));
	if (b->is_new)
		e = add_line(f, conversation, boot, b);
out:
	return e;
}

enum err boots_again(const struct folder *f, const char *conversation, const char *boot, struct boots *b)
{
	char path[FOLDER_PATH_MAX];
	enum err e;

	TRY(read_file(f, conversation, b));
	TRY(add_line(f, conversation, boot, b));
	folder_path(path, f, "conversations/%s/boots", conversation);
	e = file_replace(path, buf_view(&b->text), 0600);
out:
	return e;
}
