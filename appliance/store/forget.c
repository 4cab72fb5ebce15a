/* SPDX-License-Identifier: GPL-3.0-or-later
 * Forgetting: what is to go is marked and committed, then the keys are erased, then the sweep deletes the records.
 * Killed between the first two, the next keeper finds the mark and erases the keys before it sweeps. */
#include <string.h>

#include "base/secret.h"
#include "store/draft.h"

/* Of the conversation that is being forgotten: its messages that wait for a desk. */
static uint64_t cursors[LIMIT_MESSAGES];

static enum err mark_entries(struct store *s, uint32_t slot, enum record_kind kind, const uint8_t *bits, size_t *count)
{
	struct entry x = {0};
	enum err e = ERR_OK;

	for (uint16_t n = bit_next(bits, 0); n != 0; n = bit_next(bits, n)) {
		e = store_entry_get(s, slot, kind, n, &x);
		/* The files of a damaged record can't be found any more. That mustn't keep the rest. */
		if (e == ERR_IO)
			continue;
		TRY(e);
		TRY(store_files_mark(s, &x));
		if (kind == RECORD_MESSAGE && x.file_count != 0)
			cursors[(*count)++] = x.cursor;
	}
	e = ERR_OK;
out:
	SECRET_WIPE(x);
	return e;
}

static void drop_waiting(struct store *s, uint64_t cursor)
{
	size_t place = queue_find(&s->queue, cursor);

	if (place < s->queue.count)
		store_unqueue(s, place);
}

/* Its desks ask for a list of what is left when they see this. Said before it is committed: a keeper that is killed
 * between them has said it in vain, and not forgotten to. */
static void tell_desks(struct store *s, uint32_t desks)
{
	uint64_t stamp = vault_stamp(&s->vault);

	for (uint32_t i = 0; i < LIMIT_DESKS; i++)
		if ((desks & 1u << i) != 0)
			s->vault.fixed->desks[i].forgotten = stamp;
}

enum err store_forget(struct store *s, const struct conversation *c)
{
	struct name trash = name_conversation_trash(c->prefix);
	struct head h = {0};
	size_t count = 0;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	e = store_damaged(store_head_get(s, c->slot, &h));
	if (e != ERR_OK && e != ERR_IO)
		return e;
	tell_desks(s, e == ERR_OK ? h.desks : UINT32_MAX);
	TRY(store_begin(s));
	TRY(store_mark(s, &trash));
	TRY(mark_entries(s, c->slot, RECORD_MESSAGE, h.messages, &count));
	TRY(mark_entries(s, c->slot, RECORD_REPLY, h.replies, &count));
	TRY(store_commit(s));
	store_erase(s, c->slot);
	/* Keys of its files may stand in what was opened last. */
	secret_wipe(s->vault.fixed->work, VAULT_WORK_LEN);
	secret_wipe(s->vault.fixed->read_keys, sizeof s->vault.fixed->read_keys);
	for (size_t i = 0; i < count; i++)
		drop_waiting(s, cursors[i]);
	secret_wipe(cursors, count * sizeof cursors[0]);
	SECRET_WIPE(s->written);
	queue_tidy(&s->queue);
	s->changes++;
	s->trash = true;
	s->forgot = true;
	s->conversations--;
	s->replies -= bit_count(h.replies);
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

enum err store_message_forget(struct store *s, const struct conversation *c, uint16_t number, uint32_t desk)
{
	const struct slot *slot = &s->vault.slots[c->slot];
	struct name name;
	struct entry x = {0};
	struct head h;
	enum err e;

	TRY(store_head_of(s, c, &h));
	if (!bit_test(h.messages, number))
		TRY(ERR_NOT_FOUND);
	TRY(store_entry_get(s, c->slot, RECORD_MESSAGE, number, &x));
	if ((x.desks & desk) == 0)
		TRY(ERR_NOT_FOUND);
	name = name_numbered(slot, RECORD_MESSAGE, number);
	TRY(store_begin(s));
	TRY(store_files_delete(s, &x));
	TRY(db_delete(&s->db, name_view(&name)));
	bit_clear(h.messages, number);
	h.bytes -= entry_cost(&x);
	if (x.file_count != 0 && h.waiting > 0)
		h.waiting--;
	TRY(store_head_put(s, c->slot, &h));
	TRY(store_commit(s));
	if (x.file_count != 0)
		drop_waiting(s, x.cursor);
	queue_tidy(&s->queue);
	s->changes++;
out:
	if (e != ERR_OK)
		store_abort(s);
	SECRET_WIPE(x);
	return e;
}
