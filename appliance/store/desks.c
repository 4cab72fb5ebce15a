/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk does: collect, confirm, forget, mute. */
#include <string.h>

#include "crypto/crypto.h"
#include "base/fd.h"
#include "base/secret.h"
#include "store/draft.h"

/* Confirmations in one transaction: other peers wait meanwhile. */
#define COLLECTED_SLICE HEADS_MAX

_Static_assert(COLLECTED_SLICE *ENTRY_FILES * 5 < EXTENTS_FREED_MAX, "files of at most five chunks go at once");

enum err store_desk_find(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN], uint32_t desk,
			 struct conversation *c)
{
	uint32_t slot = vault_find(&s->vault, id);
	struct head h;
	enum err e;

	if (slot == SLOT_NONE)
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, slot, &h)));
	if ((h.desks & desk) == 0)
		TRY(ERR_NOT_FOUND);
	store_bind(s, slot, c);
out:
	return e;
}

static enum err read_waiting(struct store *s, const struct queue_entry *q, struct store_collect *out)
{
	struct entry x = {0};
	enum err e;

	TRY(store_entry_get(s, q->slot, RECORD_MESSAGE, q->number, &x));
	if (x.dropped)
		TRY(ERR_NOT_FOUND);
	TRY(store_recipient_get(s, q->slot, out->recipient, &out->recipient_len));
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
		if (q->number == 0 || (q->desks & desk) == 0 || (s->known[q->slot].muted & desk) != 0)
			continue;
		e = read_waiting(s, q, out);
		/* One that is dropped, or damaged, mustn't keep the rest. */
		if (e != ERR_NOT_FOUND && (e != ERR_IO || store_broken(s)))
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
	if ((x.pending & s->live) == 0) {
		if (!x.dropped)
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

/* The desk, or nobody any more, waits for it. */
static bool concerns(const struct store *s, const struct queue_entry *q, uint32_t desk)
{
	return q->number != 0 && ((q->pending & desk) != 0 || (q->pending & s->live) == 0);
}

enum err store_collected(struct store *s, uint32_t desk, uint64_t upto, uint64_t *at)
{
	size_t first = queue_after(&s->queue, *at);
	size_t end = first;
	int confirmed = 0;
	enum err e = ERR_OK;

	for (; end < s->queue.count && s->queue.entries[end].cursor <= upto && confirmed < COLLECTED_SLICE; end++) {
		const struct queue_entry *q = &s->queue.entries[end];
		if (!concerns(s, q, desk))
			continue;
		TRY(store_begin(s));
		TRY(confirm(s, q, desk));
		confirmed++;
	}
	TRY(store_commit(s));
	*at = end < s->queue.count && s->queue.entries[end].cursor <= upto ? s->queue.entries[end].cursor - 1 : upto;
	for (size_t i = first; i < end; i++) {
		struct queue_entry *q = &s->queue.entries[i];
		if (!concerns(s, q, desk))
			continue;
		q->pending &= (uint16_t)~desk;
		if ((q->pending & s->live) == 0)
			store_unqueue(s, i);
	}
	queue_tidy(&s->queue);
	s->changes++;
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

void store_settle(struct store *s)
{
	uint64_t upto = s->vault.fixed->header.cursor;

	if (!s->settling)
		return;
	/* With no room even for this, the next one that confirms what lies there does it. */
	if (store_collected(s, 0, upto, &s->settled_at) != ERR_OK || s->settled_at >= upto)
		s->settling = false;
}

/* ---- muting */

/* In a transaction: no desk that is left wants the message's files. */
static enum err drop_unwanted(struct store *s, uint32_t slot, uint16_t number, uint32_t wanting)
{
	struct entry x = {0};
	enum err e;

	TRY(store_entry_get(s, slot, RECORD_MESSAGE, number, &x));
	if (x.file_count == 0 || x.dropped || (x.pending & wanting) != 0)
		goto out;
	TRY(store_files_mark(s, &x));
	x.dropped = true;
	TRY(store_entry_put(s, slot, RECORD_MESSAGE, number, &x));
out:
	SECRET_WIPE(x);
	/* One that is damaged stays as it is. */
	return e == ERR_IO && !store_broken(s) ? ERR_OK : e;
}

enum err store_mute(struct store *s, const struct conversation *c, uint32_t desk, bool on)
{
	struct head h;
	enum err e;

	TRY(store_head_of(s, c, &h));
	h.muted = on ? h.muted | desk : h.muted & ~desk;
	TRY(store_begin(s));
	for (uint16_t n = bit_next(h.messages, 0); on && n != 0; n = bit_next(h.messages, n))
		TRY(drop_unwanted(s, c->slot, n, s->live & ~h.muted));
	TRY(store_head_put(s, c->slot, &h));
	TRY(store_commit(s));
	s->changes++;
	s->trash = true;
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

/* ---- counts */

uint32_t store_waiting_here(const struct store *s, uint32_t desk)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->queue.count; i++) {
		const struct queue_entry *q = &s->queue.entries[i];
		if (q->number != 0 && (q->pending & desk) != 0 && (s->known[q->slot].muted & desk) == 0)
			n++;
	}
	return n;
}

uint32_t store_muted(const struct store *s, uint32_t desk)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->vault.fixed->header.high; i++)
		n += (s->known[i].muted & desk) != 0;
	return n;
}
