/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/queue.h"

#include <stdlib.h>
#include <sys/mman.h>

enum err queue_open(struct queue *q, size_t room)
{
	size_t n;
	void *p;

	if (__builtin_mul_overflow(room, sizeof *q->entries, &n))
		return ERR_TOO_BIG;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return ERR_NO_MEMORY;
	*q = (struct queue){.entries = p, .room = room};
	return ERR_OK;
}

void queue_close(struct queue *q)
{
	if (q->entries != NULL)
		munmap(q->entries, q->room * sizeof *q->entries);
	*q = (struct queue){0};
}

bool queue_full(const struct queue *q)
{
	return q->count == q->room;
}

void queue_push(struct queue *q, const struct queue_entry *entry)
{
	BUG_IF(queue_full(q) || entry->number == 0);
	q->entries[q->count++] = *entry;
}

static int by_cursor(const void *a, const void *b)
{
	const struct queue_entry *x = a;
	const struct queue_entry *y = b;

	return x->cursor < y->cursor ? -1 : x->cursor > y->cursor;
}

void queue_sort(struct queue *q)
{
	qsort(q->entries, q->count, sizeof *q->entries, by_cursor);
}

size_t queue_after(const struct queue *q, uint64_t after)
{
	size_t low = 0;
	size_t high = q->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (q->entries[mid].cursor <= after)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t queue_find(const struct queue *q, uint64_t cursor)
{
	size_t place = cursor == 0 ? q->count : queue_after(q, cursor - 1);

	if (place < q->count && q->entries[place].cursor == cursor && q->entries[place].number != 0)
		return place;
	return q->count;
}

void queue_drop(struct queue *q, size_t place)
{
	BUG_IF(place >= q->count || q->entries[place].number == 0);
	/* Its cursor keeps the order; of what it was nothing stays. */
	q->entries[place] = (struct queue_entry){.cursor = q->entries[place].cursor};
	q->gone++;
}

void queue_tidy(struct queue *q)
{
	size_t to = 0;

	if (q->gone < 64 || q->gone < q->count / 2)
		return;
	for (size_t from = 0; from < q->count; from++)
		if (q->entries[from].number != 0)
			q->entries[to++] = q->entries[from];
	q->count = to;
	q->gone = 0;
}
