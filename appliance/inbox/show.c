/* SPDX-License-Identifier: GPL-3.0-or-later
 * What is inside a conversation's entries. */
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
#include "base/text.h"
#include "base/utf8.h"
#include "inbox/inbox.h"

enum { META_MAX = 64 * 1024 };

static uint8_t plain[INBOX_TEXT_MAX];

enum err inbox_text(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
		    uint8_t storage[static INBOX_TEXT_MAX], struct inbox_text *text)
{
	char path[FOLDER_PATH_MAX];
	struct open_text t;
	size_t n;
	enum err e;

	if (entry->kind == INBOX_REPLY)
		folder_path(path, c->folder, "conversations/%s/replies/%s.age", c->id, entry->name);
	else
		folder_path(path, c->folder, "conversations/%s/%04" PRIu32 ".age", c->id, entry->number);
	e = open_small(&in->opening, path, storage, INBOX_TEXT_MAX, &n);
	if (e != ERR_OK)
		return e;
	t = (struct open_text){.text = bytes_of(storage, n)};
	if (entry->kind == INBOX_MESSAGE)
		open_parse_text(bytes_of(storage, n), &t);
	*text = (struct inbox_text){.topic = t.topic, .text = t.text, .files = t.attachments, .cut = t.cut};
	return ERR_OK;
}

static void sealed_path(char path[static FOLDER_PATH_MAX], const struct inbox_conversation *c,
			const struct inbox_entry *entry, const char *what)
{
	if (entry->kind == INBOX_REPLY_FILE)
		folder_path(path, c->folder, "conversations/%s/replies/%s.%02" PRIu32 ".%s.age", c->id, entry->name,
			    entry->number, what);
	else
		folder_path(path, c->folder, "conversations/%s/%04" PRIu32 ".%s.age", c->id, entry->number, what);
}

static size_t keep(uint8_t *to, size_t cap, struct bytes from)
{
	from = bytes_first(from, cap);
	memcpy(to, from.p, from.n);
	return from.n;
}

enum err inbox_file(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
		    struct inbox_file *f)
{
	char path[FOLDER_PATH_MAX];
	struct open_meta meta;
	size_t n;
	enum err e;

	*f = (struct inbox_file){.length = UINT64_MAX, .safe_name = "attachment"};
	if (entry->bare)
		return ERR_OK;
	sealed_path(path, c, entry, "meta");
	TRY(open_small(&in->opening, path, plain, META_MAX, &n));
	e = open_parse_meta(bytes_of(plain, n), &meta);
	if (e != ERR_OK) {
		in->opening.fault = "It does not say the attachment's name, type and length.";
		goto out;
	}
	f->length = meta.length;
	f->name_len = keep(f->name, sizeof f->name, meta.name);
	f->type_len = keep(f->type, sizeof f->type, meta.type);
	if (meta.name.n > 0)
		open_safe_name(meta.name, f->safe_name);
out:
	secret_wipe(plain, META_MAX);
	return e;
}

/* Passes on as much as the attachment's own length says; the rest is padding. */
struct shortened {
	struct age_sink sink;
	uint64_t left;
};

static enum err pass_on(void *context, struct bytes data)
{
	struct shortened *s = context;
	struct bytes wanted = bytes_first(data, s->left < data.n ? (size_t)s->left : data.n);

	s->left -= wanted.n;
	return wanted.n > 0 ? s->sink.write(s->sink.context, wanted) : ERR_OK;
}

enum err inbox_file_data(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
			 const struct inbox_file *f, struct age_sink sink)
{
	struct shortened s = {.sink = sink, .left = f->length};
	char path[FOLDER_PATH_MAX];
	enum err e;

	sealed_path(path, c, entry, "data");
	e = open_file(&in->opening, path, (struct age_sink){pass_on, &s});
	if (e == ERR_OK && s.left > 0 && f->length != UINT64_MAX) {
		in->opening.fault = "It is shorter than the length it states.";
		e = ERR_FORMAT;
	}
	return e;
}

static enum err write_out(void *context, struct bytes data)
{
	return fd_write_all(*(const int *)context, data, DEADLINE_NONE);
}

static enum err save_new(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
			 const struct inbox_file *f, const char *path)
{
	char part[FOLDER_PATH_MAX], name[80];
	enum err e;
	int fd;

	folder_path(part, c->folder, "opened");
	if (mkdir(part, 0700) != 0 && errno != EEXIST)
		return ERR_IO;
	folder_path(part, c->folder, "opened/%s", c->id);
	if (mkdir(part, 0700) != 0 && errno != EEXIST)
		return ERR_IO;
	(void)snprintf(name, sizeof name, "opened/%s", c->id);
	e = folder_sweep(c->folder, name, ".");
	if (e != ERR_OK)
		return e;
	folder_path(part, c->folder, "opened/%s/.%04" PRIu32 ".XXXXXX", c->id, entry->number);
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	e = inbox_file_data(in, c, entry, f, (struct age_sink){write_out, &fd});
	if (close(fd) != 0 && e == ERR_OK)
		e = ERR_IO;
	if (e == ERR_OK && rename(part, path) != 0)
		e = ERR_IO;
	if (e != ERR_OK)
		(void)unlink(part);
	return e;
}

enum err inbox_file_save(struct inbox *in, const struct inbox_conversation *c, const struct inbox_entry *entry,
			 const struct inbox_file *f, char path[static FOLDER_PATH_MAX])
{
	struct stat st;

	folder_path(path, c->folder, "opened/%s/%s%s%04" PRIu32 "-%s", c->id, entry->name,
		    entry->kind == INBOX_REPLY_FILE ? "-" : "", entry->number, f->safe_name);
	if (f->length != UINT64_MAX && lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == f->length)
		return ERR_OK;
	return save_new(in, c, entry, f, path);
}

void inbox_clean(struct buf *out, struct bytes text, bool lines)
{
	while (text.n > 0) {
		struct bytes at = text;
		uint32_t character;
		bool sound = utf8_next(&text, &character) == ERR_OK;

		if (!sound) {
			text = bytes_from(text, 1);
			character = 0;
		}
		if (sound && character == '\r' && text.n > 0 && text.p[0] == '\n')
			continue;
		if (sound && (text_is_visible(character) || (lines && (character == '\n' || character == '\t'))))
			buf_put(out, bytes_first(at, at.n - text.n));
		else
			buf_str(out, "\xef\xbf\xbd");
	}
}
