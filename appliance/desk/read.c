/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk read */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "desk/command.h"
#include "desk/items.h"
#include "desk/open.h"
#include "limits.h"
#include "site/text.h"

static const char usage[] =
    "usage: courier desk read DIR CONVERSATION\n"
    "\n"
    "Prints a conversation's messages and saves its attachments under DIR/opened. CONVERSATION is the beginning of "
    "its\n"
    "name, as `courier desk list` shows it. Characters that a terminal would obey are shown as \\u{...} or \\xFF.\n"
    "\n"
    "Attachments come from strangers. Open them on a machine without a network that holds nothing else; what opens\n"
    "them may be attacked by them, and they may tell their author that they were opened.\n";

enum { TEXT_MAX = 1024 * 1024 };

struct reading {
	struct folder folder;
	struct opening opening;
	char conversation[FOLDER_CONVERSATION_LEN + 1];
	int status;
	bool warned;
};

static uint8_t plain[TEXT_MAX];
static uint8_t shown[8 * TEXT_MAX]; /* "\u{202E}" is the longest for one byte's worth */

static void print_escaped(struct bytes text, bool lines)
{
	struct buf out = buf_over(shown, sizeof shown);

	/* Empty lines at the end are of no interest to the eye. */
	while (lines && text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	text_escape(&out, text, lines);
	(void)fwrite(out.p, 1, out.len, stdout);
}

/* One item can't be opened; the others may. */
static void complain(struct reading *r, const char *path, enum err e)
{
	r->status = desk_say(DESK_REFUSED, path, e == ERR_IO ? strerror(errno) : r->opening.fault);
}

static void print_message(struct reading *r, uint32_t number, int64_t time_s)
{
	char path[FOLDER_PATH_MAX];
	struct open_text t;
	uint8_t day[10];
	size_t n;
	enum err e;

	folder_path(path, &r->folder, "conversations/%s/%04" PRIu32 ".age", r->conversation, number);
	e = open_small(&r->opening, path, plain, sizeof plain, &n);
	if (e != ERR_OK) {
		complain(r, path, e);
		return;
	}
	open_parse_text(bytes_of(plain, n), &t);
	clock_day_text(time_s < 0 ? 0 : (uint32_t)(time_s / 86400), day);
	printf("---- message %04" PRIu32 ", %.10s", number, (const char *)day);
	if (t.topic.n > 0) {
		fputs(", topic: ", stdout);
		print_escaped(t.topic, false);
	}
	if (t.attachments > 0)
		printf(", %" PRIu64 " attachment%s", t.attachments, t.attachments == 1 ? "" : "s");
	fputs("\n\n", stdout);
	print_escaped(t.text, true);
	fputs(t.cut ? "\n[the text ends here, before the length it states]\n\n" : "\n\n", stdout);
	secret_wipe(plain, n);
}

/* Writes as much as the attachment's own length says; the rest is padding. */
struct saving {
	int fd;
	uint64_t left;
};

static enum err save(void *context, struct bytes data)
{
	struct saving *s = context;
	struct bytes wanted = bytes_first(data, s->left < data.n ? (size_t)s->left : data.n);

	s->left -= wanted.n;
	return fd_write_all(s->fd, wanted, DEADLINE_NONE);
}

static enum err write_attachment(struct reading *r, const char *sealed, const char *path, uint64_t length)
{
	char part[FOLDER_PATH_MAX];
	struct saving s = {.left = length};
	enum err e;

	folder_path(part, &r->folder, "opened/part");
	if (unlink(part) != 0 && errno != ENOENT)
		return ERR_IO;
	s.fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s.fd < 0)
		return ERR_IO;
	e = open_file(&r->opening, sealed, (struct age_sink){save, &s});
	if (e == ERR_OK && s.left > 0 && length != UINT64_MAX) {
		r->opening.fault = "It is shorter than the length it states.";
		e = ERR_FORMAT;
	}
	if (close(s.fd) != 0 && e == ERR_OK)
		e = ERR_IO;
	if (e == ERR_OK && rename(part, path) != 0)
		e = ERR_IO;
	if (e != ERR_OK)
		(void)unlink(part);
	return e;
}

static enum err prepare_opened(struct reading *r)
{
	char path[FOLDER_PATH_MAX];

	folder_path(path, &r->folder, "opened/%s", r->conversation);
	return mkdir(path, 0700) == 0 || errno == EEXIST ? ERR_OK : ERR_IO;
}

static void warn_once(struct reading *r)
{
	if (!r->warned)
		fputs("Attachments come from strangers: open them on a machine without a network that holds nothing "
		      "else.\n\n",
		      stdout);
	r->warned = true;
}

static void save_attachment(struct reading *r, uint32_t number, bool has_meta)
{
	char sealed[FOLDER_PATH_MAX], meta_path[FOLDER_PATH_MAX], path[FOLDER_PATH_MAX];
	char safe[SAFE_NAME_MAX + 1] = "attachment";
	struct open_meta meta = {.name = BYTES_LITERAL(""), .type = BYTES_LITERAL(""), .length = UINT64_MAX};
	struct stat st;
	size_t n;
	enum err e = ERR_NOT_FOUND;

	folder_path(sealed, &r->folder, "conversations/%s/%04" PRIu32 ".data.age", r->conversation, number);
	folder_path(meta_path, &r->folder, "conversations/%s/%04" PRIu32 ".meta.age", r->conversation, number);
	if (has_meta)
		e = open_small(&r->opening, meta_path, plain, sizeof plain, &n);
	if (has_meta && e != ERR_OK) {
		complain(r, meta_path, e);
	} else if (has_meta && open_parse_meta(bytes_of(plain, n), &meta) != ERR_OK) {
		r->opening.fault = "It does not say the attachment's name, type and length.";
		complain(r, meta_path, ERR_FORMAT);
	}
	if (meta.name.n > 0)
		open_safe_name(meta.name, safe);
	folder_path(path, &r->folder, "opened/%s/%04" PRIu32 "-%s", r->conversation, number, safe);
	e = ERR_OK;
	if (meta.length == UINT64_MAX || lstat(path, &st) != 0 || (uint64_t)st.st_size != meta.length) {
		e = prepare_opened(r);
		if (e == ERR_OK)
			e = write_attachment(r, sealed, path, meta.length);
	}
	if (e != ERR_OK) {
		complain(r, sealed, e);
		return;
	}
	warn_once(r);
	printf("---- attachment %04" PRIu32 ", saved as %s\n     ", number, path);
	if (meta.length == UINT64_MAX)
		fputs("without its name and length: zeros may follow its contents", stdout);
	else
		printf("%" PRIu64 " bytes", meta.length);
	if (meta.type.n > 0) {
		fputs(", said to be ", stdout);
		print_escaped(meta.type, false);
	}
	if (meta.name.n > 0) {
		fputs(", its source called it \"", stdout);
		print_escaped(meta.name, false);
		fputs("\"", stdout);
	}
	fputs("\n\n", stdout);
}

static bool waits(struct reading *r, const char *file)
{
	char path[FOLDER_PATH_MAX];
	struct stat st;

	folder_path(path, &r->folder, "outbox/%s.%s", r->conversation, file);
	return stat(path, &st) == 0;
}

static int is_reply(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 4 && n <= LIMIT_REPLY_NAME + 4 &&
	       strcmp(entry->d_name + n - 4, ".age") == 0;
}

/* What the desk itself wrote, from the copies that it sealed to itself. */
static void print_replies(struct reading *r)
{
	char path[FOLDER_PATH_MAX];
	struct dirent **names;
	int count;

	folder_path(path, &r->folder, "conversations/%s/replies", r->conversation);
	count = scandir(path, &names, is_reply, alphasort);
	for (int i = 0; i < count; i++) {
		size_t n;
		enum err e;

		folder_path(path, &r->folder, "conversations/%s/replies/%s", r->conversation, names[i]->d_name);
		e = open_small(&r->opening, path, plain, sizeof plain, &n);
		if (e == ERR_OK) {
			printf("---- your reply %.4s, %s\n\n", names[i]->d_name,
			       waits(r, names[i]->d_name) ? "waits to be sent" : "sent");
			print_escaped(bytes_of(plain, n), true);
			fputs("\n\n", stdout);
		} else {
			complain(r, path, e);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static void mark_read(struct reading *r, uint32_t number)
{
	char name[80];
	uint8_t digits[16];
	struct buf text = buf_over(digits, sizeof digits);

	(void)snprintf(name, sizeof name, "conversations/%s/read", r->conversation);
	buf_decimal(&text, number);
	if (folder_write(&r->folder, name, buf_view(&text)) != ERR_OK)
		r->status = desk_say(DESK_FAILED, name, strerror(errno));
}

static void read_all(struct reading *r)
{
	static struct items items;
	enum err e = items_read(&r->folder, r->conversation, &items);

	if (e != ERR_OK) {
		r->status = desk_say(DESK_FAILED, r->conversation, e == ERR_IO ? strerror(errno) : err_text(e));
		return;
	}
	printf("Conversation %s\n\n", r->conversation);
	for (size_t i = 0; i < items.count; i++) {
		if ((items.item[i].kinds & ITEM_TEXT) != 0)
			print_message(r, items.item[i].number, items.item[i].time_s);
		if ((items.item[i].kinds & ITEM_DATA) != 0)
			save_attachment(r, items.item[i].number, (items.item[i].kinds & ITEM_META) != 0);
	}
	print_replies(r);
	if (items.count > 0 && items.item[items.count - 1].number > items.read_to)
		mark_read(r, items.item[items.count - 1].number);
}

int desk_read(int argc, char **argv)
{
	static struct reading r;
	struct desk_arguments a;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_SECOND, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open(a.folder, &r.folder);
	if (status == DESK_DONE)
		status = desk_find_conversation(&r.folder, a.second, r.conversation);
	if (status == DESK_DONE)
		status = desk_lock(&r.folder);
	if (status != DESK_DONE)
		return status;
	if (folder_identities(&r.folder, r.opening.identities, &r.opening.identity_count) != ERR_OK)
		r.status = desk_say(DESK_INPUT, a.folder,
				    "identity.txt holds no age identity that this program knows, or is damaged.");
	else
		read_all(&r);
	SECRET_WIPE(r.opening);
	folder_unlock(&r.folder);
	return r.status;
}
