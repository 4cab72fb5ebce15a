/* SPDX-License-Identifier: GPL-3.0-or-later
 * outbox/: what waits to be told to the box. */
#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "exchange/request.h"
#include "deskfolder/outbox.h"
#include "limits.h"

static uint8_t block[64 * 1024];

/* From the outbox to where such a reply is kept. */
static enum desk_status move_reply(struct exchange *x, const struct outbox_entry *entry, const char *folder)
{
	const char *ending = entry->kind == OUTBOX_REPLY_FILES ? ".tar" : ".age";
	char from[100], to[160];
	enum err e;

	outbox_name(from, entry);
	(void)snprintf(to, sizeof to, "conversations/%s/%s", entry->conversation, folder);
	e = folder_make(x->folder, to);
	(void)snprintf(to, sizeof to, "conversations/%s/%s/%s%s", entry->conversation, folder, entry->name, ending);
	if (e == ERR_OK)
		e = folder_rename(x->folder, from, to);
	/* The conversation was forgotten here meanwhile. */
	if (e == ERR_NOT_FOUND || (e == ERR_IO && errno == ENOENT))
		e = folder_remove(x->folder, from);
	return e == ERR_OK ? DESK_DONE : fail_disk(x);
}

static enum desk_status put_body(struct exchange *x, int fd, uint64_t size)
{
	enum desk_status done = DESK_DONE;

	for (uint64_t left = size; left > 0 && done == DESK_DONE;) {
		size_t n = left < sizeof block ? (size_t)left : sizeof block;

		if (fd_read_all(fd, block, n, DEADLINE_NONE) != ERR_OK)
			return fail_disk(x);
		done = request_send(x, bytes_of(block, n));
		left -= n;
		if (x->progress != NULL)
			x->progress(x->context, size - left, "sent");
	}
	return done;
}

static enum desk_status put_reply(struct exchange *x, const struct outbox_entry *entry, const char *file,
				  unsigned *status)
{
	char path[FOLDER_PATH_MAX], target[160];
	enum desk_status done;
	struct stat st;
	int fd;

	folder_path(path, x->folder, "%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0 || (uint64_t)st.st_size > LIMIT_REPLY_FILES) {
		if (fd >= 0)
			close(fd);
		return fail(x, DESK_FAILED, path, "This is no reply: empty, too big or unreadable. Remove it.");
	}
	(void)snprintf(target, sizeof target, "/v1/conversations/%s/replies/%s", entry->conversation, entry->name);
	done = request_begin(x, "PUT", target, entry->kind == OUTBOX_REPLY_FILES ? "application/x-tar" : NULL,
			     (uint64_t)st.st_size);
	if (done == DESK_DONE)
		done = put_body(x, fd, (uint64_t)st.st_size);
	if (done == DESK_DONE)
		done = request_answer(x, status);
	request_close(x);
	close(fd);
	return done;
}

static enum desk_status send_reply(struct exchange *x, const struct outbox_entry *entry, const char *file)
{
	char gone[80];
	unsigned status = 0;
	enum desk_status done;

	(void)snprintf(gone, sizeof gone, "conversations/%s/gone", entry->conversation);
	if (folder_has(x->folder, gone)) {
		(void)fail(
		    x, DESK_FAILED, file,
		    "The reply was not sent: the conversation was deleted at the box. It is kept under unsent/.");
		return move_reply(x, entry, "unsent");
	}
	done = put_reply(x, entry, file, &status);
	if (done != DESK_DONE)
		return done;
	if (status == 404)
		return fail(x, DESK_FAILED, file,
			    "The box does not know this conversation. The reply waits; `courier desk forget` gives the "
			    "conversation up.");
	if (status != 201)
		return fail_status(x, status);
	x->sent++;
	return move_reply(x, entry, "sent");
}

static enum desk_status send_wish(struct exchange *x, const struct outbox_entry *entry, const char *file)
{
	char target[120];
	unsigned status;
	enum desk_status done;

	/* What came while the box was not told yet. */
	if (entry->kind == OUTBOX_FORGET && outbox_forget_here(x->folder, entry->conversation) != ERR_OK)
		return fail_disk(x);
	(void)snprintf(target, sizeof target, "/v1/conversations/%s%s", entry->conversation,
		       entry->kind == OUTBOX_FORGET ? "" : "/mute");
	done = request(x, entry->kind == OUTBOX_MUTE ? "PUT" : "DELETE", target, bytes_of(NULL, 0), &status);
	if (done != DESK_DONE)
		return done;
	/* 404: it has none such any more, which is as good. */
	if (status != 200 && status != 404)
		return fail_status(x, status);
	return folder_remove(x->folder, file) == ERR_OK ? DESK_DONE : fail_disk(x);
}

struct sending {
	struct exchange *x;
	bool replies;
	enum desk_status status;
};

static enum err send_one(void *context, const char *name)
{
	struct sending *s = context;
	struct outbox_entry entry;
	char file[100];
	enum desk_status done;

	if (!outbox_parse(name, &entry) || (entry.name[0] != '\0') != s->replies)
		return ERR_OK;
	outbox_name(file, &entry);
	done = s->replies ? send_reply(s->x, &entry, file) : send_wish(s->x, &entry, file);
	s->status = done != DESK_DONE ? done : s->status;
	return ERR_OK;
}

static enum desk_status send_all(struct exchange *x, bool replies)
{
	struct sending s = {x, replies, DESK_DONE};

	return folder_each(x->folder, "outbox", send_one, &s) == ERR_OK ? s.status : fail_disk(x);
}

enum desk_status exchange_wishes(struct exchange *x)
{
	return send_all(x, false);
}

enum desk_status exchange_send(struct exchange *x)
{
	return send_all(x, true);
}
