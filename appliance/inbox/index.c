/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inbox/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define FIRST_LINE "courier-index 1"

enum { LINE_MAX_LEN = 160, FIELDS = 8, BLOCK = 64 * 1024, MUTED = 1, GONE = 2 };

/* A file system's clock may tick this slowly. */
#define YOUNG_NS (2 * UINT64_C(1000000000))

/* ---- reading */

static bool parse(struct bytes line, struct inbox_conversation *c)
{
	uint64_t value[FIELDS];
	struct bytes word;

	*c = (struct inbox_conversation){0};
	if (!bytes_split(&line, ' ', &word) || !folder_is_conversation(word))
		return false;
	memcpy(c->id, word.p, word.n);
	for (size_t i = 0; i < FIELDS; i++)
		if (!bytes_split(&line, ' ', &word) ||
		    bytes_decimal(word, i == 0 ? UINT64_MAX : UINT32_MAX, &value[i]) != ERR_OK)
			return false;
	c->stamp = value[0];
	c->day = (uint32_t)value[1];
	c->messages = (uint32_t)value[2];
	c->files = (uint32_t)value[3];
	c->replies = (uint32_t)value[4];
	c->last = (uint32_t)value[5];
	c->read_to = (uint32_t)value[6];
	c->muted = (value[7] & MUTED) != 0;
	c->gone = (value[7] & GONE) != 0;
	c->is_new = c->last > c->read_to;
	return line.n == 0;
}

static void parse_all(struct bytes text, struct index *x)
{
	size_t lines = 0;
	struct bytes line;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	if (!bytes_split(&text, '\n', &line) || !bytes_eq_str(line, FIRST_LINE) || lines > LIMIT_DESK_CONVERSATIONS ||
	    lines == 0)
		return;
	x->entry = malloc(lines * sizeof *x->entry);
	while (x->entry != NULL && x->count < lines && bytes_split(&text, '\n', &line)) {
		struct inbox_conversation *c = &x->entry[x->count];

		if (!parse(line, c) || (x->count > 0 && strcmp(c[-1].id, c->id) >= 0))
			return;
		x->count++;
	}
}

void index_read(const struct folder *box, struct index *x)
{
	char path[FOLDER_PATH_MAX];
	struct stat st;
	uint8_t *text;
	size_t n;

	*x = (struct index){NULL, 0};
	folder_path(path, box, "index");
	if (stat(path, &st) != 0 || st.st_size <= 0 || st.st_size > (off_t)LIMIT_DESK_CONVERSATIONS * LINE_MAX_LEN)
		return;
	text = malloc((size_t)st.st_size);
	if (text != NULL && fd_read_file(path, text, (size_t)st.st_size, &n) == ERR_OK)
		parse_all(bytes_of(text, n), x);
	free(text);
}

void index_free(struct index *x)
{
	free(x->entry);
	*x = (struct index){NULL, 0};
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct inbox_conversation *)a)->id, ((const struct inbox_conversation *)b)->id);
}

bool index_find(const struct index *x, struct inbox_conversation *c)
{
	const struct inbox_conversation *found;

	if (c->stamp == 0 || x->count == 0)
		return false;
	found = bsearch(c, x->entry, x->count, sizeof *c, by_id);
	if (found == NULL || found->stamp != c->stamp)
		return false;
	*c = *found;
	return true;
}

enum err index_stamp(const struct folder *box, const char *conversation, uint64_t *stamp)
{
	char path[FOLDER_PATH_MAX];
	struct timespec now;
	struct stat st;
	uint64_t now_ns;

	folder_path(path, box, "conversations/%s", conversation);
	if (stat(path, &st) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	BUG_IF(clock_gettime(CLOCK_REALTIME, &now) != 0);
	now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	*stamp = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	if (st.st_mtim.tv_sec <= 0 || *stamp > now_ns || now_ns - *stamp < YOUNG_NS)
		*stamp = 0;
	return ERR_OK;
}

/* ---- writing */

static void put_line(struct buf *out, const struct inbox_conversation *c)
{
	const uint64_t value[FIELDS] = {
	    c->stamp,   c->day,  c->messages, c->files,
	    c->replies, c->last, c->read_to,  (c->muted ? MUTED : 0u) | (c->gone ? GONE : 0u),
	};

	buf_str(out, c->id);
	for (size_t i = 0; i < FIELDS; i++) {
		buf_byte(out, ' ');
		buf_decimal(out, value[i]);
	}
	buf_byte(out, '\n');
	BUG_IF(out->failed);
}

static enum err write_lines(int fd, const struct inbox_conversation *list, size_t count)
{
	static uint8_t storage[BLOCK];
	struct buf out = buf_over(storage, sizeof storage);
	enum err e = ERR_OK;

	buf_str(&out, FIRST_LINE "\n");
	for (size_t i = 0; i < count && e == ERR_OK; i++) {
		if (out.cap - out.len < LINE_MAX_LEN) {
			e = fd_write_all(fd, buf_view(&out), DEADLINE_NONE);
			out.len = 0;
		}
		if (list[i].stamp != 0)
			put_line(&out, &list[i]);
	}
	return e == ERR_OK ? fd_write_all(fd, buf_view(&out), DEADLINE_NONE) : e;
}

void index_write(const struct folder *box, const struct inbox_conversation *list, size_t count)
{
	char part[FOLDER_PATH_MAX], path[FOLDER_PATH_MAX];
	bool whole;
	int fd;

	folder_path(path, box, "index");
	folder_path(part, box, ".index.XXXXXX");
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		return;
	whole = write_lines(fd, list, count) == ERR_OK;
	if (close(fd) != 0 || !whole || rename(part, path) != 0)
		(void)unlink(part);
}
