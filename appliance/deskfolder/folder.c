/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "workstation/files.h"

enum err folder_at(struct folder *f, const char *path)
{
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof f->path)
		return ERR_TOO_BIG;
	memcpy(f->path, path, n + 1);
	f->name[0] = '\0';
	return ERR_OK;
}

void folder_path(char out[static FOLDER_PATH_MAX], const struct folder *f, const char *format, ...)
{
	va_list arguments;
	int n = snprintf(out, FOLDER_PATH_MAX, "%s/", f->path);

	BUG_IF(n < 0 || n >= FOLDER_PATH_MAX);
	va_start(arguments, format);
	n += vsnprintf(out + n, (size_t)(FOLDER_PATH_MAX - n), format, arguments);
	va_end(arguments);
	BUG_IF(n >= FOLDER_PATH_MAX);
}

enum err folder_make(const struct folder *f, const char *name)
{
	char path[FOLDER_PATH_MAX];

	folder_path(path, f, "%s", name);
	return mkdir(path, 0700) == 0 || errno == EEXIST ? ERR_OK : ERR_IO;
}

bool folder_has(const struct folder *f, const char *name)
{
	char path[FOLDER_PATH_MAX];
	struct stat st;

	folder_path(path, f, "%s", name);
	return lstat(path, &st) == 0;
}

enum err folder_read(const struct folder *f, const char *name, void *out, size_t cap, struct bytes *text)
{
	char path[FOLDER_PATH_MAX];
	size_t n;
	enum err e;

	folder_path(path, f, "%s", name);
	e = fd_read_file(path, out, cap, &n);
	if (e == ERR_OK)
		*text = bytes_trim(bytes_of(out, n));
	return e;
}

enum err folder_write(const struct folder *f, const char *name, struct bytes text)
{
	char path[FOLDER_PATH_MAX];
	uint8_t storage[FOLDER_LINE_MAX + 1];
	struct buf line = buf_over(storage, sizeof storage);
	enum err e;

	buf_put(&line, text);
	buf_byte(&line, '\n');
	BUG_IF(line.failed);
	folder_path(path, f, "%s", name);
	e = file_replace(path, buf_view(&line), 0600);
	secret_wipe(storage, line.len);
	return e;
}

enum err folder_remove(const struct folder *f, const char *name)
{
	char path[FOLDER_PATH_MAX];

	folder_path(path, f, "%s", name);
	return unlink(path) == 0 || errno == ENOENT ? ERR_OK : ERR_IO;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

enum err folder_remove_tree(const struct folder *f, const char *name)
{
	enum { OPEN_AT_ONCE = 8 };
	char path[FOLDER_PATH_MAX];

	folder_path(path, f, "%s", name);
	return nftw(path, remove_one, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT ? ERR_OK : ERR_IO;
}

enum err folder_rename(const struct folder *f, const char *from, const char *to)
{
	char old[FOLDER_PATH_MAX], new[FOLDER_PATH_MAX];

	folder_path(old, f, "%s", from);
	folder_path(new, f, "%s", to);
	if (rename(old, new) == 0)
		return ERR_OK;
	return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
}

enum err folder_sync(const struct folder *f)
{
	int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed;

	if (fd < 0)
		return ERR_IO;
	failed = syncfs(fd);
	close(fd);
	return failed != 0 ? ERR_IO : ERR_OK;
}

enum err folder_each(const struct folder *f, const char *name, enum err (*take)(void *context, const char *name),
		     void *context)
{
	char path[FOLDER_PATH_MAX];
	struct dirent *entry;
	enum err e = ERR_OK;
	DIR *folder;

	folder_path(path, f, "%s", name);
	folder = opendir(path);
	if (folder == NULL)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	while (e == ERR_OK && (entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			e = take(context, entry->d_name);
	closedir(folder);
	return e;
}

struct sweeping {
	const struct folder *folder;
	const char *name, *beginning;
};

static enum err sweep(void *context, const char *file)
{
	enum { DAY_S = 24 * 60 * 60 };
	const struct sweeping *s = context;
	char path[FOLDER_PATH_MAX];
	struct stat st;

	if (strncmp(file, s->beginning, strlen(s->beginning)) != 0)
		return ERR_OK;
	folder_path(path, s->folder, "%s/%s", s->name, file);
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (!S_ISREG(st.st_mode) || st.st_mtime > time(NULL) - DAY_S)
		return ERR_OK;
	return unlink(path) == 0 || errno == ENOENT ? ERR_OK : ERR_IO;
}

enum err folder_sweep(const struct folder *f, const char *name, const char *beginning)
{
	struct sweeping s = {f, name, beginning};

	return folder_each(f, name, sweep, &s);
}

enum err folder_token(const struct folder *f, const char *name, char out[static FOLDER_TOKEN_LEN + 1])
{
	uint8_t storage[FOLDER_TOKEN_LEN + 16];
	uint8_t token[FOLDER_TOKEN_LEN / 2];
	struct bytes text;
	size_t n = 0;
	enum err e;

	TRY(folder_read(f, name, storage, sizeof storage, &text));
	TRY(hex_decode(text, token, sizeof token, &n));
	if (n != sizeof token) {
		e = ERR_FORMAT;
		goto out;
	}
	memcpy(out, text.p, FOLDER_TOKEN_LEN);
	out[FOLDER_TOKEN_LEN] = '\0';
out:
	SECRET_WIPE(storage);
	SECRET_WIPE(token);
	return e;
}

enum err folder_room(const struct folder *f, uint64_t size)
{
	struct statvfs disk;
	uint64_t free_bytes;

	if (statvfs(f->path, &disk) != 0)
		return ERR_IO;
	if (__builtin_mul_overflow((uint64_t)disk.f_bavail, (uint64_t)disk.f_frsize, &free_bytes))
		return ERR_OK;
	return free_bytes < LIMIT_DESK_SPARE || size > free_bytes - LIMIT_DESK_SPARE ? ERR_FULL : ERR_OK;
}

enum err folder_compare(int fd, struct bytes received, bool *differs)
{
	uint8_t there[16 * 1024];

	while (received.n > 0 && !*differs) {
		size_t n = received.n < sizeof there ? received.n : sizeof there;
		enum err e = fd_read_all(fd, there, n, DEADLINE_NONE);
		if (e != ERR_OK && e != ERR_END)
			return e;
		*differs = e == ERR_END || memcmp(there, received.p, n) != 0;
		received = bytes_from(received, n);
	}
	return ERR_OK;
}

bool folder_is_conversation(struct bytes name)
{
	if (name.n != FOLDER_CONVERSATION_LEN)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= '0' && name.p[i] <= '9') && !(name.p[i] >= 'a' && name.p[i] <= 'f'))
			return false;
	return true;
}
