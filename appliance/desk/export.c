/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk export */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/random.h"
#include "base/secret.h"
#include "desk/air.h"
#include "desk/command.h"
#include "deskfolder/items.h"
#include "deskfolder/outbox.h"
#include "tar/writer.h"

static const char usage[] =
    "usage: courier desk export [--setup] DIR FILE\n"
    "\n"
    "For a desk in two halves with an air gap between them: writes all that the other half lacks into FILE, to be\n"
    "carried there and taken in with `courier desk import`. The half that has the identity gives replies and wishes\n"
    "away; the half that has the network gives sealed messages. What the other half did not confirm is in the next\n"
    "FILE again, so that a lost stick loses nothing.\n"
    "\n"
    "  --setup   makes the other half: FILE then has the boxes' tokens and keys. Whoever gets it can collect sealed\n"
    "            messages, and not read them. Destroy it after the import\n"
    "\n"
    "Examples:\n"
    "  courier desk export --setup ~/desk /media/stick/setup.tar    # once, where the identity is\n"
    "  courier desk export ~/desk /media/stick/desk.tar\n";

struct export
{
	const struct home *home;
	struct air_header header;
	int fd;
	uint64_t files;
	/* the box that is being written */
	size_t box_number;
	const struct folder *box;
	struct air_has *has;
	size_t has_count;
	struct bytes exported; /* lines of old exports, */
	struct buf lines;      /* and of this one */
};

static enum err put(struct export *x, const void *p, size_t n)
{
	return fd_write_all(x->fd, bytes_of(p, n), DEADLINE_NONE);
}

static enum err put_end(struct export *x, uint64_t size)
{
	static const uint8_t zeros[TAR_END];

	return put(x, zeros, size == UINT64_MAX ? TAR_END : tar_padding(size));
}

static enum err put_text(struct export *x, const char *name, struct bytes text)
{
	uint8_t block[TAR_BLOCK];
	enum err e;

	tar_header(block, name, text.n, 0);
	TRY(put(x, block, sizeof block));
	TRY(put(x, text.p, text.n));
	e = put_end(x, text.n);
out:
	return e;
}

static enum err copy(struct export *x, int from, uint64_t size)
{
	static uint8_t data[64 * 1024];

	for (uint64_t left = size; left > 0;) {
		size_t n = left < sizeof data ? (size_t)left : sizeof data;
		enum err e = fd_read_all(from, data, n, DEADLINE_NONE);
		if (e == ERR_OK)
			e = put(x, data, n);
		if (e != ERR_OK)
			return e;
		left -= n;
	}
	return ERR_OK;
}

/* 0: one that no archive has. */
static uint32_t day_of(int64_t time_s)
{
	return time_s > 0 && (uint64_t)time_s <= TAR_TIME_MAX ? (uint32_t)(time_s / 86400) : 0;
}

/* A file of a folder; one that isn't there is left out. */
static enum err put_file(struct export *x, const struct folder *f, const char *from, const char *name)
{
	uint8_t block[TAR_BLOCK];
	char path[FOLDER_PATH_MAX];
	struct stat st;
	enum err e = ERR_IO;
	int fd;

	folder_path(path, f, "%s", from);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > TAR_SIZE_MAX)
		goto out;
	tar_header(block, name, (uint64_t)st.st_size, day_of(st.st_mtime));
	TRY(put(x, block, sizeof block));
	TRY(copy(x, fd, (uint64_t)st.st_size));
	TRY(put_end(x, (uint64_t)st.st_size));
	x->files++;
out:
	close(fd);
	return e;
}

/* ---- the network's half */

static int id_order(const void *id, const void *has)
{
	return memcmp(id, has, FOLDER_CONVERSATION_LEN);
}

static enum err put_of_conversation(struct export *x, const char *id, const char *name)
{
	char from[100], to[TAR_NAME_MAX + 1];

	(void)snprintf(from, sizeof from, "conversations/%s/%s", id, name);
	(void)snprintf(to, sizeof to, "%zu/%s/%s", x->box_number, id, name);
	return put_file(x, x->box, from, to);
}

static enum err put_conversation(void *context, const char *id)
{
	static const struct {
		unsigned kind;
		const char *ending;
	} kinds[] = {{ITEM_DATA, ".data.age"}, {ITEM_META, ".meta.age"}, {ITEM_TEXT, ".age"}};
	static struct items items;
	struct export *x = context;
	const struct air_has *has;
	bool first = true;
	char name[64];
	enum err e;

	if (!folder_is_conversation(bytes_str(id)))
		return ERR_OK;
	has = x->has_count == 0 ? NULL : bsearch(id, x->has, x->has_count, sizeof *x->has, id_order);
	TRY(items_read(x->box, id, &items));
	if (items.more) {
		(void)desk_say(DESK_REFUSED, id,
			       "It has more files than can be exported, and is left out. `courier "
			       "desk forget` gives it up.");
		goto out;
	}
	if (items.gone && has != NULL) {
		(void)snprintf(name, sizeof name, "%zu/%s/gone", x->box_number, id);
		TRY(put_text(x, name, bytes_of(NULL, 0)));
	}
	for (size_t i = 0; i < items.count; i++) {
		if (has != NULL && items.item[i].number <= has->number)
			continue;
		if (first) {
			TRY(put_of_conversation(x, id, "recipient"));
			TRY(put_of_conversation(x, id, "state"));
		}
		first = false;
		for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
			(void)snprintf(name, sizeof name, "%04u%s", items.item[i].number, kinds[k].ending);
			if ((items.item[i].kinds & kinds[k].kind) != 0)
				TRY(put_of_conversation(x, id, name));
		}
	}
out:
	return e;
}

static enum err put_messages(struct export *x)
{
	enum err e;

	TRY(air_has_read(x->box, "air-has", &x->has, &x->has_count));
	e = folder_each(x->box, "conversations", put_conversation, x);
	free(x->has);
	x->has = NULL;
	x->has_count = 0;
out:
	return e;
}

/* ---- the identity's half */

static enum err put_waiting(void *context, const char *file)
{
	struct export *x = context;
	char from[100], to[TAR_NAME_MAX + 1];
	struct outbox_entry entry;
	uint64_t serial;

	if (!outbox_parse(file, &entry))
		return ERR_OK;
	serial = air_exported_serial(x->exported, file);
	serial = serial > 0 ? serial : x->header.ledger.serial;
	buf_decimal(&x->lines, serial);
	buf_byte(&x->lines, ' ');
	buf_str(&x->lines, file);
	buf_byte(&x->lines, '\n');
	if (x->lines.failed)
		return ERR_TOO_BIG;
	outbox_name(from, &entry);
	(void)snprintf(to, sizeof to, "%zu/%" PRIu64 "/%s", x->box_number, serial, file);
	return put_file(x, x->box, from, to);
}

static enum err put_outbox(struct export *x)
{
	static uint8_t old[LIMIT_DESK_EXPORTED], lines[LIMIT_DESK_EXPORTED];
	char path[FOLDER_PATH_MAX], name[TAR_NAME_MAX + 1];
	size_t n = 0;
	enum err e = ERR_OK;

	(void)snprintf(name, sizeof name, "%zu/have", x->box_number);
	TRY(put_file(x, x->box, "have", name));
	folder_path(path, x->box, "exported");
	if (folder_has(x->box, "exported"))
		TRY(fd_read_file(path, old, sizeof old, &n));
	x->exported = bytes_of(old, n);
	x->lines = buf_over(lines, sizeof lines);
	TRY(folder_each(x->box, "outbox", put_waiting, x));
	e = air_replace(x->box, "exported", buf_view(&x->lines));
out:
	return e;
}

static enum err put_setup(struct export *x)
{
	static const char *const files[] = {"token", "client-key", "address"};
	char name[TAR_NAME_MAX + 1];
	enum err e;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		(void)snprintf(name, sizeof name, "%zu/%s", x->box_number, files[i]);
		TRY(put_file(x, x->box, files[i], name));
	}
	e = ERR_OK;
out:
	return e;
}

/* ---- */

static enum err put_all(struct export *x)
{
	uint8_t storage[AIR_HEADER_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	enum err e;

	air_header_put(&text, &x->header);
	BUG_IF(text.failed);
	TRY(put_text(x, AIR_FIRST, buf_view(&text)));
	if (x->header.setup)
		TRY(put_file(x, &x->home->folder, "recipients.txt", "recipients.txt"));
	for (x->box_number = 0; x->box_number < x->home->box_count; x->box_number++) {
		x->box = &x->home->boxes[x->box_number];
		if (x->header.setup)
			TRY(put_setup(x));
		TRY(x->header.from == AIR_NETWORK ? put_messages(x) : put_outbox(x));
	}
	TRY(put_end(x, UINT64_MAX));
	e = fsync(x->fd) == 0 || errno == EINVAL ? ERR_OK : ERR_IO;
out:
	return e;
}

static enum err begin(struct export *x, const struct home *h, bool setup)
{
	struct air_ledger *l = &x->header.ledger;
	uint8_t drawn[AIR_ID_LEN / 2];
	struct buf id = buf_over(l->desk, AIR_ID_LEN);
	enum err e;

	x->home = h;
	x->header.from = air_half_of(h);
	x->header.setup = setup;
	TRY(air_ledger_read(h, l));
	if (l->desk[0] == '\0') {
		random_fill(drawn, sizeof drawn);
		buf_hex(&id, BYTES_ARRAY(drawn));
	}
	if (l->serial == UINT32_MAX) {
		e = ERR_TOO_BIG;
		goto out;
	}
	l->serial++;
	/* The half that it makes counts from the beginning; one that was there before is no more. */
	l->peer = setup ? 0 : l->peer;
	for (size_t i = 0; i < h->box_count; i++)
		memcpy(x->header.boxes[i], h->boxes[i].name, sizeof x->header.boxes[i]);
	x->header.box_count = h->box_count;
	/* Before the file: a number is never used twice. */
	e = air_ledger_write(h, l);
out:
	return e;
}

/* Whole under its name, or not there. */
static int write_file(struct export *x, const char *file)
{
	char part[FOLDER_PATH_MAX];
	enum err e;

	if ((size_t)snprintf(part, sizeof part, "%s.part", file) >= sizeof part)
		return desk_say(DESK_USAGE, file, "This path is too long.");
	x->fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (x->fd < 0)
		return desk_say(DESK_FAILED, part, strerror(errno));
	e = put_all(x);
	if (close(x->fd) != 0 && e == ERR_OK)
		e = ERR_IO;
	if (e == ERR_OK && rename(part, file) == 0)
		return DESK_DONE;
	e = e == ERR_OK ? ERR_IO : e;
	(void)desk_say_error(file, e);
	(void)unlink(part);
	return DESK_FAILED;
}

int desk_export(int argc, char **argv)
{
	static struct home h;
	static struct export x;
	struct desk_arguments a;
	bool go_on;
	enum err e;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND | DESK_TAKES_SETUP, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open_home(a.folder, &h);
	if (status == DESK_DONE && a.setup && air_half_of(&h) == AIR_NETWORK)
		status = desk_say(DESK_USAGE, "--setup", "This half has no identity; the other one makes it.");
	if (status == DESK_DONE)
		status = desk_lock(&h);
	if (status == DESK_DONE) {
		e = begin(&x, &h, a.setup);
		status = e == ERR_OK ? write_file(&x, a.second) : desk_say_error(a.folder, e);
	}
	if (status == DESK_DONE)
		printf("Export %" PRIu64 ": %" PRIu64 " files. Next, at the other half: courier desk import DIR %s\n",
		       x.header.ledger.serial, x.files, a.second);
	home_unlock(&h);
	return status;
}
