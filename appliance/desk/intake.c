/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "desk/boots.h"
#include "limits.h"

void intake_begin(struct intake *in, const struct folder *folder,
		  void (*refused)(void *context, const char *what, const char *sentence), void *context)
{
	memset(in, 0, sizeof *in);
	in->folder = folder;
	in->refused = refused;
	in->context = context;
	in->fd = -1;
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
	in->refused(in->context, in->final + strlen(in->folder->path) + 1, sentence);
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

static enum err begin_recipient(struct intake *in, struct bytes conversation)
{
	char path[FOLDER_PATH_MAX];

	in->kind = INTAKE_RECIPIENT;
	memcpy(in->conversation, conversation.p, FOLDER_CONVERSATION_LEN);
	in->conversation[FOLDER_CONVERSATION_LEN] = '\0';
	folder_path(path, in->folder, "conversations/%s", in->conversation);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return ERR_IO;
	folder_path(in->final, in->folder, "conversations/%s/recipient", in->conversation);
	return boots_offset(in->folder, in->conversation, in->boot, &in->offset);
}

static enum err check_room(struct intake *in)
{
	struct statvfs disk;
	uint64_t free_bytes;

	if (statvfs(in->folder->path, &disk) != 0)
		return ERR_IO;
	if (__builtin_mul_overflow((uint64_t)disk.f_bavail, (uint64_t)disk.f_frsize, &free_bytes))
		return ERR_OK;
	if (free_bytes < LIMIT_DESK_SPARE || in->size > free_bytes - LIMIT_DESK_SPARE) {
		in->fault = "The disk has no room for the next file (256 MiB stay free). Make room and sync again; "
			    "nothing is lost.";
		return ERR_FULL;
	}
	return ERR_OK;
}

static enum err begin_item(struct intake *in, struct bytes name)
{
	char part[FOLDER_PATH_MAX];
	const char *ending;
	uint32_t number;
	enum err e;

	if (!parse_item(name, &number, &ending))
		return refuse(in, "A file has a name that no message's file has.");
	in->kind = INTAKE_ITEM;
	in->differs = false;
	folder_path(in->final, in->folder, "conversations/%s/%04u%s", in->conversation, in->offset + number, ending);
	in->fd = open(in->final, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	in->compares = in->fd >= 0;
	if (in->compares)
		return ERR_OK;
	if (errno != ENOENT)
		return ERR_IO;
	e = check_room(in);
	if (e != ERR_OK)
		return e;
	folder_path(part, in->folder, "incoming/part");
	if (unlink(part) != 0 && errno != ENOENT)
		return ERR_IO;
	in->fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return in->fd >= 0 ? ERR_OK : ERR_IO;
}

static enum err begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	struct intake *in = context;
	size_t slash = bytes_find(name, BYTES_LITERAL("/"));
	struct bytes conversation = bytes_first(name, slash);

	in->size = size;
	in->time_s = time_s;
	in->at = 0;
	if (in->boot[0] == '\0') {
		if (!bytes_eq_str(name, "boot") || size != 33)
			return refuse(in, "It does not begin with the box's boot id.");
		in->kind = INTAKE_BOOT;
		return ERR_OK;
	}
	in->cursor_is_last = bytes_eq_str(name, "cursor");
	if (in->cursor_is_last) {
		in->kind = INTAKE_CURSOR;
		return size > 1 && size <= INTAKE_CURSOR_MAX + 1 ? ERR_OK : refuse(in, "Its cursor is damaged.");
	}
	if (slash == name.n || !folder_is_conversation(conversation))
		return refuse(in, "A file has a name that no message's file has.");
	name = bytes_from(name, slash + 1);
	if (bytes_eq_str(name, "recipient"))
		return size <= INTAKE_SMALL_MAX ? begin_recipient(in, conversation)
						: refuse(in, "A recipient is too long.");
	if (!bytes_eq_str(conversation, in->conversation))
		return refuse(in, "A message's file stands without its conversation's recipient before it.");
	return begin_item(in, name);
}

/* Reads as much of what is there as came. */
static enum err compare(struct intake *in, struct bytes received)
{
	uint8_t there[16 * 1024];

	while (received.n > 0 && !in->differs) {
		size_t n = received.n < sizeof there ? received.n : sizeof there;
		enum err e = fd_read_all(in->fd, there, n, DEADLINE_NONE);
		if (e != ERR_OK && e != ERR_END)
			return e;
		in->differs = e == ERR_END || memcmp(there, received.p, n) != 0;
		received = bytes_from(received, n);
	}
	return ERR_OK;
}

static enum err data(void *context, struct bytes received)
{
	struct intake *in = context;

	in->bytes += received.n;
	if (in->kind != INTAKE_ITEM) {
		BUG_IF(in->at + received.n > sizeof in->small);
		memcpy(in->small + in->at, received.p, received.n);
		in->at += received.n;
		return ERR_OK;
	}
	in->at += received.n;
	return in->compares ? compare(in, received) : fd_write_all(in->fd, received, DEADLINE_NONE);
}

static enum err end_boot(struct intake *in)
{
	if (!folder_is_conversation(bytes_of(in->small, 32)) || in->small[32] != '\n')
		return refuse(in, "The box's boot id is damaged.");
	memcpy(in->boot, in->small, 32);
	return ERR_OK;
}

/* Everything before it is on disk before the cursor is. */
static enum err end_cursor(struct intake *in)
{
	struct bytes text = bytes_trim(bytes_of(in->small, in->at));
	char path[FOLDER_PATH_MAX];
	int fd;
	int failed;

	for (size_t i = 0; i < text.n; i++)
		if (!(text.p[i] >= '0' && text.p[i] <= '9') && !(text.p[i] >= 'a' && text.p[i] <= 'f') &&
		    text.p[i] != '.')
			return refuse(in, "Its cursor is damaged.");
	if (text.n == 0)
		return refuse(in, "Its cursor is damaged.");
	folder_path(path, in->folder, "conversations");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	/* The files themselves are synced one by one; this is for the folders' entries. */
	failed = syncfs(fd);
	close(fd);
	return failed != 0 ? ERR_IO : folder_write(in->folder, "cursor", text);
}

static enum err end_recipient(struct intake *in)
{
	struct bytes received = bytes_trim(bytes_of(in->small, in->at));
	uint8_t storage[INTAKE_SMALL_MAX + 1];
	char name[80];
	struct age_recipient parsed;
	struct bytes pinned;
	enum err e;

	(void)snprintf(name, sizeof name, "conversations/%s/recipient", in->conversation);
	e = folder_read(in->folder, name, storage, sizeof storage, &pinned);
	if (e == ERR_OK && bytes_eq(pinned, received))
		return ERR_OK;
	if (e == ERR_OK) {
		note(in, "The box shows another recipient for this conversation than before, and replies to it could "
			 "be read by "
			 "somebody else. The first one stays; replies go to it alone. Tell the operator.");
		return ERR_OK;
	}
	if (e != ERR_NOT_FOUND)
		return e == ERR_TOO_BIG ? ERR_IO : e;
	if (age_recipient_parse(received, &parsed) != ERR_OK) {
		note(in,
		     "The box shows a recipient that is none. The messages are kept, but replies are not possible.");
		return ERR_OK;
	}
	return folder_write(in->folder, name, received);
}

/* A file's time is the day of its message, as the box says; for the eye only. */
static enum err set_day(struct intake *in)
{
	const struct timespec day = {.tv_sec = (time_t)in->time_s};
	const struct timespec times[2] = {day, day};

	return futimens(in->fd, times) == 0 ? ERR_OK : ERR_IO;
}

static enum err end_item(struct intake *in)
{
	char part[FOLDER_PATH_MAX];
	struct stat st;
	enum err e = ERR_OK;

	if (in->compares) {
		if (fstat(in->fd, &st) != 0)
			e = ERR_IO;
		else if (in->differs || (uint64_t)st.st_size != in->size)
			note(in, "The box sent this file again with other contents. The first one stays.");
	} else if (set_day(in) != ERR_OK || fsync(in->fd) != 0) {
		e = ERR_IO;
	}
	if (close(in->fd) != 0 && e == ERR_OK)
		e = ERR_IO;
	in->fd = -1;
	if (e != ERR_OK || in->compares)
		return e;
	folder_path(part, in->folder, "incoming/part");
	if (rename(part, in->final) != 0)
		return ERR_IO;
	in->items++;
	return ERR_OK;
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
}
