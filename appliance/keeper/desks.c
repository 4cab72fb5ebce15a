/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk does: prove itself, collect, confirm. */
#include <string.h>

#include "base/crypto.h"
#include "base/fd.h"
#include "base/secret.h"
#include "keeper/draft.h"

/* Confirmations in one transaction: other peers wait meanwhile. */
#define COLLECTED_SLICE 128

_Static_assert(COLLECTED_SLICE *ENTRY_FILES * 5 < EXTENTS_FREED_MAX, "files of at most five chunks go at once");

enum err store_desk_auth(struct store *s, const uint8_t token[static 32], uint32_t *desk)
{
	uint32_t found = 0;
	uint8_t hash[32];

	sha256(bytes_of(token, 32), hash);
	for (uint32_t i = 0; i < s->desk_count; i++)
		found |= (uint32_t)secret_equal(hash, s->desk_tokens[i], sizeof hash) << i;
	if (found == 0)
		return ERR_AUTH;
	s->vault.fixed->header.desk_day = clock_day();
	/* Two desks with one token would be one desk. */
	*desk = found & -found;
	return ERR_OK;
}

static enum err read_recipient(struct store *s, uint32_t slot, struct store_collect *out)
{
	const struct slot *at = &s->vault.slots[slot];
	struct name name = name_record(at, RECORD_RECIPIENT, bytes_of(NULL, 0));
	struct bytes plain;
	enum err e;

	TRY(record_get(&s->db, &s->vault, &name, at->seal_key, &plain));
	if (plain.n > sizeof out->recipient)
		TRY(ERR_FORMAT);
	memcpy(out->recipient, plain.p, plain.n);
	out->recipient_len = plain.n;
out:
	return store_damaged(e);
}

static enum err read_waiting(struct store *s, const struct queue_entry *q, struct store_collect *out)
{
	struct entry x = {0};
	enum err e;

	TRY(store_entry_get(s, q->slot, RECORD_MESSAGE, q->number, &x));
	TRY(read_recipient(s, q->slot, out));
	out->cursor = q->cursor;
	memcpy(out->id, s->vault.slots[q->slot].id, CONVERSATION_ID_LEN);
	out->day = x.day;
	out->file_count = x.file_count;
	memcpy(out->files, x.files, sizeof out->files);
out:
	SECRET_WIPE(x);
	return e;
}

enum err store_collect_next(struct store *s, uint32_t desk, uint64_t after, struct store_collect *out)
{
	for (size_t i = queue_after(&s->queue, after); i < s->queue.count; i++) {
		const struct queue_entry *q = &s->queue.entries[i];
		enum err e;
		if (q->number == 0 || (q->desks & desk) == 0)
			continue;
		e = read_waiting(s, q, out);
		/* One that is damaged mustn't keep the rest. */
		if (e != ERR_IO || store_broken(s))
			return e;
	}
	return ERR_END;
}

/* In a transaction. */
static enum err confirm(struct store *s, const struct queue_entry *q, uint32_t desk)
{
	struct entry x = {0};
	struct head h;
	enum err e;

	TRY(store_entry_get(s, q->slot, RECORD_MESSAGE, q->number, &x));
	x.pending &= ~desk;
	if (x.pending == 0) {
		TRY(store_files_delete(s, &x));
		TRY(store_damaged(store_head_get(s, q->slot, &h)));
		h.bytes -= entry_cost(&x);
		x.file_count = 0;
		secret_wipe(x.key, sizeof x.key);
		if (h.waiting > 0)
			h.waiting--;
		TRY(store_head_put(s, q->slot, &h));
	}
	TRY(store_entry_put(s, q->slot, RECORD_MESSAGE, q->number, &x));
out:
	SECRET_WIPE(x);
	/* A damaged one was skipped when it was collected, and is here too. */
	return e == ERR_IO && !store_broken(s) ? ERR_OK : e;
}

enum err store_collected(struct store *s, uint32_t desk, uint64_t upto, uint64_t *at)
{
	size_t first = queue_after(&s->queue, *at);
	size_t end = first;
	int confirmed = 0;
	enum err e = ERR_OK;

	for (; end < s->queue.count && s->queue.entries[end].cursor <= upto && confirmed < COLLECTED_SLICE; end++) {
		const struct queue_entry *q = &s->queue.entries[end];
		if (q->number == 0 || (q->pending & desk) == 0)
			continue;
		TRY(store_begin(s));
		TRY(confirm(s, q, desk));
		confirmed++;
	}
	TRY(store_commit(s));
	*at = end < s->queue.count && s->queue.entries[end].cursor <= upto ? s->queue.entries[end].cursor - 1 : upto;
	for (size_t i = first; i < end; i++) {
		struct queue_entry *q = &s->queue.entries[i];
		if (q->number == 0 || (q->pending & desk) == 0)
			continue;
		q->pending &= (uint16_t)~desk;
		if (q->pending == 0)
			store_unqueue(s, i);
	}
	queue_tidy(&s->queue);
	s->changes++;
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}
