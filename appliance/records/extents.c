/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/extents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FREED_LEN (EXTENTS_FREED_MAX * sizeof(struct extent))

enum err extents_open(struct extents *x, const char *path, bool anew)
{
	struct stat st;
	void *p;

	memset(x, 0, sizeof *x);
	x->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (anew ? O_TRUNC : 0), 0600);
	if (x->fd < 0 || fstat(x->fd, &st) != 0)
		return ERR_IO;
	x->end = (uint64_t)st.st_size;
	x->begun = x->end;
	x->used = (uint64_t)st.st_blocks * 512;
	p = mmap(NULL, FREED_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return ERR_NO_MEMORY;
	x->freed = p;
	return ERR_OK;
}

void extents_close(struct extents *x)
{
	if (x->freed != NULL)
		munmap(x->freed, FREED_LEN);
	if (x->fd >= 0)
		close(x->fd);
	memset(x, 0, sizeof *x);
	x->fd = -1;
}

enum err extents_put(struct extents *x, struct bytes pages, struct extent *at)
{
	struct bytes rest = pages;
	uint64_t offset = x->end;

	BUG_IF(pages.n == 0 || pages.n % EXTENT_PAGE != 0);
	/* A part may have been written: that is this transaction's to give back, too. */
	x->end += pages.n;
	x->used += pages.n;
	while (rest.n > 0) {
		ssize_t n = pwrite(x->fd, rest.p, rest.n, (off_t)(offset + (pages.n - rest.n)));
		if (n > 0)
			rest = bytes_from(rest, (size_t)n);
		else if (n == 0 || errno != EINTR)
			return ERR_FULL;
	}
	*at = (struct extent){.offset = offset, .len = pages.n};
	return ERR_OK;
}

enum err extents_get(const struct extents *x, const struct extent *at, uint8_t *out)
{
	size_t done = 0;

	while (done < at->len) {
		ssize_t n = pread(x->fd, out + done, (size_t)at->len - done, (off_t)(at->offset + done));
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			return ERR_FORMAT;
		else if (errno != EINTR)
			return ERR_IO;
	}
	return ERR_OK;
}

void extents_free(struct extents *x, const struct extent *at)
{
	struct extent *last = x->freed_count == 0 ? NULL : &x->freed[x->freed_count - 1];

	/* Chunks of one file mostly lie one after the other. */
	if (last != NULL && last->offset + last->len == at->offset) {
		last->len += at->len;
		return;
	}
	BUG_IF(x->freed_count == EXTENTS_FREED_MAX);
	x->freed[x->freed_count++] = *at; /* NOLINT(clang-analyzer-core.NullDereference): extents_open() made room */
}

/* Memory of a hole is the kernel's again, wiped; a hole that can't be made costs room until the next keeper. */
static void give_back(struct extents *x, uint64_t offset, uint64_t len)
{
	if (fallocate(x->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len) == 0)
		x->used -= len < x->used ? len : x->used;
}

void extents_commit(struct extents *x)
{
	for (size_t i = 0; i < x->freed_count; i++)
		give_back(x, x->freed[i].offset, x->freed[i].len);
	x->freed_count = 0;
	x->begun = x->end;
}

void extents_abort(struct extents *x)
{
	x->freed_count = 0;
	if (x->end == x->begun)
		return;
	give_back(x, x->begun, x->end - x->begun);
	x->begun = x->end;
}

static int by_offset(const void *a, const void *b)
{
	const struct extent *x = a;
	const struct extent *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void extents_recover(struct extents *x, struct extent *named, size_t count)
{
	struct stat st;
	uint64_t at = 0;

	if (count > 0)
		qsort(named, count, sizeof *named, by_offset);
	for (size_t i = 0; i < count; i++) {
		if (named[i].offset > at)
			give_back(x, at, named[i].offset - at);
		if (named[i].offset + named[i].len > at)
			at = named[i].offset + named[i].len;
	}
	if (x->end > at)
		give_back(x, at, x->end - at);
	x->end = (x->end > at ? x->end : at) + EXTENT_PAGE - 1;
	x->end -= x->end % EXTENT_PAGE;
	x->begun = x->end;
	if (fstat(x->fd, &st) == 0)
		x->used = (uint64_t)st.st_blocks * 512;
}
