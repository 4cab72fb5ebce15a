/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a source does with its conversation. */
#include <string.h>

#include "crypto/crypto.h"
#include "base/fd.h"
#include "base/secret.h"
#include "store/draft.h"

/* 0: none that is not revoked. */
static uint32_t for_whom(const struct store *s, uint32_t desks)
{
	desks &= store_desks(s);
	return (desks == 0 ? store_desks(s) : desks) & s->live;
}

/* In a transaction: the draft as the next message. */
static enum err put_message(struct store *s, uint32_t slot, struct head *h, uint32_t desks, struct draft *d,
			    struct queue_entry *q)
{
	struct entry x = {0};
	uint16_t number = (uint16_t)(h->last_message + 1u);
	uint64_t cost;
	enum err e;

	desks = for_whom(s, desks);
	if (desks == 0)
		TRY(ERR_CLOSED);
	if (queue_full(&s->queue))
		TRY(ERR_FULL);
	TRY(draft_take(s, d, true, &x));
	cost = entry_cost(&x);
	if (h->bytes > s->quota_conversation || cost > s->quota_conversation - h->bytes)
		TRY(ERR_FULL);
	h->bytes += cost;
	TRY(entry_number(&x, h->last_message, &h->last_message));
	x.day = clock_day();
	x.desks = x.pending = desks;
	x.cursor = vault_cursor(&s->vault);
	h->desks |= x.desks;
	x.dropped = (x.desks & ~h->muted) == 0;
	if (x.dropped)
		TRY(store_files_delete(s, &x));
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
	store_bind(s, slot, c);
out:
	if (e != ERR_OK) {
		store_abort(s);
		store_erase(s, slot);
	}
	return e;
}

enum err store_submit(struct store *s, const struct conversation *c, uint32_t desks, struct draft *d)
{
	struct head h;
	struct queue_entry q;
	enum err e;

	TRY(store_head_of(s, c, &h));
	TRY(store_begin(s));
	TRY(put_message(s, c->slot, &h, desks, d, &q));
	TRY(store_commit(s));
	message_sent(s, &q, d);
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

enum err store_about(struct store *s, const struct conversation *c, struct store_about *out)
{
	struct head h;
	enum err e;

	TRY(store_head_of(s, c, &h));
	*out = (struct store_about){
	    .desks = h.desks & s->live, .restored = h.restored != 0, .restored_day = h.restored_day};
out:
	return e;
}

enum err store_quota_left(struct store *s, const struct conversation *c, uint64_t *bytes)
{
	struct head h;
	enum err e;

	TRY(store_head_of(s, c, &h));
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
	store_bind(s, slot, c);
out:
	return e;
}

static enum err message_before(struct store *s, const struct conversation *c, uint16_t after, struct store_message *out)
{
	struct history all;
	enum err e;

	TRY(store_history_get(s, c->slot, &all));
	if (after >= all.count)
		TRY(store_damaged(ERR_FORMAT));
	*out = (struct store_message){
	    .number = (uint16_t)(after + 1u), .day = all.messages[after].day, .receipt = all.messages[after].receipt};
out:
	return e;
}

uint8_t store_receipt(const struct head *h, const struct entry *x, uint16_t number)
{
	if (!entry_collected(x))
		return RECEIPT_STORED;
	return number > h->answered ? RECEIPT_COLLECTED : RECEIPT_ANSWERED;
}

enum err store_message_next(struct store *s, const struct conversation *c, uint16_t after, struct store_message *out)
{
	struct entry x = {0};
	struct head h;
	uint16_t number;
	enum err e;

	TRY(store_head_of(s, c, &h));
	if (after < h.history)
		return message_before(s, c, after, out);
	number = bit_next(h.messages, (uint16_t)(after - h.history));
	if (number == 0)
		TRY(ERR_END);
	TRY(store_entry_get(s, c->slot, RECORD_MESSAGE, number, &x));
	*out = (struct store_message){
	    .number = (uint16_t)(h.history + number), .day = x.day, .receipt = store_receipt(&h, &x, number)};
out:
	SECRET_WIPE(x);
	return e;
}

enum err store_visit_word(struct store *s, const struct conversation *c, uint16_t word, uint16_t *before)
{
	struct head h;
	uint16_t last;
	enum err e;

	TRY(store_head_of(s, c, &h));
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

	TRY(store_head_of(s, c, &h));
	/* An attachment has a number of its own, past its text's. */
	own = bit_before(kind == RECORD_REPLY ? h.replies : h.messages, number);
	if (own == 0)
		TRY(ERR_NOT_FOUND);
	TRY(store_entry_get(s, c->slot, kind, own, &x));
	f = entry_find(&x, number, file_kind);
	if (f == NULL || x.dropped || (kind == RECORD_MESSAGE && (x.desks & desk) == 0))
		TRY(ERR_NOT_FOUND);
	*ref = f->ref;
	memcpy(key, x.key, 32);
out:
	SECRET_WIPE(x);
	return e;
}
