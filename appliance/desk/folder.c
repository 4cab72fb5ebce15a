/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "site/files.h"

/* The longest name inside: "conversations/HEX/replies/NAME.age" and what a saved attachment is called. */
enum { LONGEST_INSIDE = 512 };

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

enum err folder_open(const char *path, struct folder *f)
{
	char file[FOLDER_PATH_MAX];
	struct stat st;

	if (*path == '\0' || strlen(path) + LONGEST_INSIDE > FOLDER_PATH_MAX)
		return ERR_TOO_BIG;
	*f = (struct folder){.path = path, .lock_fd = -1};
	folder_path(file, f, "identity.txt");
	if (stat(file, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
	return ERR_OK;
}

enum err folder_prepare(const struct folder *f)
{
	static const char *const names[] = {"", "box", "conversations", "incoming", "opened", "outbox", "tor"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[FOLDER_PATH_MAX];
		folder_path(path, f, "%s", names[i]);
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return ERR_IO;
	}
	return ERR_OK;
}

enum err folder_lock(struct folder *f, void (*waiting)(void))
{
	char path[FOLDER_PATH_MAX];
	int fd;

	folder_path(path, f, "lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ERR_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			waiting();
		while (flock(fd, LOCK_EX) != 0)
			if (errno != EINTR) {
				close(fd);
				return ERR_IO;
			}
	}
	f->lock_fd = fd;
	return ERR_OK;
}

void folder_unlock(struct folder *f)
{
	if (f->lock_fd >= 0)
		close(f->lock_fd);
	f->lock_fd = -1;
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
	uint8_t storage[AGE_TEXT_MAX + 1];
	struct buf line = buf_over(storage, sizeof storage);

	buf_put(&line, text);
	buf_byte(&line, '\n');
	BUG_IF(line.failed);
	folder_path(path, f, "%s", name);
	return file_replace(path, buf_view(&line), 0600);
}

enum err folder_identities(const struct folder *f, struct age_identity out[static AGE_IDENTITIES_MAX], size_t *count)
{
	static uint8_t storage[AGE_IDENTITIES_MAX * (AGE_TEXT_MAX + 80)];
	struct bytes text, line;
	enum err e;

	*count = 0;
	TRY(folder_read(f, "identity.txt", storage, sizeof storage, &text));
	while (bytes_split(&text, '\n', &line)) {
		line = bytes_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (*count == AGE_IDENTITIES_MAX) {
			e = ERR_TOO_BIG;
			goto out;
		}
		TRY(age_identity_parse(line, &out[*count]));
		++*count;
	}
	e = *count > 0 ? ERR_OK : ERR_FORMAT;
out:
	SECRET_WIPE(storage);
	if (e != ERR_OK)
		secret_wipe(out, AGE_IDENTITIES_MAX * sizeof *out);
	return e;
}

enum err folder_token(const struct folder *f, char out[static FOLDER_TOKEN_LEN + 1])
{
	uint8_t storage[FOLDER_TOKEN_LEN + 16];
	uint8_t token[FOLDER_TOKEN_LEN / 2];
	struct bytes text;
	size_t n = 0;
	enum err e;

	TRY(folder_read(f, "token", storage, sizeof storage, &text));
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

bool folder_is_conversation(struct bytes name)
{
	if (name.n != FOLDER_CONVERSATION_LEN)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= '0' && name.p[i] <= '9') && !(name.p[i] >= 'a' && name.p[i] <= 'f'))
			return false;
	return true;
}
