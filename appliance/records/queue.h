/* SPDX-License-Identifier: GPL-3.0-or-later
 * The messages that some desk has not confirmed, in the order of their cursors. In this process's memory only: a file
 * would show it. Made again from the records by each keeper. */
#ifndef RECORDS_QUEUE_H
#define RECORDS_QUEUE_H

#include "base/bytes.h"
#include "limits.h"

#define QUEUE_COST 512u

_Static_assert(LIMIT_DESKS <= 16, "desks as bits of 16");

struct queue_entry {
	uint64_t cursor;
	uint32_t slot;
	uint32_t cost;    /* QUEUE_COST bytes each: what its circuit is charged for it */
	uint16_t number;  /* of the message; 0: gone */
	uint16_t desks;   /* whom it is for, 1 << desk */
	uint16_t pending; /* who has not confirmed it */
	uint16_t budget;  /* ticket of the circuit that sent it */
};

struct queue {
	struct queue_entry *entries;
	size_t count; /* gone ones included */
	size_t gone;
	size_t room;
};

/* Reserves addresses for `room` entries; memory comes with use. ERR_NO_MEMORY. */
enum err queue_open(struct queue *q, size_t room) MUST_CHECK;
void queue_close(struct queue *q);
bool queue_full(const struct queue *q);
/* Must not be full; the cursor is greater than all before, or queue_sort() is called after the last. */
void queue_push(struct queue *q, const struct queue_entry *entry);
void queue_sort(struct queue *q);
/* The place of the first entry, gone or not, with a cursor > after: up to q->count. */
size_t queue_after(const struct queue *q, uint64_t after);
/* The place of a message's entry, or q->count. */
size_t queue_find(const struct queue *q, uint64_t cursor);
/* Places of others change only in queue_tidy(), which drops the entries that are gone when they are many. */
void queue_drop(struct queue *q, size_t place);
void queue_tidy(struct queue *q);

#endif
