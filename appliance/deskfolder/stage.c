/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

enum err stage_clear(const struct folder *f)
{
	enum err e = folder_remove_tree(f, "incoming/new");

	if (e == ERR_OK)
		e = folder_make(f, "incoming");
	return e == ERR_OK ? folder_make(f, "incoming/new") : e;
}

void stage_find(const struct folder *f, const char *conversation, const char *name, char out[static 100])
{
	char there[100];

	(void)snprintf(out, 100, "incoming/new/%s/%s", conversation, name);
	(void)snprintf(there, sizeof there, "conversations/%s/%s", conversation, name);
	if (!folder_has(f, out) && folder_has(f, there))
		memcpy(out, there, sizeof there);
}

enum err stage_put(const struct folder *f, const char *conversation, const char *name, struct bytes content)
{
	char path[FOLDER_PATH_MAX], folder[100];
	enum err e;
	int fd;

	(void)snprintf(folder, sizeof folder, "incoming/new/%s", conversation);
	e = folder_make(f, folder);
	if (e != ERR_OK)
		return e;
	folder_path(path, f, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ERR_IO;
	e = fd_write_all(fd, content, DEADLINE_NONE);
	return close(fd) == 0 ? e : ERR_IO;
}

/* ---- commit */

struct placing {
	const struct folder *folder;
	const char *conversation;
};

static enum err place_file(void *context, const char *name)
{
	const struct placing *p = context;
	char from[160], to[160];

	if (strlen(name) > 20)
		return ERR_OK;
	(void)snprintf(from, sizeof from, "incoming/new/%s/%s", p->conversation, name);
	(void)snprintf(to, sizeof to, "conversations/%s/%s", p->conversation, name);
	return folder_rename(p->folder, from, to);
}

/* One that is new comes in one step. Into another one come first the `boots`, without which the items' numbers mean
 * nothing. */
static enum err place_conversation(void *context, const char *conversation)
{
	struct placing p = {.folder = context, .conversation = conversation};
	char from[80], to[80], gone[100];
	enum err e;

	if (!folder_is_conversation(bytes_str(conversation)))
		return ERR_OK;
	(void)snprintf(from, sizeof from, "incoming/new/%s", conversation);
	(void)snprintf(to, sizeof to, "conversations/%s", conversation);
	if (!folder_has(p.folder, to))
		return folder_rename(p.folder, from, to);
	e = place_file(&p, "boots");
	TRY(e == ERR_NOT_FOUND ? ERR_OK : e);
	TRY(folder_each(p.folder, from, place_file, &p));
	(void)snprintf(gone, sizeof gone, "%s/gone", to);
	e = folder_remove(p.folder, gone);
out:
	return e;
}

enum err stage_commit(const struct folder *f)
{
	struct folder box = *f;
	enum err e;

	TRY(folder_sync(f));
	TRY(folder_each(f, "incoming/new", place_conversation, &box));
	TRY(stage_clear(f));
	e = folder_sync(f);
out:
	return e;
}

/* ---- what the box says */

struct pruning {
	const struct folder *folder;
	const char *conversation;
	const struct state *state;
};

static enum err prune(void *context, const char *file)
{
	const struct pruning *p = context;
	struct bytes name = bytes_first(bytes_str(file), bytes_find(bytes_str(file), BYTES_LITERAL(".")));
	const char *ending = file + name.n;
	char from[160], to[160];

	if (!state_is_reply_name(name) || (strcmp(ending, ".age") != 0 && strcmp(ending, ".tar") != 0))
		return ERR_OK;
	for (size_t i = 0; i < p->state->reply_count; i++)
		if (bytes_eq(p->state->replies[i], name))
			return ERR_OK;
	(void)snprintf(from, sizeof from, "conversations/%s/sent/%s", p->conversation, file);
	(void)snprintf(to, sizeof to, "conversations/%s/sent/%.*s.deleted", p->conversation, (int)name.n, file);
	if (folder_write(p->folder, to, bytes_of(NULL, 0)) != ERR_OK)
		return ERR_IO;
	return folder_remove(p->folder, from);
}

enum err stage_prune_sent(const struct folder *f, const char *conversation, const struct state *s)
{
	struct pruning p = {f, conversation, s};
	char path[80];

	/* A full list may lack older ones. */
	if (s->reply_count == LIMIT_STATE_REPLIES)
		return ERR_OK;
	(void)snprintf(path, sizeof path, "conversations/%s/sent", conversation);
	return folder_each(f, path, prune, &p);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, FOLDER_CONVERSATION_LEN / 2);
}

struct marking {
	const struct folder *folder;
	const struct intake_ids *open;
};

static enum err mark(void *context, const char *conversation)
{
	const struct marking *m = context;
	uint8_t id[FOLDER_CONVERSATION_LEN / 2];
	char name[80];
	size_t n;

	if (!folder_is_conversation(bytes_str(conversation)) ||
	    hex_decode(bytes_str(conversation), id, sizeof id, &n) != ERR_OK)
		return ERR_OK;
	if (m->open->count > 0 && bsearch(id, m->open->id, m->open->count, sizeof id, by_id) != NULL)
		return ERR_OK;
	(void)snprintf(name, sizeof name, "conversations/%s/gone", conversation);
	return folder_has(m->folder, name) ? ERR_OK : folder_write(m->folder, name, bytes_of(NULL, 0));
}

enum err stage_mark_gone(const struct folder *f, struct intake_ids *open)
{
	struct marking m = {f, open};

	if (open->count > 0)
		qsort(open->id, open->count, sizeof open->id[0], by_id);
	return folder_each(f, "conversations", mark, &m);
}
