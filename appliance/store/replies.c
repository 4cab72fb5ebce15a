/* SPDX-License-Identifier: GPL-3.0-or-later
 * Replies: a desk puts them, their source reads and deletes them. */
#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "store/draft.h"

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

	TRY(store_head_of(s, c, &h));
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

/* A reply has come: what every desk has by now is answered. At most as many messages are looked at as wait. */
static enum err mark_answered(struct store *s, const struct conversation *c, struct head *h)
{
	uint16_t number = bit_before(h->messages, h->last_message);

	while (number > h->answered) {
		struct entry x = {0};
		enum err e = store_entry_get(s, c->slot, RECORD_MESSAGE, number, &x);
		bool collected = entry_collected(&x);
		SECRET_WIPE(x);
		if (e != ERR_OK)
			return e;
		if (collected)
			h->answered = number;
		number = bit_before(h->messages, (uint16_t)(number - 1u));
	}
	return ERR_OK;
}

/* The number of the reply of that name, 0 if there is none. */
static enum err find_reply(struct store *s, const struct conversation *c, const struct name *by_name, uint16_t *number)
{
	struct bytes plain;
	enum err e = record_get(&s->db, &s->vault, by_name, s->vault.slots[c->slot].seal_key, &plain);

	*number = 0;
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK && plain.n != 2)
		e = ERR_FORMAT;
	if (e == ERR_OK)
		*number = (uint16_t)(plain.p[0] | plain.p[1] << 8);
	return store_damaged(e);
}

/* In a transaction: the reply `number` goes. The new one takes its numbers if it has as many items: else *number is 0.
 */
static enum err make_way(struct store *s, const struct conversation *c, struct head *h, struct entry *x,
			 uint16_t *number)
{
	struct name gone = name_numbered(&s->vault.slots[c->slot], RECORD_REPLY, *number);
	struct entry old = {0};
	uint16_t end;
	enum err e;

	TRY(store_entry_get(s, c->slot, RECORD_REPLY, *number, &old));
	TRY(store_files_delete(s, &old));
	h->bytes -= entry_cost(&old);
	if (old.file_count == x->file_count) {
		TRY(entry_number(x, (uint16_t)(*number - 1u), &end));
	} else {
		TRY(db_delete(&s->db, name_view(&gone)));
		bit_clear(h->replies, *number);
		*number = 0;
	}
out:
	SECRET_WIPE(old);
	return e;
}

enum err store_reply_put(struct store *s, const struct conversation *c, struct bytes name, struct draft *d)
{
	struct entry x = {0};
	struct head h;
	struct name by_name;
	uint16_t number;
	bool is_new;
	enum err e;

	TRY(store_head_of(s, c, &h));
	by_name = name_record(&s->vault.slots[c->slot], RECORD_REPLY_NAME, name);
	TRY(find_reply(s, c, &by_name, &number));
	is_new = number == 0;
	TRY(store_begin(s));
	/* A start opens the messages that wait, but no replies: those have their places in records. */
	TRY(draft_take(s, d, false, &x));
	if (number != 0)
		TRY(make_way(s, c, &h, &x, &number));
	if (number == 0) {
		number = (uint16_t)(h.last_reply + 1u);
		TRY(entry_number(&x, h.last_reply, &h.last_reply));
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
	s->replies += is_new;
out:
	if (e != ERR_OK)
		store_abort(s);
	SECRET_WIPE(x);
	return e;
}

enum err store_reply_delete(struct store *s, const struct conversation *c, uint16_t number)
{
	const struct slot *slot = &s->vault.slots[c->slot];
	struct entry x = {0};
	struct head h;
	struct name by_number, by_name;
	enum err e;

	TRY(store_head_of(s, c, &h));
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
