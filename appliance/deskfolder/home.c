/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deskfolder/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"

#define FORMAT_NOW "courier-desk 2"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct folder *)a)->name, ((const struct folder *)b)->name);
}

static enum err set_box(struct folder *box, const struct home *h, const char *name)
{
	struct buf path = buf_over(box->path, sizeof box->path);

	buf_str(&path, h->folder.path);
	buf_str(&path, "/boxes/");
	buf_str(&path, name);
	buf_byte(&path, 0);
	memcpy(box->name, name, strlen(name) + 1);
	return path.failed ? ERR_TOO_BIG : ERR_OK;
}

static enum err take_box(void *context, const char *name)
{
	struct home *h = context;
	enum err e;

	if (!home_is_box_name(name))
		return ERR_OK;
	if (h->box_count == LIMIT_DESK_BOXES)
		return ERR_TOO_BIG;
	e = set_box(&h->boxes[h->box_count], h, name);
	h->box_count += e == ERR_OK;
	return e;
}

enum err home_open(struct home *h, const char *path)
{
	uint8_t storage[80];
	struct bytes format;
	enum err e;

	*h = (struct home){.lock_fd = -1};
	TRY(folder_at(&h->folder, path));
	e = folder_read(&h->folder, "format", storage, sizeof storage, &format);
	if (e == ERR_NOT_FOUND && folder_has(&h->folder, "for-the-operator.txt"))
		e = ERR_UNSUPPORTED;
	TRY(e);
	if (!bytes_eq_str(format, FORMAT_NOW)) {
		e = ERR_UNSUPPORTED;
		goto out;
	}
	TRY(folder_each(&h->folder, "boxes", take_box, h));
	qsort(h->boxes, h->box_count, sizeof h->boxes[0], by_name);
out:
	return e;
}

enum err home_lock(struct home *h, void (*waiting)(void))
{
	char path[FOLDER_PATH_MAX];
	int fd;

	folder_path(path, &h->folder, "lock");
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
	h->lock_fd = fd;
	return ERR_OK;
}

void home_unlock(struct home *h)
{
	if (h->lock_fd >= 0)
		close(h->lock_fd);
	h->lock_fd = -1;
}

bool home_is_box_name(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!(name[i] >= 'a' && name[i] <= 'z') && !(name[i] >= '0' && name[i] <= '9') &&
		    !(name[i] == '-' && i > 0))
			return false;
	return n > 0 && n <= LIMIT_DESK_BOX_NAME;
}

const struct folder *home_box(const struct home *h, const char *name)
{
	for (size_t i = 0; i < h->box_count; i++)
		if (strcmp(h->boxes[i].name, name) == 0)
			return &h->boxes[i];
	return NULL;
}

enum err home_make_box(struct home *h, const char *name, const struct folder **box)
{
	static const char *const inside[] = {"conversations", "incoming", "opened", "outbox", "tor"};
	char path[sizeof "boxes/" + LIMIT_DESK_BOX_NAME];
	enum err e;

	*box = home_box(h, name);
	if (*box == NULL) {
		struct folder *made = &h->boxes[h->box_count];
		if (h->box_count == LIMIT_DESK_BOXES)
			return ERR_FULL;
		TRY(set_box(made, h, name));
		h->box_count++;
		*box = made;
	}
	(void)snprintf(path, sizeof path, "boxes/%s", name);
	TRY(folder_make(&h->folder, "boxes"));
	TRY(folder_make(&h->folder, path));
	for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
		TRY(folder_make(*box, inside[i]));
out:
	return e;
}

enum err home_finish(const struct home *h)
{
	return folder_write(&h->folder, "format", BYTES_LITERAL(FORMAT_NOW));
}

enum err home_recipients(const struct home *h, struct age_recipient out[static AGE_RECIPIENTS_MAX], size_t *count)
{
	static uint8_t storage[AGE_RECIPIENTS_MAX * (AGE_TEXT_MAX + 1)];
	struct bytes text, line;
	enum err e;

	*count = 0;
	TRY(folder_read(&h->folder, "recipients.txt", storage, sizeof storage, &text));
	while (bytes_split(&text, '\n', &line)) {
		line = bytes_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (*count == AGE_RECIPIENTS_MAX) {
			e = ERR_TOO_BIG;
			goto out;
		}
		TRY(age_recipient_parse(line, &out[*count]));
		++*count;
	}
	e = *count > 0 ? ERR_OK : ERR_FORMAT;
out:
	return e;
}
