/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a source does with its conversation. */
#include <string.h>

#include "base/crypto.h"
#include "base/fd.h"
#include "base/secret.h"
#include "keeper/draft.h"

/* Gives the entry's files their numbers, from last + 1 on: the text one, each data and meta pair one. */
static enum err number_items(struct entry *x, uint16_t last, uint16_t *new_last)
{
	uint32_t items = 1u + (x->file_count - 1u) / 2u;

	if (last + items > LIMIT_MESSAGES)
		return ERR_FULL;
	for (uint8_t i = 0; i < x->file_count; i++)
		x->files[i].item = (uint16_t)(last + 1 + (i + 1) / 2);
	*new_last = (uint16_t)(last + items);
	return ERR_OK;
}

static uint32_t all_desks(const struct store *s)
{
	/* Without desks a message waits for one that is named later. */
	return s->desk_count == 0 ? 1u : (uint32_t)((1ull << s->desk_count) - 1);
}

/* In a transaction: the draft as the next message. */
static enum err put_message(struct store *s, uint32_t slot, struct head *h, uint32_t desks, struct draft *d,
			    struct queue_entry *q)
{
	struct entry x = {0};
	uint16_t number = (uint16_t)(h->last_message + 1u);
	uint64_t cost;
	enum err e;

	if (queue_full(&s->queue))
		TRY(ERR_FULL);
	TRY(draft_take(s, d, &x));
	cost = entry_cost(&x);
	if (h->bytes > s->quota_conversation || cost > s->quota_conversation - h->bytes)
		TRY(ERR_FULL);
	h->bytes += cost;
	TRY(number_items(&x, h->last_message, &h->last_message));
	desks &= all_desks(s);
	x.day = clock_day();
	x.desks = desks == 0 ? all_desks(s) : desks;
	x.pending = x.desks;
	x.cursor = vault_cursor(&s->vault);
	h->desks |= x.desks;
	h->waiting++;
	bit_set(h->messages, number);
	TRY(store_entry_put(s, slot, RECORD_MESSAGE, number, &x));
	TRY(store_head_put(s, slot, h));
	*q = (struct queue_entry){
	    .cursor = x.cursor,
	    .slot = slot,
	    .cost = (uint32_t)((cost + QUEUE_COST - 1) / QUEUE_COST),
	    .number = number,
	    .desks = (uint16_t)x.desks,
	    .pending = (uint16_t)x.pending,
	    .budget = budget_ticket(&s->budgets, d->budget),
	};
out:
	SECRET_WIPE(x);
	return e;
}

/* It is committed: what the draft's circuit was charged for the draft, it is charged for the message. */
static void message_sent(struct store *s, const struct queue_entry *q, struct draft *d)
{
	queue_push(&s->queue, q);
	draft_taken(s, d);
	if (d->budget != NULL)
		d->budget->bytes += (uint64_t)q->cost * QUEUE_COST;
}

static void bind(const struct store *s, uint32_t slot, struct conversation *c)
{
	c->slot = slot;
	memcpy(c->prefix, s->vault.slots[slot].prefix, PREFIX_LEN);
}

enum err store_create(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN],
		      const uint8_t proof_hash[static 32], uint32_t desks, struct bytes recipient, struct draft *d,
		      struct conversation *c)
{
	struct head h = {0};
	struct queue_entry q;
	struct name name;
	uint32_t slot;
	enum err e;

	if (vault_find(&s->vault, id) != SLOT_NONE)
		return ERR_EXISTS;
	if (d->budget != NULL &&
	    d->budget->made >= budget_share(s->vault.slot_count - s->vault.used, LIMIT_CIRCUIT_CONVERSATIONS))
		return ERR_FULL;
	e = vault_claim(&s->vault, id, &slot);
	if (e != ERR_OK)
		return e;
	memcpy(h.proof_hash, proof_hash, sizeof h.proof_hash);
	name = name_record(&s->vault.slots[slot], RECORD_RECIPIENT, bytes_of(NULL, 0));
	TRY(store_begin(s));
	TRY(record_put(&s->db, &s->vault, &name, s->vault.slots[slot].seal_key, recipient));
	TRY(put_message(s, slot, &h, desks, d, &q));
	TRY(store_commit(s));
	message_sent(s, &q, d);
	if (d->budget != NULL)
		d->budget->made++;
	s->conversations++;
	bind(s, slot, c);
out:
	if (e != ERR_OK) {
		store_abort(s);
		vault_erase(&s->vault, slot);
	}
	return e;
}

enum err store_submit(struct store *s, const struct conversation *c, uint32_t desks, struct draft *d)
{
	struct head h;
	struct queue_entry q;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	TRY(store_begin(s));
	TRY(put_message(s, c->slot, &h, desks, d, &q));
	TRY(store_commit(s));
	message_sent(s, &q, d);
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

enum err store_quota_left(struct store *s, const struct conversation *c, uint64_t *bytes)
{
	struct head h;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	*bytes = h.bytes < s->quota_conversation ? s->quota_conversation - h.bytes : 0;
out:
	return e;
}

enum err store_auth(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN], const uint8_t proof[static 32],
		    struct conversation *c)
{
	uint32_t found = vault_find(&s->vault, id);
	uint32_t slot = found != SLOT_NONE ? found : SLOT_DECOY;
	uint8_t hash[32];
	struct head h;
	bool same;
	enum err e;

	/* The same steps for the decoy as for a conversation. */
	TRY(store_damaged(store_head_get(s, slot, &h)));
	sha256(bytes_of(proof, 32), hash);
	same = secret_equal(hash, h.proof_hash, sizeof hash);
	if (!same || found == SLOT_NONE)
		TRY(ERR_AUTH);
	bind(s, slot, c);
out:
	return e;
}

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
	bind(s, slot, c);
out:
	return e;
}

enum err store_message_next(struct store *s, const struct conversation *c, uint16_t after, struct store_message *out)
{
	struct entry x = {0};
	struct head h;
	uint16_t number;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	number = bit_next(h.messages, after);
	if (number == 0)
		TRY(ERR_END);
	TRY(store_entry_get(s, c->slot, RECORD_MESSAGE, number, &x));
	*out = (struct store_message){.number = number,
				      .day = x.day,
				      .receipt = x.pending != 0        ? RECEIPT_STORED
						 : number > h.answered ? RECEIPT_COLLECTED
								       : RECEIPT_ANSWERED};
out:
	SECRET_WIPE(x);
	return e;
}

/* The entry's first attachment with a number > after, or NULL. */
static const struct entry_file *attachment_after(const struct entry *x, uint16_t after)
{
	for (uint8_t i = 0; i < x->file_count; i++)
		if (x->files[i].kind == FILE_DATA && x->files[i].item > after)
			return &x->files[i];
	return NULL;
}

enum err store_reply_next(struct store *s, const struct conversation *c, uint16_t after, struct store_reply *out)
{
	const struct entry_file *f = NULL;
	struct entry x = {0};
	struct head h;
	uint16_t number;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	number = bit_before(h.replies, after);
	if (number != 0) {
		TRY(store_entry_get(s, c->slot, RECORD_REPLY, number, &x));
		f = attachment_after(&x, after);
	}
	if (f == NULL) {
		number = bit_next(h.replies, after);
		if (number == 0)
			TRY(ERR_END);
		TRY(store_entry_get(s, c->slot, RECORD_REPLY, number, &x));
		f = &x.files[0];
	}
	*out = (struct store_reply){.number = f->item, .day = x.day, .kind = f->kind, .size = f->ref.size};
out:
	SECRET_WIPE(x);
	return e;
}

enum err store_visit_word(struct store *s, const struct conversation *c, uint16_t word, uint16_t *before)
{
	struct head h;
	uint16_t last;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	last = h.word;
	h.word = word;
	TRY(store_begin(s));
	TRY(store_head_put(s, c->slot, &h));
	TRY(store_commit(s));
	*before = last;
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

enum err store_file_find(struct store *s, const struct conversation *c, enum record_kind kind, uint16_t number,
			 uint8_t file_kind, uint32_t desk, struct file_ref *ref, uint8_t key[static 32])
{
	const struct entry_file *f;
	struct entry x = {0};
	struct head h;
	uint16_t own;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	/* An attachment has a number of its own, past its text's. */
	own = bit_before(kind == RECORD_REPLY ? h.replies : h.messages, number);
	if (own == 0)
		TRY(ERR_NOT_FOUND);
	TRY(store_entry_get(s, c->slot, kind, own, &x));
	f = entry_find(&x, number, file_kind);
	if (f == NULL || (kind == RECORD_MESSAGE && (x.desks & desk) == 0))
		TRY(ERR_NOT_FOUND);
	*ref = f->ref;
	memcpy(key, x.key, 32);
out:
	SECRET_WIPE(x);
	return e;
}

/* ---- replies arrive and go */

/* A reply has come: what every desk has by now is answered. At most as many messages are looked at as wait. */
static enum err mark_answered(struct store *s, const struct conversation *c, struct head *h)
{
	uint16_t number = bit_before(h->messages, h->last_message);

	while (number > h->answered) {
		struct entry x = {0};
		enum err e = store_entry_get(s, c->slot, RECORD_MESSAGE, number, &x);
		bool collected = x.pending == 0;
		SECRET_WIPE(x);
		if (e != ERR_OK)
			return e;
		if (collected)
			h->answered = number;
		number = bit_before(h->messages, (uint16_t)(number - 1u));
	}
	return ERR_OK;
}

enum err store_reply_put(struct store *s, const struct conversation *c, struct bytes name, struct draft *d)
{
	struct entry x = {0};
	struct entry old = {0};
	struct head h;
	struct bytes plain;
	struct name by_name;
	uint16_t number = 0;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	by_name = name_record(&s->vault.slots[c->slot], RECORD_REPLY_NAME, name);
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	e = record_get(&s->db, &s->vault, &by_name, s->vault.slots[c->slot].seal_key, &plain);
	if (e == ERR_OK && plain.n == 2)
		number = (uint16_t)(plain.p[0] | plain.p[1] << 8);
	else if (e != ERR_NOT_FOUND)
		TRY(store_damaged(e));
	TRY(store_begin(s));
	TRY(draft_take(s, d, &x));
	if (number != 0) {
		uint16_t end;
		TRY(store_entry_get(s, c->slot, RECORD_REPLY, number, &old));
		TRY(store_files_delete(s, &old));
		h.bytes -= entry_cost(&old);
		if (old.file_count == x.file_count) {
			TRY(number_items(&x, (uint16_t)(number - 1u), &end));
		} else {
			struct name gone = name_numbered(&s->vault.slots[c->slot], RECORD_REPLY, number);
			TRY(db_delete(&s->db, name_view(&gone)));
			bit_clear(h.replies, number);
			number = 0;
		}
	}
	if (number == 0) {
		number = (uint16_t)(h.last_reply + 1u);
		TRY(number_items(&x, h.last_reply, &h.last_reply));
	}
	bit_set(h.replies, number);
	TRY(mark_answered(s, c, &h));
	h.bytes += entry_cost(&x);
	x.day = clock_day();
	x.name_len = (uint8_t)name.n;
	memcpy(x.name, name.p, name.n);
	TRY(store_entry_put(s, c->slot, RECORD_REPLY, number, &x));
	TRY(record_put(&s->db, &s->vault, &by_name, s->vault.slots[c->slot].seal_key,
		       bytes_of((const uint8_t[]){(uint8_t)number, (uint8_t)(number >> 8)}, 2)));
	TRY(store_head_put(s, c->slot, &h));
	TRY(store_commit(s));
	draft_taken(s, d);
	s->changes++;
	s->replies += old.file_count == 0 ? 1 : 0;
out:
	if (e != ERR_OK)
		store_abort(s);
	SECRET_WIPE(x);
	SECRET_WIPE(old);
	return e;
}

enum err store_reply_delete(struct store *s, const struct conversation *c, uint16_t number)
{
	const struct slot *slot = &s->vault.slots[c->slot];
	struct entry x = {0};
	struct head h;
	struct name by_number, by_name;
	enum err e;

	if (!store_alive(s, c))
		return ERR_NOT_FOUND;
	TRY(store_damaged(store_head_get(s, c->slot, &h)));
	if (!bit_test(h.replies, number))
		TRY(ERR_NOT_FOUND);
	TRY(store_entry_get(s, c->slot, RECORD_REPLY, number, &x));
	by_number = name_numbered(slot, RECORD_REPLY, number);
	by_name = name_record(slot, RECORD_REPLY_NAME, bytes_of(x.name, x.name_len));
	TRY(store_begin(s));
	TRY(store_files_delete(s, &x));
	TRY(db_delete(&s->db, name_view(&by_number)));
	TRY(db_delete(&s->db, name_view(&by_name)));
	bit_clear(h.replies, number);
	h.bytes -= entry_cost(&x);
	TRY(store_head_put(s, c->slot, &h));
	TRY(store_commit(s));
	s->changes++;
	s->replies--;
out:
	if (e != ERR_OK)
		store_abort(s);
	SECRET_WIPE(x);
	return e;
}
