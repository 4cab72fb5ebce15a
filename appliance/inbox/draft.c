/* SPDX-License-Identifier: GPL-3.0-or-later
 * Answering: sealed to the source for the outbox, and to the desk itself for its own eyes. What is not ready has a name
 * that begins with a dot; nobody looks at it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "inbox/inbox.h"
#include "limits.h"
#include "tar/writer.h"
#include "workstation/files.h"

enum { META_LEN = 1024, MIB = 1 << 20 };

static uint8_t sealed[LIMIT_REPLY];

/* ---- names and padding */

/* The message that it stands behind, the next number, and chance: somebody else of this desk may write one at the same
 * time. */
static void new_name(const struct inbox_conversation *c, char name[static LIMIT_REPLY_NAME + 1])
{
	uint8_t chance[4];

	random_fill(chance, sizeof chance);
	(void)snprintf(name, LIMIT_REPLY_NAME + 1, "%04" PRIu32 "-%04" PRIu32 "-%02x%02x%02x%02x", c->last,
		       c->replies + 1, chance[0], chance[1], chance[2], chance[3]);
}

/* As docs/HTTP.md pads an attachment. */
static uint64_t file_bucket(uint64_t n)
{
	uint64_t bucket = 4096;

	if (n > MIB)
		return (n + MIB - 1) / MIB * MIB;
	while (bucket < n)
		bucket *= 2;
	return bucket;
}

/* A text's size tells little: 1, 4, 16 or 64 KiB. */
static uint64_t text_bucket(uint64_t n)
{
	uint64_t bucket = 1024;

	while (bucket < n)
		bucket *= 4;
	return bucket;
}

static void part_path(char path[static FOLDER_PATH_MAX], const struct inbox_draft *d)
{
	folder_path(path, d->conversation.folder, "outbox/.%s.%s.tar", d->conversation.id, d->name);
}

/* Our own copy of a file; hidden: until the whole is ready. */
static void own_path(char path[static FOLDER_PATH_MAX], const struct inbox_draft *d, unsigned number, const char *what,
		     bool hidden)
{
	folder_path(path, d->conversation.folder, "conversations/%s/replies/%s%s.%02u.%s.age", d->conversation.id,
		    hidden ? "." : "", d->name, number, what);
}

/* ---- small things, sealed in memory */

static enum err seal(struct age_sealer *sealer, const struct age_recipient *to, size_t count, struct bytes plain,
		     uint64_t padded, struct buf *out)
{
	enum err e;

	*out = buf_over(sealed, sizeof sealed);
	TRY(age_seal_begin(sealer, to, count, age_into(out)));
	TRY(age_seal_data(sealer, plain));
	TRY(age_seal_zeros(sealer, padded - plain.n));
	TRY(age_seal_end(sealer));
out:
	age_seal_drop(sealer);
	return e;
}

static enum err seal_to_source(struct inbox_draft *d, struct bytes plain, uint64_t padded, struct buf *out)
{
	return seal(&d->to_source, &d->source, 1, plain, padded, out);
}

static enum err seal_to_self(struct inbox_draft *d, struct bytes plain, uint64_t padded, struct buf *out)
{
	return seal(&d->to_self, d->self, d->self_count, plain, padded, out);
}

/* ---- the archive for the source */

static enum err tar_put(void *context, struct bytes data)
{
	struct inbox_draft *d = context;

	if (data.n > LIMIT_REPLY_FILES - d->at)
		return ERR_TOO_BIG;
	d->at += data.n;
	return fd_write_all(d->tar, data, DEADLINE_NONE);
}

/* Its header is written when its length is known. */
static enum err entry_begin(struct inbox_draft *d)
{
	static const uint8_t empty[TAR_BLOCK];

	d->entry = d->at;
	return tar_put(d, BYTES_ARRAY(empty));
}

static enum err entry_end(struct inbox_draft *d, const char *name)
{
	static const uint8_t zeros[TAR_BLOCK];
	uint8_t header[TAR_BLOCK];
	uint64_t size = d->at - d->entry - TAR_BLOCK;
	enum err e = tar_put(d, bytes_of(zeros, tar_padding(size)));

	if (e != ERR_OK)
		return e;
	tar_header(header, name, size, clock_day());
	return pwrite(d->tar, header, sizeof header, (off_t)d->entry) == sizeof header ? ERR_OK : ERR_IO;
}

static enum err entry_whole(struct inbox_draft *d, const char *name, struct bytes data)
{
	enum err e;

	TRY(entry_begin(d));
	TRY(tar_put(d, data));
	e = entry_end(d, name);
out:
	return e;
}

/* ---- a reply, step by step */

static enum err read_recipient(const struct inbox_conversation *c, struct age_recipient *recipient)
{
	char name[80];
	uint8_t storage[AGE_TEXT_MAX + 2];
	struct bytes line;

	(void)snprintf(name, sizeof name, "conversations/%s/recipient", c->id);
	if (folder_read(c->folder, name, storage, sizeof storage, &line) != ERR_OK ||
	    age_recipient_parse(line, recipient) != ERR_OK)
		return ERR_NOT_FOUND;
	return ERR_OK;
}

enum err inbox_draft_begin(struct inbox_draft *d, const struct inbox *in, const struct inbox_conversation *c)
{
	char name[80];
	enum err e;

	memset(d, 0, sizeof *d);
	d->inbox = in;
	d->conversation = *c;
	d->tar = d->own = -1;
	TRY(read_recipient(c, &d->source));
	e = home_recipients(&in->home, d->self, &d->self_count);
	TRY(e == ERR_FORMAT || e == ERR_TOO_BIG ? ERR_NOT_FOUND : e);
	new_name(c, d->name);
	(void)snprintf(name, sizeof name, "conversations/%s/replies", c->id);
	TRY(folder_make(c->folder, name));
	e = folder_sweep(c->folder, name, ".");
out:
	return e;
}

static enum err open_new(const char *path, int *fd)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *fd >= 0 ? ERR_OK : ERR_IO;
}

static enum err own_put(void *context, struct bytes data)
{
	struct inbox_draft *d = context;

	return fd_write_all(d->own, data, DEADLINE_NONE);
}

static enum err close_synced(int *fd)
{
	enum err e = fsync(*fd) == 0 ? ERR_OK : ERR_IO;

	if (close(*fd) != 0)
		e = ERR_IO;
	*fd = -1;
	return e;
}

static void put_meta(struct inbox_draft *d, struct buf *meta)
{
	buf_str(meta, "Name: ");
	buf_put(meta, bytes_of(d->file_name, d->file_name_len));
	buf_str(meta, "\nType: ");
	buf_put(meta, bytes_of(d->file_type, d->file_type_len));
	buf_str(meta, "\nLength: ");
	buf_decimal(meta, d->file_len);
	buf_byte(meta, '\n');
	BUG_IF(meta->failed);
}

static enum err end_file(struct inbox_draft *d)
{
	uint64_t padding = file_bucket(d->file_len) - d->file_len;
	uint8_t storage[META_LEN];
	struct buf meta = buf_over(storage, sizeof storage);
	char path[FOLDER_PATH_MAX], name[24];
	struct buf out;
	enum err e = ERR_OK;

	if (!d->file_open)
		return ERR_OK;
	d->file_open = false;
	TRY(age_seal_zeros(&d->to_source, padding));
	TRY(age_seal_end(&d->to_source));
	(void)snprintf(name, sizeof name, "%02u.data.age", d->file_count);
	TRY(entry_end(d, name));
	TRY(age_seal_zeros(&d->to_self, padding));
	TRY(age_seal_end(&d->to_self));
	TRY(close_synced(&d->own));
	put_meta(d, &meta);
	TRY(seal_to_source(d, buf_view(&meta), META_LEN, &out));
	(void)snprintf(name, sizeof name, "%02u.meta.age", d->file_count);
	TRY(entry_whole(d, name, buf_view(&out)));
	TRY(seal_to_self(d, buf_view(&meta), META_LEN, &out));
	own_path(path, d, d->file_count, "meta", true);
	e = file_replace(path, buf_view(&out), 0600);
out:
	SECRET_WIPE(storage);
	return e;
}

/* At most `cap` bytes, whole characters. */
static size_t keep_line(uint8_t *to, size_t cap, struct bytes text)
{
	uint8_t storage[3 * 4096];
	struct buf clean = buf_over(storage, sizeof storage);
	size_t n = 0;

	inbox_clean(&clean, bytes_first(text, 4096), false);
	for (struct bytes rest = buf_view(&clean); rest.n > 0;) {
		uint32_t c;
		if (utf8_next(&rest, &c) != ERR_OK || clean.len - rest.n > cap)
			break;
		n = clean.len - rest.n;
	}
	memcpy(to, storage, n);
	return n;
}

enum err inbox_draft_file(struct inbox_draft *d, struct bytes name, struct bytes type)
{
	char path[FOLDER_PATH_MAX];
	enum err e;

	TRY(end_file(d));
	if (d->file_count == LIMIT_FILES) {
		e = ERR_FULL;
		goto out;
	}
	if (d->tar < 0) {
		part_path(path, d);
		TRY(open_new(path, &d->tar));
	}
	d->file_count++;
	d->file_len = 0;
	d->file_name_len = keep_line(d->file_name, sizeof d->file_name, name.n > 0 ? name : BYTES_LITERAL("unnamed"));
	d->file_type_len =
	    keep_line(d->file_type, sizeof d->file_type, type.n > 0 ? type : BYTES_LITERAL("application/octet-stream"));
	own_path(path, d, d->file_count, "data", true);
	TRY(open_new(path, &d->own));
	TRY(entry_begin(d));
	TRY(age_seal_begin(&d->to_source, &d->source, 1, (struct age_sink){tar_put, d}));
	TRY(age_seal_begin(&d->to_self, d->self, d->self_count, (struct age_sink){own_put, d}));
	d->file_open = true;
out:
	return e;
}

enum err inbox_draft_data(struct inbox_draft *d, struct bytes data)
{
	enum err e;

	BUG_IF(!d->file_open);
	d->file_len += data.n;
	TRY(age_seal_data(&d->to_source, data));
	e = age_seal_data(&d->to_self, data);
out:
	return e;
}

static enum err check_text(struct bytes text, bool may_be_blank)
{
	uint32_t c;

	if (text.n > LIMIT_TEXT)
		return ERR_TOO_BIG;
	if (bytes_trim(text).n == 0 && !may_be_blank)
		return ERR_FORMAT;
	while (text.n > 0)
		if (utf8_next(&text, &c) != ERR_OK || c == 0)
			return ERR_FORMAT;
	return ERR_OK;
}

/* Our copies of the files get their names. */
static enum err show_own_files(const struct inbox_draft *d)
{
	static const char *const what[] = {"meta", "data"};
	char from[FOLDER_PATH_MAX], to[FOLDER_PATH_MAX];

	for (unsigned i = 1; i <= d->file_count; i++)
		for (unsigned k = 0; k < 2; k++) {
			own_path(from, d, i, what[k], true);
			own_path(to, d, i, what[k], false);
			if (rename(from, to) != 0)
				return ERR_IO;
		}
	return ERR_OK;
}

static enum err finish_tar(struct inbox_draft *d, struct bytes text)
{
	static const uint8_t end[TAR_END];
	enum err e;

	TRY(entry_whole(d, "text.age", text));
	TRY(tar_put(d, BYTES_ARRAY(end)));
	e = close_synced(&d->tar);
out:
	return e;
}

/* The last step: what the next sync looks for. */
static enum err put_in_outbox(struct inbox_draft *d, struct bytes text)
{
	const struct inbox_conversation *c = &d->conversation;
	char from[FOLDER_PATH_MAX], to[FOLDER_PATH_MAX];

	if (d->file_count == 0) {
		folder_path(to, c->folder, "outbox/%s.%s.age", c->id, d->name);
		return file_replace(to, text, 0600);
	}
	part_path(from, d);
	folder_path(to, c->folder, "outbox/%s.%s.tar", c->id, d->name);
	return rename(from, to) == 0 ? ERR_OK : ERR_IO;
}

enum err inbox_draft_send(struct inbox_draft *d, struct bytes text)
{
	const struct inbox_conversation *c = &d->conversation;
	char path[FOLDER_PATH_MAX];
	struct buf out;
	enum err e;

	TRY(check_text(text, d->file_count > 0));
	TRY(end_file(d));
	if (d->file_count > 0) {
		TRY(seal_to_source(d, text, text_bucket(text.n), &out));
		TRY(finish_tar(d, buf_view(&out)));
		TRY(show_own_files(d));
	}
	TRY(seal_to_self(d, text, text_bucket(text.n), &out));
	folder_path(path, c->folder, "conversations/%s/replies/%s.age", c->id, d->name);
	TRY(file_replace(path, buf_view(&out), 0600));
	/* What is in replies/ counts for the index of the whole. */
	folder_path(path, c->folder, "conversations/%s", c->id);
	if (utimensat(AT_FDCWD, path, NULL, 0) != 0) {
		e = ERR_IO;
		goto out;
	}
	if (d->file_count == 0)
		TRY(seal_to_source(d, text, text_bucket(text.n), &out));
	TRY(put_in_outbox(d, buf_view(&out)));
	d->inbox = NULL;
out:
	return e;
}

void inbox_draft_drop(struct inbox_draft *d)
{
	static const char *const what[] = {"meta", "data"};
	char path[FOLDER_PATH_MAX];

	age_seal_drop(&d->to_source);
	age_seal_drop(&d->to_self);
	if (d->inbox == NULL)
		return;
	d->inbox = NULL;
	if (d->tar >= 0)
		close(d->tar);
	if (d->own >= 0)
		close(d->own);
	d->tar = d->own = -1;
	if (*d->name == '\0')
		return;
	part_path(path, d);
	(void)unlink(path);
	for (unsigned i = 1; i <= d->file_count; i++)
		for (unsigned k = 0; k < 4; k++) {
			own_path(path, d, i, what[k % 2], k < 2);
			(void)unlink(path);
		}
	folder_path(path, d->conversation.folder, "conversations/%s/replies/%s.age", d->conversation.id, d->name);
	(void)unlink(path);
}
