/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/air_import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "deskfolder/boxkeys.h"
#include "deskfolder/outbox.h"
#include "deskfolder/stage.h"
#include "onion/onion.h"

/* Where things are until the file has ended well: a conversation's in incoming/new/ID/, as a sync's are; what goes into
 * the outbox, and what sets this half up. */
#define WAITING "incoming/air"
#define OWN     "incoming/own"
#define GONE    "incoming/gone"

static const char *const own_files[] = {"token", "client-key", "address", "have"};
enum { OWN_HAVE = 3, OWN_COUNT };

static enum err refuse(struct air_import *a, const char *sentence)
{
	a->fault = sentence;
	return ERR_FORMAT;
}

/* ---- the header */

static enum err set_up_box(struct air_import *a, size_t i)
{
	const char *name = a->header.boxes[i];

	a->boxes[i] = home_box(a->home, name);
	if (a->boxes[i] == NULL && a->header.setup)
		return home_make_box(a->home, name, &a->boxes[i]);
	return a->boxes[i] != NULL
		   ? ERR_OK
		   : refuse(a, "It names a box that this half does not have. `export --setup` at the half with "
			       "the identity makes it here.");
}

static const char *const stages[] = {WAITING, OWN, GONE};

static enum err take_header(struct air_import *a)
{
	const struct air_ledger *theirs = &a->header.ledger;
	enum err e;

	if (air_header_parse(bytes_of(a->small, a->at), &a->header) != ERR_OK)
		return refuse(a, "It is not a file that `courier desk export` wrote, or it is damaged.");
	if (a->header.from == a->half)
		return refuse(a, a->half == AIR_IDENTITY ? "It comes from this half itself, or from another desk."
							 : "It comes from a half without an identity, as this is one.");
	if (a->ledger.desk[0] == '\0' && !a->header.setup)
		return refuse(a, "This half has never met the other one: `export --setup` comes first.");
	if (a->ledger.desk[0] != '\0' && strcmp(a->ledger.desk, theirs->desk) != 0)
		return refuse(a, "It is of another desk.");
	if (theirs->serial <= a->ledger.peer)
		return ERR_EXISTS;
	if (theirs->peer > a->ledger.serial)
		return refuse(a, "It confirms an export that was never made here.");
	memcpy(a->ledger.desk, theirs->desk, sizeof a->ledger.desk);
	for (size_t i = 0; i < a->header.box_count; i++) {
		TRY(set_up_box(a, i));
		TRY(stage_clear(a->boxes[i]));
		for (size_t k = 0; k < sizeof stages / sizeof stages[0]; k++) {
			TRY(folder_remove_tree(a->boxes[i], stages[k]));
			TRY(folder_make(a->boxes[i], stages[k]));
		}
	}
	a->begun = true;
	e = ERR_OK;
out:
	return e;
}

/* ---- an entry begins */

static enum err open_stage(struct air_import *a)
{
	char path[FOLDER_PATH_MAX];

	folder_path(path, a->folder, "%s", a->stage);
	a->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (a->fd >= 0)
		return ERR_OK;
	return errno == EEXIST ? refuse(a, "It has the same file twice.") : ERR_IO;
}

/* "0001.age", "12345.data.age": four digits, or more without a zero before them. */
static bool is_item(struct bytes name)
{
	static const char *const endings[] = {".age", ".data.age", ".meta.age"};
	size_t n = 0;

	while (n < name.n && name.p[n] >= '0' && name.p[n] <= '9')
		n++;
	if (n < 4 || n > 9 || (n > 4 && name.p[0] == '0'))
		return false;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (bytes_eq_str(bytes_from(name, n), endings[i]))
			return true;
	return false;
}

static enum err begin_message_file(struct air_import *a, const char *id, struct bytes name)
{
	char path[FOLDER_PATH_MAX], folder[80];
	bool small = bytes_eq_str(name, "recipient") || bytes_eq_str(name, "state");
	enum err e;

	if (bytes_eq_str(name, "gone") && a->size == 0) {
		a->kind = AIR_STAGED;
		(void)snprintf(a->stage, sizeof a->stage, GONE "/%s", id);
		return open_stage(a);
	}
	if (!is_item(name) && !small)
		return refuse(a, "A file has a name that no message's file has.");
	if (small && a->size > LIMIT_STATE)
		return refuse(a, "A small file is too long.");
	a->kind = AIR_STAGED;
	(void)snprintf(a->name, sizeof a->name, "conversations/%s/%.*s", id, (int)name.n, (const char *)name.p);
	(void)snprintf(a->stage, sizeof a->stage, "incoming/new/%s/%.*s", id, (int)name.n, (const char *)name.p);
	folder_path(path, a->folder, "%s", a->name);
	/* What the box says of a conversation changes; what it sent doesn't. */
	a->fd = bytes_eq_str(name, "state") ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	a->compares = a->fd >= 0;
	if (a->compares)
		return ERR_OK;
	(void)snprintf(folder, sizeof folder, "incoming/new/%s", id);
	TRY(folder_make(a->folder, folder));
	e = open_stage(a);
out:
	return e;
}

/* "SERIAL/NAME" of the other half's outbox. */
static enum err begin_waiting(struct air_import *a, struct bytes serial, struct bytes name)
{
	struct outbox_entry entry;
	char file[TAR_NAME_MAX + 1];
	uint64_t number;

	(void)snprintf(file, sizeof file, "%.*s", (int)name.n, (const char *)name.p);
	if (bytes_decimal(serial, UINT32_MAX, &number) != ERR_OK || number == 0 || !outbox_parse(file, &entry))
		return refuse(a, "A file has a name that nothing in an outbox has.");
	if (a->size > LIMIT_REPLY_FILES)
		return refuse(a, "A reply is too long.");
	a->kind = number <= a->ledger.peer ? AIR_SKIPPED : AIR_STAGED;
	(void)snprintf(a->stage, sizeof a->stage, WAITING "/%s", file);
	return a->kind == AIR_SKIPPED ? ERR_OK : open_stage(a);
}

/* What sets this half up, or tells what the other one has. */
static enum err begin_own_file(struct air_import *a, struct bytes name)
{
	size_t i = 0;

	while (i < OWN_COUNT && !bytes_eq_str(name, own_files[i]))
		i++;
	if (i == OWN_COUNT || (i != OWN_HAVE && !a->header.setup))
		return refuse(a, "A file has a name that this half has no use for.");
	if (a->size > (i == OWN_HAVE ? (uint64_t)LIMIT_DESK_CONVERSATIONS * 44 : FOLDER_LINE_MAX))
		return refuse(a, "A small file is too long.");
	a->kind = AIR_STAGED;
	(void)snprintf(a->stage, sizeof a->stage, OWN "/%s", own_files[i]);
	return open_stage(a);
}

static enum err begin_recipients(struct air_import *a)
{
	enum err e;

	if (!a->header.setup || a->size > (uint64_t)AGE_RECIPIENTS_MAX * (AGE_TEXT_MAX + 2))
		return refuse(a, "Its list of recipients is out of place, or too long.");
	a->kind = AIR_STAGED;
	a->folder = &a->home->folder;
	(void)snprintf(a->stage, sizeof a->stage, "recipients.new");
	e = folder_remove(a->folder, a->stage);
	return e == ERR_OK ? open_stage(a) : e;
}

/* "I/ID/FILE", "I/SERIAL/NAME", "I/FILE" */
static enum err begin_of_box(struct air_import *a, struct bytes name)
{
	struct bytes box, second;
	char id[FOLDER_CONVERSATION_LEN + 1];
	uint64_t number;

	if (!bytes_split(&name, '/', &box) || bytes_decimal(box, LIMIT_DESK_BOXES, &number) != ERR_OK ||
	    number >= a->header.box_count)
		return refuse(a, "A file is of no box.");
	a->folder = a->boxes[number];
	second = bytes_first(name, bytes_find(name, BYTES_LITERAL("/")));
	if (second.n == name.n)
		return a->half == AIR_NETWORK ? begin_own_file(a, name)
					      : refuse(a, "A file has a name that no message's file has.");
	name = bytes_from(name, second.n + 1);
	if (a->half == AIR_NETWORK)
		return begin_waiting(a, second, name);
	if (!folder_is_conversation(second))
		return refuse(a, "A file is of no conversation.");
	(void)snprintf(id, sizeof id, "%.*s", (int)second.n, (const char *)second.p);
	return begin_message_file(a, id, name);
}

static enum err begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	struct air_import *a = context;
	enum err e;

	a->size = size;
	a->time_s = time_s;
	a->at = 0;
	a->fd = -1;
	a->compares = false;
	a->differs = false;
	a->name[0] = '\0';
	if (!a->begun) {
		a->kind = AIR_HEADER;
		return bytes_eq_str(name, AIR_FIRST) && size <= sizeof a->small
			   ? ERR_OK
			   : refuse(a, "It is not a file that `courier desk export` wrote.");
	}
	e = folder_room(&a->home->folder, size);
	if (e == ERR_FULL)
		a->fault = "The disk has no room for the next file (256 MiB stay free). Make room and import again.";
	if (e != ERR_OK)
		return e;
	return a->half == AIR_NETWORK && bytes_eq_str(name, "recipients.txt") ? begin_recipients(a)
									      : begin_of_box(a, name);
}

/* ---- its data, and its end */

static enum err data(void *context, struct bytes received)
{
	struct air_import *a = context;

	if (a->kind == AIR_HEADER)
		memcpy(a->small + a->at, received.p, received.n);
	a->at += received.n;
	if (a->kind != AIR_STAGED)
		return ERR_OK;
	return a->compares ? folder_compare(a->fd, received, &a->differs)
			   : fd_write_all(a->fd, received, DEADLINE_NONE);
}

static enum err end(void *context)
{
	struct air_import *a = context;
	const struct timespec day = {.tv_sec = (time_t)a->time_s};
	const struct timespec times[2] = {day, day};
	struct stat st;
	enum err e = ERR_OK;

	if (a->kind == AIR_HEADER)
		return take_header(a);
	if (a->kind == AIR_SKIPPED)
		return ERR_OK;
	if (a->compares ? fstat(a->fd, &st) != 0 : futimens(a->fd, times) != 0)
		e = ERR_IO;
	if (close(a->fd) != 0)
		e = ERR_IO;
	a->fd = -1;
	if (e != ERR_OK)
		return e;
	if (!a->compares) {
		a->taken++;
	} else if (a->differs || (uint64_t)st.st_size != a->size) {
		a->refusals++;
		a->refused(a->context, a->name, "It came again with other contents. The first one stays.");
	}
	return ERR_OK;
}

/* ---- the file has ended well */

/* What the other half has seen of our outbox is on its way. */
static enum err confirm_one(void *context, const char *file)
{
	struct air_import *a = context;
	struct outbox_entry entry;
	char from[100], to[160];
	uint64_t serial = air_exported_serial(bytes_of(a->lines, a->lines_n), file);
	enum err e;

	if (!outbox_parse(file, &entry) || serial == 0 || serial > a->header.ledger.peer)
		return ERR_OK;
	outbox_name(from, &entry);
	if (entry.name[0] == '\0')
		return folder_remove(a->folder, from);
	(void)snprintf(to, sizeof to, "conversations/%s/sent", entry.conversation);
	TRY(folder_make(a->folder, to));
	(void)snprintf(to, sizeof to, "conversations/%s/sent/%s%s", entry.conversation, entry.name,
		       entry.kind == OUTBOX_REPLY ? ".age" : ".tar");
	e = folder_rename(a->folder, from, to);
out:
	return e;
}

static enum err mark_gone(void *context, const char *id)
{
	const struct air_import *a = context;
	char name[80];

	(void)snprintf(name, sizeof name, "conversations/%s", id);
	if (!folder_is_conversation(bytes_str(id)) || !folder_has(a->folder, name))
		return ERR_OK;
	(void)snprintf(name, sizeof name, "conversations/%s/gone", id);
	return folder_write(a->folder, name, bytes_of(NULL, 0));
}

static enum err finish_box(struct air_import *a)
{
	char path[FOLDER_PATH_MAX];
	enum err e;

	TRY(stage_commit(a->folder));
	TRY(folder_each(a->folder, GONE, mark_gone, a));
	TRY(air_have_write(a->folder));
	a->lines_n = 0;
	folder_path(path, a->folder, "exported");
	if (folder_has(a->folder, "exported"))
		TRY(fd_read_file(path, a->lines, sizeof a->lines, &a->lines_n));
	e = folder_each(a->folder, "outbox", confirm_one, a);
out:
	return e;
}

static enum err finish_identity(struct air_import *a)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->header.box_count && e == ERR_OK; i++) {
		a->folder = a->boxes[i];
		e = finish_box(a);
	}
	return e;
}

/* A wish is wished here, too: this half's own record of it follows. */
static enum err take_waiting(void *context, const char *file)
{
	struct air_import *a = context;
	struct outbox_entry entry;
	char from[160], to[100];
	enum err e;

	if (!outbox_parse(file, &entry))
		return ERR_OK;
	(void)snprintf(from, sizeof from, WAITING "/%s", file);
	outbox_name(to, &entry);
	if (entry.kind == OUTBOX_REPLY || entry.kind == OUTBOX_REPLY_FILES)
		return folder_rename(a->folder, from, to);
	TRY(outbox_wish(a->folder, entry.kind, entry.conversation));
	if (entry.kind == OUTBOX_FORGET)
		TRY(outbox_forget_here(a->folder, entry.conversation));
	e = folder_remove(a->folder, from);
out:
	return e;
}

/* Secrets come once: those that are there stay. */
static enum err finish_own(struct air_import *a)
{
	struct air_has *has = NULL;
	uint8_t storage[128];
	struct bytes address;
	char from[80];
	size_t count;
	enum err e;

	TRY(air_has_read(a->folder, OWN "/have", &has, &count));
	for (size_t i = 0; i < OWN_COUNT; i++) {
		const char *to = i == OWN_HAVE ? "air-has" : own_files[i];
		(void)snprintf(from, sizeof from, OWN "/%s", own_files[i]);
		if (folder_has(a->folder, from) && (i == OWN_HAVE || !folder_has(a->folder, to)))
			TRY(folder_rename(a->folder, from, to));
	}
	if (a->header.setup) {
		e = folder_read(a->folder, "address", storage, sizeof storage, &address);
		if (e == ERR_OK)
			e = onion_address_check(address);
		if (e == ERR_OK)
			e = boxkeys_for_tor(a->folder, address);
		TRY(e == ERR_NOT_FOUND ? ERR_OK : e);
	}
	e = ERR_OK;
out:
	free(has);
	if (e == ERR_FORMAT)
		a->fault = "A key, an address or a list in it is damaged.";
	return e;
}

/* First what can be wrong, for all boxes, and then what can't. */
static enum err finish_network(struct air_import *a)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->header.box_count; i++) {
		a->folder = a->boxes[i];
		TRY(finish_own(a));
	}
	for (size_t i = 0; i < a->header.box_count; i++) {
		a->folder = a->boxes[i];
		TRY(folder_each(a->folder, WAITING, take_waiting, a));
	}
out:
	return e;
}

static enum err finish_setup(struct air_import *a)
{
	const struct folder *f = &a->home->folder;
	enum err e;

	if (folder_has(f, "recipients.txt"))
		TRY(folder_remove(f, "recipients.new"));
	else
		TRY(folder_rename(f, "recipients.new", "recipients.txt"));
	e = home_finish(a->home);
out:
	return e;
}

enum err air_import_finish(struct air_import *a)
{
	enum err e;

	if (tar_finish(&a->reader) != ERR_OK || !a->begun)
		return refuse(a, "It is cut off.");
	TRY(a->half == AIR_IDENTITY ? finish_identity(a) : finish_network(a));
	if (a->header.setup)
		TRY(finish_setup(a));
	TRY(folder_sync(&a->home->folder));
	a->ledger.peer = a->header.ledger.serial;
	e = air_ledger_write(a->home, &a->ledger);
out:
	return e;
}

enum err air_import_begin(struct air_import *a, struct home *home,
			  void (*refused)(void *context, const char *what, const char *sentence), void *context)
{
	memset(a, 0, sizeof *a);
	a->home = home;
	a->half = air_half_of(home);
	a->refused = refused;
	a->context = context;
	a->fd = -1;
	tar_begin(&a->reader, (struct tar_sink){.begin = begin, .data = data, .end = end, .context = a},
		  LIMIT_DESK_FILE);
	return air_ledger_read(home, &a->ledger);
}

enum err air_import_data(struct air_import *a, struct bytes bytes)
{
	enum err e = tar_push(&a->reader, bytes);

	if (a->fault == NULL)
		a->fault = a->reader.fault;
	return e;
}

void air_import_end(struct air_import *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}
