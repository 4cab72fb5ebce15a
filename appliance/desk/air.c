/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/air.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "deskfolder/items.h"

static const char *const halves[] = {[AIR_IDENTITY] = "identity", [AIR_NETWORK] = "network"};

enum air_half air_half_of(const struct home *h)
{
	return folder_has(&h->folder, "identity.age") || folder_has(&h->folder, "identity.txt") ? AIR_IDENTITY
												: AIR_NETWORK;
}

enum err air_replace(const struct folder *f, const char *name, struct bytes content)
{
	char path[FOLDER_PATH_MAX], part[FOLDER_PATH_MAX];
	enum err e = ERR_IO;
	int fd;

	folder_path(path, f, "%s", name);
	folder_path(part, f, "%s.new", name);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ERR_IO;
	if (fd_write_all(fd, content, DEADLINE_NONE) == ERR_OK && fsync(fd) == 0)
		e = ERR_OK;
	if (close(fd) != 0)
		e = ERR_IO;
	return e == ERR_OK && rename(part, path) == 0 ? ERR_OK : ERR_IO;
}

/* ---- lines "WORD VALUE" */

static bool take_word(struct bytes *rest, const char *word, struct bytes *value)
{
	struct bytes line, first;

	return bytes_split(rest, '\n', &line) && bytes_split(&line, ' ', &first) && bytes_eq_str(first, word) &&
	       (*value = line, true);
}

static bool take_number(struct bytes *rest, const char *word, uint64_t *number)
{
	struct bytes value;

	return take_word(rest, word, &value) && bytes_decimal(value, UINT32_MAX, number) == ERR_OK;
}

static void put_number(struct buf *out, const char *word, uint64_t number)
{
	buf_str(out, word);
	buf_decimal(out, number);
	buf_byte(out, '\n');
}

static bool take_ledger(struct bytes *rest, struct air_ledger *l)
{
	struct bytes desk;

	if (!take_word(rest, "desk", &desk) || !folder_is_conversation(desk))
		return false;
	memcpy(l->desk, desk.p, AIR_ID_LEN);
	l->desk[AIR_ID_LEN] = '\0';
	return take_number(rest, "serial", &l->serial) && take_number(rest, "imported", &l->peer);
}

static void put_ledger(struct buf *out, const struct air_ledger *l)
{
	buf_str(out, "desk ");
	buf_str(out, l->desk);
	buf_byte(out, '\n');
	put_number(out, "serial ", l->serial);
	put_number(out, "imported ", l->peer);
}

enum err air_ledger_read(const struct home *h, struct air_ledger *l)
{
	uint8_t storage[256];
	struct bytes text;
	enum err e = folder_read(&h->folder, "air", storage, sizeof storage, &text);

	*l = (struct air_ledger){0};
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	return take_ledger(&text, l) && text.n == 0 ? ERR_OK : ERR_FORMAT;
}

enum err air_ledger_write(const struct home *h, const struct air_ledger *l)
{
	uint8_t storage[256];
	struct buf text = buf_over(storage, sizeof storage);

	put_ledger(&text, l);
	BUG_IF(text.failed);
	return air_replace(&h->folder, "air", buf_view(&text));
}

void air_header_put(struct buf *out, const struct air_header *header)
{
	buf_str(out, AIR_FIRST " 1\nfrom ");
	buf_str(out, halves[header->from]);
	buf_str(out, header->setup ? "\nsetup yes\n" : "\nsetup no\n");
	put_ledger(out, &header->ledger);
	for (size_t i = 0; i < header->box_count; i++) {
		buf_str(out, "box ");
		buf_str(out, header->boxes[i]);
		buf_byte(out, '\n');
	}
	buf_str(out, "end\n");
}

static bool take_box(struct bytes *rest, struct air_header *header)
{
	struct bytes value;
	char *name;

	if (header->box_count == LIMIT_DESK_BOXES || !take_word(rest, "box", &value) || value.n > LIMIT_DESK_BOX_NAME)
		return false;
	name = header->boxes[header->box_count];
	memcpy(name, value.p, value.n);
	name[value.n] = '\0';
	if (strlen(name) != value.n || !home_is_box_name(name))
		return false;
	for (size_t i = 0; i < header->box_count; i++)
		if (strcmp(header->boxes[i], name) == 0)
			return false;
	header->box_count++;
	return true;
}

enum err air_header_parse(struct bytes text, struct air_header *header)
{
	struct air_header found = {0};
	struct bytes value;

	if (!take_word(&text, AIR_FIRST, &value) || !bytes_eq_str(value, "1") || !take_word(&text, "from", &value))
		return ERR_FORMAT;
	found.from = bytes_eq_str(value, halves[AIR_NETWORK]) ? AIR_NETWORK : AIR_IDENTITY;
	if (!bytes_eq_str(value, halves[found.from]) || !take_word(&text, "setup", &value))
		return ERR_FORMAT;
	found.setup = bytes_eq_str(value, "yes");
	if ((!found.setup && !bytes_eq_str(value, "no")) || (found.setup && found.from == AIR_NETWORK))
		return ERR_FORMAT;
	if (!take_ledger(&text, &found.ledger) || found.ledger.serial == 0)
		return ERR_FORMAT;
	while (!bytes_eq_str(text, "end\n"))
		if (!take_box(&text, &found))
			return ERR_FORMAT;
	*header = found;
	return ERR_OK;
}

/* ---- what the other half has */

enum { HAS_LINE_MAX = 32 + 1 + 10 + 1 };

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, FOLDER_CONVERSATION_LEN);
}

static enum err take_has(struct bytes text, struct air_has *list, size_t *count)
{
	struct bytes line, id;

	for (*count = 0; bytes_split(&text, '\n', &line) && line.n > 0; ++*count) {
		uint64_t number;

		if (!bytes_split(&line, ' ', &id) || !folder_is_conversation(id) ||
		    bytes_decimal(line, UINT32_MAX, &number) != ERR_OK)
			return ERR_FORMAT;
		memcpy(list[*count].id, id.p, sizeof list->id);
		list[*count].number = (uint32_t)number;
	}
	if (*count > 0)
		qsort(list, *count, sizeof *list, by_id);
	return text.n == 0 ? ERR_OK : ERR_FORMAT;
}

enum err air_has_read(const struct folder *box, const char *name, struct air_has **list, size_t *count)
{
	size_t cap = (size_t)LIMIT_DESK_CONVERSATIONS * HAS_LINE_MAX;
	uint8_t *text = NULL;
	char path[FOLDER_PATH_MAX];
	size_t n;
	enum err e = ERR_OK;

	*list = NULL;
	*count = 0;
	if (!folder_has(box, name))
		goto out;
	e = ERR_NO_MEMORY;
	text = malloc(cap);
	if (text == NULL)
		goto out;
	folder_path(path, box, "%s", name);
	TRY(fd_read_file(path, text, cap, &n));
	e = ERR_NO_MEMORY;
	*list = malloc((n / (32 + 1 + 1) + 2) * sizeof **list); /* the shortest line, and an empty one */
	if (*list == NULL)
		goto out;
	TRY(take_has(bytes_of(text, n), *list, count));
out:
	free(text);
	if (e != ERR_OK) {
		free(*list);
		*list = NULL;
		*count = 0;
	}
	return e;
}

struct having {
	const struct folder *box;
	struct buf *text;
};

static enum err put_have(void *context, const char *conversation)
{
	static struct items items;
	struct having *h = context;
	enum err e;

	if (!folder_is_conversation(bytes_str(conversation)))
		return ERR_OK;
	e = items_read(h->box, conversation, &items);
	if (e != ERR_OK)
		return e;
	buf_str(h->text, conversation);
	buf_byte(h->text, ' ');
	buf_decimal(h->text, items.last);
	buf_byte(h->text, '\n');
	return h->text->failed ? ERR_TOO_BIG : ERR_OK;
}

enum err air_have_write(const struct folder *box)
{
	size_t cap = (size_t)LIMIT_DESK_CONVERSATIONS * HAS_LINE_MAX;
	uint8_t *storage = malloc(cap);
	struct buf text;
	struct having h = {box, &text};
	enum err e = ERR_NO_MEMORY;

	if (storage == NULL)
		return e;
	text = buf_over(storage, cap);
	TRY(folder_each(box, "conversations", put_have, &h));
	TRY(air_replace(box, "have", buf_view(&text)));
out:
	free(storage);
	return e;
}

uint64_t air_exported_serial(struct bytes lines, const char *name)
{
	struct bytes line, serial;
	uint64_t number;

	while (bytes_split(&lines, '\n', &line))
		if (bytes_split(&line, ' ', &serial) && bytes_eq_str(line, name) &&
		    bytes_decimal(serial, UINT32_MAX, &number) == ERR_OK)
			return number;
	return 0;
}
