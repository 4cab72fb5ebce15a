/* SPDX-License-Identifier: GPL-3.0-or-later
 * PUT /v1/restore: a box that was restarted gets back what this desk has of its conversations: states, and the replies
 * that their sources haven't deleted. In several calls, each of which can be made again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/list.h"
#include "exchange/request.h"
#include "limits.h"
#include "link/state.h"
#include "tar/writer.h"

typedef char restore_id[FOLDER_CONVERSATION_LEN + 1];

struct restore {
	struct exchange *x;
	bool measures; /* adds up sizes instead of sending */
	uint64_t size;
	size_t fill; /* bytes in pending[] */
	uint32_t day;
	restore_id *ids;
	size_t count, room;
	const char *conversation; /* whose replies are walked */
	enum desk_status status;
	uint64_t refused;
	bool full; /* the box had no room for some */
};

static uint8_t block[16 * 1024];
static uint8_t pending[64 * 1024];

/* ---- the archive */

static enum err flush(struct restore *r)
{
	if (r->status == DESK_DONE && r->fill > 0)
		r->status = request_send(r->x, bytes_of(pending, r->fill));
	r->fill = 0;
	return r->status == DESK_DONE ? ERR_OK : ERR_PEER;
}

/* Small pieces go out together. */
static enum err put(struct restore *r, struct bytes data)
{
	enum err e = ERR_OK;

	r->size += data.n;
	if (r->measures)
		return ERR_OK;
	while (data.n > 0 && e == ERR_OK) {
		struct bytes now = bytes_first(data, sizeof pending - r->fill);

		memcpy(pending + r->fill, now.p, now.n);
		r->fill += now.n;
		data = bytes_from(data, now.n);
		if (r->fill == sizeof pending)
			e = flush(r);
	}
	return e;
}

static enum err put_header(struct restore *r, const char *name, uint64_t size)
{
	uint8_t header[TAR_BLOCK];

	tar_header(header, name, size, r->day);
	return put(r, BYTES_ARRAY(header));
}

static enum err put_padding(struct restore *r, uint64_t size)
{
	static const uint8_t zeros[TAR_BLOCK];

	return put(r, bytes_of(zeros, tar_padding(size)));
}

static enum err put_small(struct restore *r, const char *name, struct bytes content)
{
	enum err e;

	TRY(put_header(r, name, content.n));
	TRY(put(r, content));
	e = put_padding(r, content.n);
out:
	return e;
}

static enum err put_contents(struct restore *r, int fd, uint64_t size)
{
	enum err e = ERR_OK;

	if (r->measures) {
		r->size += size;
		return ERR_OK;
	}
	for (uint64_t left = size; left > 0 && e == ERR_OK;) {
		size_t n = left < sizeof block ? (size_t)left : sizeof block;

		e = fd_read_all(fd, block, n, DEADLINE_NONE);
		if (e == ERR_OK)
			e = put(r, bytes_of(block, n));
		left -= n;
	}
	return e;
}

static enum err put_reply(void *context, const char *file)
{
	struct restore *r = context;
	struct bytes name = bytes_first(bytes_str(file), bytes_find(bytes_str(file), BYTES_LITERAL(".")));
	char path[FOLDER_PATH_MAX], entry[TAR_NAME_MAX + 1];
	struct stat st;
	enum err e;
	int fd;

	if (!state_is_reply_name(name) || (strcmp(file + name.n, ".age") != 0 && strcmp(file + name.n, ".tar") != 0))
		return ERR_OK;
	folder_path(path, r->x->folder, "conversations/%s/sent/%s", r->conversation, file);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return ERR_IO;
	(void)snprintf(entry, sizeof entry, "%s/replies/%.40s", r->conversation, file);
	e = fstat(fd, &st) == 0 && st.st_size >= 0 ? ERR_OK : ERR_IO;
	TRY(e);
	TRY(put_header(r, entry, (uint64_t)st.st_size));
	TRY(put_contents(r, fd, (uint64_t)st.st_size));
	e = put_padding(r, (uint64_t)st.st_size);
out:
	close(fd);
	return e;
}

/* The state as the box said it, but muted as it is here. ERR_NOT_FOUND, ERR_FORMAT: there is none that could be given
 * back. */
static enum err read_state(const struct folder *f, const char *conversation, struct buf *text)
{
	static uint8_t storage[LIMIT_STATE];
	static struct state state;
	char path[FOLDER_PATH_MAX], muted[80];
	size_t n;
	enum err e;

	folder_path(path, f, "conversations/%s/state", conversation);
	TRY(fd_read_file(path, storage, sizeof storage, &n));
	TRY(state_get(bytes_of(storage, n), &state));
	(void)snprintf(muted, sizeof muted, "conversations/%s/muted", conversation);
	state.muted = folder_has(f, muted);
	state_put(text, &state);
	BUG_IF(text->failed);
out:
	return e;
}

static enum err put_conversation(struct restore *r, const char *conversation)
{
	static uint8_t storage[LIMIT_STATE];
	struct buf state = buf_over(storage, sizeof storage);
	char name[80];
	enum err e;

	TRY(read_state(r->x->folder, conversation, &state));
	(void)snprintf(name, sizeof name, "%s/state", conversation);
	TRY(put_small(r, name, buf_view(&state)));
	r->conversation = conversation;
	(void)snprintf(name, sizeof name, "conversations/%s/sent", conversation);
	e = folder_each(r->x->folder, name, put_reply, r);
out:
	return e;
}

/* boot, conversations [from, to), the end. */
static enum err put_archive(struct restore *r, size_t from, size_t to)
{
	static const uint8_t end[TAR_END];
	char boot[34];
	enum err e;

	(void)snprintf(boot, sizeof boot, "%s\n", r->x->boot);
	TRY(put_small(r, "boot", bytes_str(boot)));
	for (size_t i = from; i < to; i++) {
		TRY(put_conversation(r, r->ids[i]));
		if (!r->measures && r->x->progress != NULL)
			r->x->progress(r->x->context, r->size, "given back");
	}
	TRY(put(r, BYTES_ARRAY(end)));
	e = flush(r);
out:
	return e;
}

/* ---- the answer */

static void note_refused(struct restore *r, struct bytes refusal)
{
	struct bytes id, why;
	char subject[80], sentence[256];

	if (!json_member(refusal, "conversation", &id) || !json_string(id, &id) || !folder_is_conversation(id) ||
	    !json_member(refusal, "why", &why) || !json_string(why, &why))
		return;
	r->full |= bytes_find(why, BYTES_LITERAL("no room")) < why.n;
	if (r->refused++ >= LIMIT_DESK_SAID)
		return;
	(void)snprintf(subject, sizeof subject, "%.32s", (const char *)id.p);
	(void)snprintf(sentence, sizeof sentence, "The box did not take it back: %.*s",
		       (int)(why.n < 200 ? why.n : 200), (const char *)why.p);
	r->x->say(r->x->context, subject, sentence);
}

static enum desk_status read_answer(struct restore *r)
{
	struct exchange *x = r->x;
	struct bytes answer, value, element;
	uint64_t restored;
	enum desk_status done = request_read(x, &answer);

	if (done != DESK_DONE)
		return done;
	if (!json_is_sound(answer) || !json_member(answer, "restored", &value) ||
	    bytes_decimal(value, LIMIT_DESK_CONVERSATIONS, &restored) != ERR_OK)
		return fail_connection(x, ERR_FORMAT);
	x->restored += restored;
	if (json_member(answer, "refused", &value))
		while (json_element(&value, &element))
			note_refused(r, element);
	return DESK_DONE;
}

/* One call with conversations [from, to), whose archive has r->size bytes. */
static enum desk_status call(struct restore *r, size_t from, size_t to)
{
	struct exchange *x = r->x;
	uint64_t size = r->size;
	unsigned status = 0;
	enum err e;

	r->size = r->fill = 0;
	r->status = request_begin(x, "PUT", "/v1/restore", "application/x-tar", size);
	if (r->status == DESK_DONE) {
		e = put_archive(r, from, to);
		/* The inbox, which takes no lock, may have muted or forgotten one of them since they were measured. */
		if (e == ERR_OK && r->size != size)
			r->status = fail(x, DESK_FAILED, "",
					 "The desk's folder has changed while it was given back. Sync again.");
		else if (e != ERR_OK && r->status == DESK_DONE)
			r->status = fail_disk(x);
	}
	if (r->status == DESK_DONE)
		r->status = request_answer(x, &status);
	if (r->status == DESK_DONE && status == 200)
		r->status = read_answer(r);
	else if (r->status == DESK_DONE)
		r->status = status == 409 ? fail(x, DESK_FAILED, "", "The box was restarted just now. Sync again.")
					  : fail_status(x, status);
	request_close(x);
	return r->status;
}

/* ---- what there is to give back */

static enum err take(void *context, const char *conversation)
{
	struct restore *r = context;
	static uint8_t storage[LIMIT_STATE];
	struct buf state = buf_over(storage, sizeof storage);
	char gone[80];
	restore_id *grown;
	enum err e;

	if (!folder_is_conversation(bytes_str(conversation)))
		return ERR_OK;
	(void)snprintf(gone, sizeof gone, "conversations/%s/gone", conversation);
	if (folder_has(r->x->folder, gone))
		return ERR_OK;
	e = read_state(r->x->folder, conversation, &state);
	if (e != ERR_OK)
		return e == ERR_IO ? e : ERR_OK;
	grown = list_grow(r->ids, r->count, &r->room, sizeof *grown);
	if (grown == NULL)
		return ERR_NO_MEMORY;
	r->ids = grown;
	memcpy(r->ids[r->count++], conversation, sizeof *r->ids);
	return ERR_OK;
}

/* As many conversations from `from` on as fit one call, at least one. Their size: r->size. */
static enum err measure(struct restore *r, size_t from, size_t *to)
{
	enum err e = ERR_OK;

	r->measures = true;
	r->size = 0;
	TRY(put_archive(r, from, from));
	for (*to = from; *to < r->count; ++*to) {
		uint64_t before = r->size;

		TRY(put_conversation(r, r->ids[*to]));
		if (r->size > LIMIT_DESK_RESTORE && *to > from) {
			r->size = before;
			break;
		}
	}
out:
	r->measures = false;
	return e;
}

static enum desk_status give_back(struct restore *r)
{
	enum desk_status done = DESK_DONE;
	size_t to;

	if (folder_each(r->x->folder, "conversations", take, r) != ERR_OK)
		return fail_disk(r->x);
	for (size_t from = 0; from < r->count && done == DESK_DONE; from = to) {
		if (measure(r, from, &to) != ERR_OK)
			return fail_disk(r->x);
		done = call(r, from, to);
	}
	return done;
}

/* From here on the box's states count, and all of them are wanted: the cursor begins anew. */
static enum desk_status finish(struct exchange *x)
{
	if (folder_remove(x->folder, "cursor") != ERR_OK || folder_remove(x->folder, "confirmed") != ERR_OK ||
	    folder_write(x->folder, "boot", bytes_str(x->boot)) != ERR_OK)
		return fail_disk(x);
	return DESK_DONE;
}

enum desk_status exchange_restore(struct exchange *x)
{
	struct restore r = {.x = x, .day = clock_day()};
	uint8_t storage[64];
	struct bytes boot;
	enum desk_status done;
	char text[100];

	if (folder_read(x->folder, "boot", storage, sizeof storage, &boot) == ERR_OK && bytes_eq_str(boot, x->boot))
		return DESK_DONE;
	done = give_back(&r);
	free(r.ids);
	if (r.refused > LIMIT_DESK_SAID) {
		(void)snprintf(text, sizeof text, "The box did not take back %" PRIu64 " conversations in all.",
			       r.refused);
		x->say(x->context, "", text);
	}
	if (done != DESK_DONE)
		return done;
	if (r.full)
		return fail(x, DESK_REFUSED, "",
			    "The box has no room for all conversations. What it has is collected now; "
			    "the next sync gives it the rest.");
	done = finish(x);
	return done == DESK_DONE && r.refused > 0 ? DESK_REFUSED : done;
}
