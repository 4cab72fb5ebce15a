/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "age/age.h"
#include "base/fd.h"
#include "deskfolder/outbox.h"
#include "deskfolder/stage.h"
#include "limits.h"

enum err intake_begin(struct intake *in, const struct folder *folder,
		      void (*refused)(void *context, const char *what, const char *sentence), void *context)
{
	memset(in, 0, sizeof *in);
	in->folder = folder;
	in->refused = refused;
	in->context = context;
	in->fd = -1;
	return stage_clear(folder);
}

static enum err refuse(struct intake *in, const char *sentence)
{
	in->fault = sentence;
	return ERR_FORMAT;
}

/* One thing is refused, and the rest goes on. */
static void note(struct intake *in, const char *sentence)
{
	in->refusals++;
	in->refused(in->context, in->what, sentence);
}

static bool is_restored(const struct intake *in)
{
	return strcmp(in->boot, in->restored) == 0;
}

/* "0001.age", "0002.data.age", "0002.meta.age": the box's number and the ending. */
static bool parse_item(struct bytes name, uint32_t *number, const char **ending)
{
	static const char *const endings[] = {".age", ".data.age", ".meta.age"};
	uint32_t n = 0;

	if (name.n < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (name.p[i] < '0' || name.p[i] > '9')
			return false;
		n = n * 10 + (uint32_t)(name.p[i] - '0');
	}
	*number = n;
	for (size_t i = 0; i < 3; i++)
		if (bytes_eq_str(bytes_from(name, 4), endings[i])) {
			*ending = endings[i];
			return n > 0 && n <= LIMIT_MESSAGES;
		}
	return false;
}

/* ---- a file begins */

static enum err check_room(struct intake *in)
{
	enum err e = folder_room(in->folder, in->size);

	if (e == ERR_FULL)
		in->fault = "The disk has no room for the next file (256 MiB stay free). Make room and sync again; "
			    "nothing is lost.";
	return e;
}

static enum err begin_recipient(struct intake *in, struct bytes conversation)
{
	char staged[80];
	enum err e;

	in->kind = INTAKE_RECIPIENT;
	/* The same again: it is staged, and its numbers are known. */
	if (bytes_eq_str(conversation, in->conversation))
		return ERR_OK;
	memcpy(in->conversation, conversation.p, FOLDER_CONVERSATION_LEN);
	in->conversation[FOLDER_CONVERSATION_LEN] = '\0';
	TRY(boots_find(in->folder, in->conversation, in->boot, &in->boots));
	(void)snprintf(staged, sizeof staged, "incoming/new/%s", in->conversation);
	TRY(folder_make(in->folder, staged));
	if (in->boots.is_new)
		e = stage_put(in->folder, in->conversation, "boots", buf_view(&in->boots.text));
out:
	return e;
}

static enum err begin_item(struct intake *in, struct bytes name)
{
	char path[FOLDER_PATH_MAX], file[32], found[100];
	const char *ending;
	uint32_t number;
	enum err e;

	if (!parse_item(name, &number, &ending))
		return refuse(in, "A file has a name that no message's file has.");
	in->kind = INTAKE_ITEM;
	in->differs = false;
	(void)snprintf(file, sizeof file, "%04" PRIu32 "%s", in->boots.offset + number, ending);
	(void)snprintf(in->what, sizeof in->what, "conversations/%s/%s", in->conversation, file);
	stage_find(in->folder, in->conversation, file, found);
	folder_path(path, in->folder, "%s", found);
	in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	in->compares = in->fd >= 0;
	if (in->compares)
		return ERR_OK;
	if (errno != ENOENT)
		return ERR_IO;
	e = check_room(in);
	if (e != ERR_OK)
		return e;
	in->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return in->fd >= 0 ? ERR_OK : ERR_IO;
}

static enum err begin_small(struct intake *in, enum intake_kind kind, bool fits, const char *sentence)
{
	in->kind = kind;
	return fits ? ERR_OK : refuse(in, sentence);
}

static enum err begin_open(struct intake *in)
{
	in->kind = INTAKE_OPEN;
	if (in->open_came || in->size % (FOLDER_CONVERSATION_LEN + 1) != 0 ||
	    in->size > (uint64_t)LIMIT_CONVERSATIONS * (FOLDER_CONVERSATION_LEN + 1))
		return refuse(in, "Its list of open conversations is damaged.");
	in->open_came = true;
	in->open.count = 0;
	free(in->open.id);
	in->open.id = malloc((in->size / (FOLDER_CONVERSATION_LEN + 1) + 1) * sizeof in->open.id[0]);
	return in->open.id != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static bool has_conversation(const struct intake *in, struct bytes id)
{
	char name[80];

	(void)snprintf(name, sizeof name, "conversations/%.*s", (int)id.n, (const char *)id.p);
	return folder_has(in->folder, name);
}

/* A file of a conversation: "ID/NAME". */
static enum err begin_inside(struct intake *in, struct bytes conversation, struct bytes name)
{
	(void)snprintf(in->what, sizeof in->what, "conversations/%.*s/%.*s", (int)conversation.n,
		       (const char *)conversation.p, (int)(name.n < 40 ? name.n : 40), (const char *)name.p);
	/* A million small files fill a disk, too. */
	if (!has_conversation(in, conversation)) {
		enum err e = check_room(in);
		if (e != ERR_OK)
			return e;
	}
	if (bytes_eq_str(name, "recipient")) {
		if (in->size > AGE_TEXT_MAX + 1)
			return refuse(in, "A recipient is too long.");
		return begin_recipient(in, conversation);
	}
	if (bytes_eq_str(name, "state"))
		return begin_small(in, INTAKE_STATE, in->size <= LIMIT_STATE, "A conversation's state is too long.");
	if (!bytes_eq_str(conversation, in->conversation))
		return refuse(in, "A message's file stands without its conversation's recipient before it.");
	return begin_item(in, name);
}

static enum err begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	struct intake *in = context;
	size_t slash = bytes_find(name, BYTES_LITERAL("/"));
	struct bytes conversation = bytes_first(name, slash);

	in->size = size;
	in->time_s = time_s;
	in->at = 0;
	if (in->boot[0] == '\0')
		return begin_small(in, INTAKE_BOOT, bytes_eq_str(name, "boot") && size == 33,
				   "It does not begin with the box's boot id.");
	in->cursor_is_last = bytes_eq_str(name, "cursor");
	if (in->cursor_is_last)
		return begin_small(in, INTAKE_CURSOR, size > 1 && size <= INTAKE_CURSOR_MAX + 1,
				   "Its cursor is damaged.");
	if (bytes_eq_str(name, "open"))
		return begin_open(in);
	if (slash == name.n || !folder_is_conversation(conversation))
		return refuse(in, "A file has a name that no message's file has.");
	return begin_inside(in, conversation, bytes_from(name, slash + 1));
}

/* ---- its bytes */

/* A line "ID", in any pieces. */
static enum err take_open(struct intake *in, struct bytes received)
{
	enum { LINE = FOLDER_CONVERSATION_LEN + 1 };

	for (size_t i = 0; i < received.n; i++) {
		size_t at = (in->at + i) % LINE;
		size_t n;

		in->small[at] = received.p[i];
		if (at != LINE - 1)
			continue;
		if (received.p[i] != '\n' || !folder_is_conversation(bytes_of(in->small, FOLDER_CONVERSATION_LEN)) ||
		    hex_decode(bytes_of(in->small, FOLDER_CONVERSATION_LEN), in->open.id[in->open.count],
			       sizeof in->open.id[0], &n) != ERR_OK)
			return refuse(in, "Its list of open conversations is damaged.");
		in->open.count++;
	}
	return ERR_OK;
}

static enum err data(void *context, struct bytes received)
{
	struct intake *in = context;
	enum err e = ERR_OK;

	in->bytes += received.n;
	if (in->kind == INTAKE_ITEM) {
		e = in->compares ? folder_compare(in->fd, received, &in->differs)
				 : fd_write_all(in->fd, received, DEADLINE_NONE);
	} else if (in->kind == INTAKE_OPEN) {
		e = take_open(in, received);
	} else {
		BUG_IF(in->at + received.n > sizeof in->small);
		memcpy(in->small + in->at, received.p, received.n);
	}
	in->at += received.n;
	return e;
}

/* ---- and its end */

static enum err end_boot(struct intake *in)
{
	if (!folder_is_conversation(bytes_of(in->small, 32)) || in->small[32] != '\n')
		return refuse(in, "The box's boot id is damaged.");
	memcpy(in->boot, in->small, 32);
	return ERR_OK;
}

/* Everything before it is in its place, on disk, before the cursor is. */
static enum err end_cursor(struct intake *in)
{
	struct bytes text = bytes_trim(bytes_of(in->small, in->at));
	enum err e;

	for (size_t i = 0; i < text.n; i++)
		if (!(text.p[i] >= '0' && text.p[i] <= '9') && !(text.p[i] >= 'a' && text.p[i] <= 'f') &&
		    text.p[i] != '.')
			return refuse(in, "Its cursor is damaged.");
	if (text.n == 0)
		return refuse(in, "Its cursor is damaged.");
	TRY(stage_commit(in->folder));
	in->items += in->staged;
	in->staged = 0;
	in->conversation[0] = '\0'; /* the next message begins with its recipient */
	if (in->open_came && is_restored(in))
		TRY(stage_mark_gone(in->folder, &in->open));
	in->open_came = false;
	e = folder_write(in->folder, "cursor", text);
out:
	return e;
}

/* The recipient that this conversation has here. ERR_NOT_FOUND. */
static enum err pinned_recipient(const struct intake *in, const char *conversation,
				 uint8_t storage[static FOLDER_LINE_MAX + 1], struct bytes *pinned)
{
	char name[100];

	stage_find(in->folder, conversation, "recipient", name);
	return folder_read(in->folder, name, storage, FOLDER_LINE_MAX + 1, pinned);
}

/* Pins the recipient at first sight. *same: it is the one. */
static enum err pin(struct intake *in, const char *conversation, struct bytes received, bool *same)
{
	uint8_t storage[FOLDER_LINE_MAX + 1];
	struct buf line = buf_over(storage, sizeof storage);
	struct age_recipient parsed;
	struct bytes pinned;
	enum err e = pinned_recipient(in, conversation, storage, &pinned);

	*same = e == ERR_OK && bytes_eq(pinned, received);
	if (*same)
		return ERR_OK;
	if (e == ERR_OK) {
		note(in, "The box shows another recipient for this conversation than before, and replies to it could "
			 "be read by somebody else. The first one stays; replies go to it alone. Tell the operator.");
		return ERR_OK;
	}
	if (e != ERR_NOT_FOUND)
		return e == ERR_TOO_BIG ? ERR_IO : e;
	if (age_recipient_parse(received, &parsed) != ERR_OK) {
		note(in,
		     "The box shows a recipient that is none. The messages are kept, but replies are not possible.");
		return ERR_OK;
	}
	*same = true;
	buf_put(&line, received);
	buf_byte(&line, '\n');
	BUG_IF(line.failed);
	return stage_put(in->folder, conversation, "recipient", buf_view(&line));
}

static enum err end_recipient(struct intake *in)
{
	bool same;

	return pin(in, in->conversation, bytes_trim(bytes_of(in->small, in->at)), &same);
}

static bool is_wished(const struct folder *f, enum outbox_kind kind, const char *conversation)
{
	struct outbox_entry wish = {.kind = kind};
	char name[100];

	memcpy(wish.conversation, conversation, sizeof wish.conversation);
	outbox_name(name, &wish);
	return folder_has(f, name);
}

/* Another machine of this desk may have muted it; a wish of ours that the box doesn't know yet counts more. */
static enum err follow_muted(struct intake *in, const char *conversation, bool muted)
{
	char name[80];

	(void)snprintf(name, sizeof name, "conversations/%s/muted", conversation);
	if (muted == folder_has(in->folder, name) || is_wished(in->folder, OUTBOX_MUTE, conversation) ||
	    is_wished(in->folder, OUTBOX_UNMUTE, conversation))
		return ERR_OK;
	if (!muted)
		return folder_remove(in->folder, name);
	return stage_put(in->folder, conversation, "muted", BYTES_LITERAL("\n"));
}

/* What a restore brings back is often the same. */
static bool is_known(const struct intake *in, const char *conversation, struct bytes text)
{
	uint8_t storage[LIMIT_STATE];
	char path[FOLDER_PATH_MAX];
	size_t n;

	folder_path(path, in->folder, "conversations/%s/gone", conversation);
	if (access(path, F_OK) == 0)
		return false;
	folder_path(path, in->folder, "conversations/%s/state", conversation);
	return fd_read_file(path, storage, sizeof storage, &n) == ERR_OK && bytes_eq(bytes_of(storage, n), text);
}

static enum err end_state(struct intake *in)
{
	struct bytes text = bytes_of(in->small, in->at);
	char conversation[FOLDER_CONVERSATION_LEN + 1];
	bool same;
	enum err e;

	if (state_get(text, &in->state) != ERR_OK) {
		note(in, "The box's word on this conversation's state is damaged. The one before stays.");
		return ERR_OK;
	}
	/* A box that lacks what is here knows less of it than the state that is here. */
	if (!is_restored(in))
		return ERR_OK;
	memcpy(conversation, in->what + strlen("conversations/"), FOLDER_CONVERSATION_LEN);
	conversation[FOLDER_CONVERSATION_LEN] = '\0';
	TRY(pin(in, conversation, in->state.recipient, &same));
	if (!same)
		goto out;
	TRY(follow_muted(in, conversation, in->state.muted));
	TRY(stage_prune_sent(in->folder, conversation, &in->state));
	if (!is_known(in, conversation, text))
		e = stage_put(in->folder, conversation, "state", text);
out:
	return e;
}

/* A file's time is the day of its message, as the box says; for the eye only. */
static enum err set_day(struct intake *in)
{
	const struct timespec day = {.tv_sec = (time_t)in->time_s};
	const struct timespec times[2] = {day, day};

	return futimens(in->fd, times) == 0 ? ERR_OK : ERR_IO;
}

/* Another file under the number of one that is there: its source deleted the conversation, and began it anew with the
 * same codename. What is here stays, and what comes is numbered behind it. */
static enum err begun_anew(struct intake *in)
{
	char name[80];
	enum err e = ERR_OK;

	(void)snprintf(name, sizeof name, "conversations/%s", in->conversation);
	if (folder_has(in->folder, name))
		e = boots_again(in->folder, in->conversation, in->boot, &in->boots);
	return e == ERR_OK ? ERR_EXISTS : e;
}

static enum err end_item(struct intake *in)
{
	struct stat st;
	enum err e = ERR_OK;

	if (!in->compares)
		e = set_day(in);
	else if (fstat(in->fd, &st) != 0)
		e = ERR_IO;
	else if (in->differs || (uint64_t)st.st_size != in->size)
		e = begun_anew(in);
	if (close(in->fd) != 0)
		e = ERR_IO;
	in->fd = -1;
	in->staged += e == ERR_OK && !in->compares;
	return e;
}

static enum err end(void *context)
{
	struct intake *in = context;

	switch (in->kind) {
	case INTAKE_BOOT:
		return end_boot(in);
	case INTAKE_CURSOR:
		return end_cursor(in);
	case INTAKE_RECIPIENT:
		return end_recipient(in);
	case INTAKE_STATE:
		return end_state(in);
	case INTAKE_OPEN:
		return ERR_OK;
	case INTAKE_ITEM:
		return end_item(in);
	default:
		abort();
	}
}

struct tar_sink intake_sink(struct intake *in)
{
	return (struct tar_sink){.begin = begin, .data = data, .end = end, .context = in};
}

enum err intake_finish(struct intake *in)
{
	return in->cursor_is_last ? ERR_OK : refuse(in, "It does not end with a cursor.");
}

void intake_close(struct intake *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
	free(in->open.id);
	in->open = (struct intake_ids){NULL, 0};
	/* What was staged past the last cursor comes again; if it can't be removed now, the next one does it. */
	(void)!stage_clear(in->folder);
}
