/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a file of the other half of a desk (desk/air.h), imported into a folder by one half or the other, as the
 * first byte says. What is refused leaves nothing behind; what is taken lies where such things lie. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk/air_import.h"
#include "deskfolder/outbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[64];
static unsigned left;

static void told(void *context, const char *what, const char *sentence)
{
	(void)context;
	if (*what == '\0' || *sentence == '\0')
		abort();
}

static void need(bool true_)
{
	if (!true_)
		abort();
}

static void remove_root(void)
{
	struct folder f;

	if (folder_at(&f, "/dev/shm") == ERR_OK)
		(void)!folder_remove_tree(&f, root + sizeof "/dev/shm");
}

static void make_half(struct home *h, bool identity)
{
	const struct air_ledger ledger = {.desk = "0123456789abcdef0123456789abcdef", .serial = 3, .peer = 1};
	const struct folder *box;

	if (root[0] == '\0') {
		(void)snprintf(root, sizeof root, "/dev/shm/fuzz-air-XXXXXX");
		need(mkdtemp(root) != NULL);
		(void)atexit(remove_root);
	}
	*h = (struct home){.lock_fd = -1};
	need(folder_at(&h->folder, root) == ERR_OK);
	need(folder_remove_tree(&h->folder, "boxes") == ERR_OK && folder_remove(&h->folder, "identity.txt") == ERR_OK);
	need(home_make_box(h, "box", &box) == ERR_OK && air_ledger_write(h, &ledger) == ERR_OK);
	if (identity)
		need(folder_write(&h->folder, "identity.txt", BYTES_LITERAL("x")) == ERR_OK);
}

static enum err count(void *context, const char *name)
{
	(void)context;
	(void)name;
	left++;
	return ERR_OK;
}

static enum err check_top(void *context, const char *name)
{
	static const char *const known[] = {"boxes",          "air",   "identity.txt", "recipients.new",
					    "recipients.txt", "format"};

	(void)context;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name, known[i]) == 0)
			return ERR_OK;
	abort();
}

static enum err check_outbox(void *context, const char *name)
{
	struct outbox_entry entry;

	(void)context;
	need(outbox_parse(name, &entry));
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct air_import a;
	static struct home h;
	struct bytes rest;
	size_t step;
	enum err e;

	if (size < 2)
		return 0;
	make_half(&h, (data[0] & 1) != 0);
	step = data[0] * 16u + 1;
	need(air_import_begin(&a, &h, told, NULL) == ERR_OK);
	e = ERR_OK;
	for (rest = bytes_of(data + 1, size - 1); e == ERR_OK && rest.n > 0; rest = bytes_from(rest, step))
		e = air_import_data(&a, bytes_first(rest, step));
	if (e == ERR_OK)
		e = air_import_finish(&a);
	air_import_end(&a);
	need(folder_each(&h.folder, "", check_top, NULL) == ERR_OK);
	for (size_t i = 0; i < h.box_count; i++) {
		left = 0;
		need(folder_each(&h.boxes[i], "conversations", count, NULL) == ERR_OK);
		need(folder_each(&h.boxes[i], "outbox", e == ERR_OK ? check_outbox : count, NULL) == ERR_OK);
		if (e != ERR_OK)
			need(left == 0);
	}
	return 0;
}
