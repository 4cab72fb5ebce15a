/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk keeps of its conversations, and tells a box that has forgotten them. */
#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "store/store.h"

/* What a restored conversation takes, at most: a head, a recipient and a history. */
#define RESTORED_COST (3u * DB_VALUE_MAX)
/* One in so many slots is for sources: desks can't restore into the last ones. */
#define SLOTS_KEPT_PART 16u

static enum err get(struct store *s, uint32_t slot, enum record_kind kind, struct bytes *plain)
{
	const struct slot *at = &s->vault.slots[slot];
	struct name name = name_record(at, kind, bytes_of(NULL, 0));

	return store_damaged(record_get(&s->db, &s->vault, &name, at->seal_key, plain));
}

static enum err put(struct store *s, uint32_t slot, enum record_kind kind, struct bytes plain)
{
	const struct slot *at = &s->vault.slots[slot];
	struct name name = name_record(at, kind, bytes_of(NULL, 0));

	return record_put(&s->db, &s->vault, &name, at->seal_key, plain);
}

enum err store_recipient_get(struct store *s, uint32_t slot, uint8_t out[static LIMIT_RECIPIENT_TEXT], size_t *n)
{
	struct bytes plain;
	enum err e;

	TRY(get(s, slot, RECORD_RECIPIENT, &plain));
	if (plain.n > LIMIT_RECIPIENT_TEXT)
		TRY(store_damaged(ERR_FORMAT));
	memcpy(out, plain.p, plain.n);
	*n = plain.n;
out:
	return e;
}

enum err store_history_get(struct store *s, uint32_t slot, struct history *h)
{
	struct bytes plain;
	enum err e;

	TRY(get(s, slot, RECORD_HISTORY, &plain));
	TRY(store_damaged(history_get(plain, h)));
out:
	return e;
}

static enum err history_write(struct store *s, uint32_t slot, const struct history *h)
{
	uint8_t storage[3 + 5 * LIMIT_HISTORY];
	struct buf plain = buf_over(storage, sizeof storage);

	history_put(&plain, h);
	BUG_IF(plain.failed);
	return put(s, slot, RECORD_HISTORY, buf_view(&plain));
}

/* ---- telling the desk */

enum err store_open_next(struct store *s, uint32_t desk, uint64_t since, uint32_t after, struct store_found *out)
{
	for (uint32_t i = after; ++i != 0 && i < s->vault.fixed->header.high;) {
		const struct known *k = &s->known[i];
		if ((k->desks & desk) == 0 || k->change <= since)
			continue;
		*out = (struct store_found){.change = k->change, .slot = i};
		memcpy(out->id, s->vault.slots[i].id, CONVERSATION_ID_LEN);
		return ERR_OK;
	}
	return ERR_END;
}

/* The youngest of history and of what came since. */
static enum err gather_messages(struct store *s, uint32_t slot, const struct head *h, struct state *out)
{
	uint32_t skip = h->history + bit_count(h->messages);
	struct history before = {.count = 0};
	struct entry x = {0};
	enum err e = ERR_OK;

	skip = skip > LIMIT_HISTORY ? skip - LIMIT_HISTORY : 0;
	if (h->history > 0)
		TRY(store_history_get(s, slot, &before));
	for (uint8_t i = 0; i < before.count; i++)
		if (skip > 0)
			skip--;
		else
			out->messages[out->message_count++] = before.messages[i];
	for (uint16_t n = bit_next(h->messages, 0); n != 0; n = bit_next(h->messages, n)) {
		if (skip > 0) {
			skip--;
			continue;
		}
		TRY(store_entry_get(s, slot, RECORD_MESSAGE, n, &x));
		out->messages[out->message_count++] =
		    (struct state_message){.day = x.day, .receipt = store_receipt(h, &x, n)};
	}
out:
	SECRET_WIPE(x);
	return e;
}

static enum err gather_replies(struct store *s, uint32_t slot, const struct head *h, struct buf *names,
			       struct state *out)
{
	uint32_t skip = bit_count(h->replies);
	struct entry x = {0};
	enum err e = ERR_OK;

	skip = skip > LIMIT_STATE_REPLIES ? skip - LIMIT_STATE_REPLIES : 0;
	for (uint16_t n = bit_next(h->replies, 0); n != 0; n = bit_next(h->replies, n)) {
		if (skip > 0) {
			skip--;
			continue;
		}
		TRY(store_entry_get(s, slot, RECORD_REPLY, n, &x));
		out->replies[out->reply_count++] = bytes_of(names->p + names->len, x.name_len);
		buf_put(names, bytes_of(x.name, x.name_len));
	}
out:
	SECRET_WIPE(x);
	return e;
}

enum err store_state_get(struct store *s, uint32_t slot, uint32_t desk, struct buf *out)
{
	uint8_t recipient[LIMIT_RECIPIENT_TEXT];
	uint8_t storage[LIMIT_STATE_REPLIES * LIMIT_REPLY_NAME];
	struct buf names = buf_over(storage, sizeof storage);
	struct state state = {.day = clock_day()};
	struct head h;
	enum err e;

	TRY(store_damaged(store_head_get(s, slot, &h)));
	memcpy(state.proof_hash, h.proof_hash, sizeof state.proof_hash);
	state.word = h.word;
	state.last = h.last_message;
	state.muted = (h.muted & desk) != 0;
	TRY(store_recipient_get(s, slot, recipient, &state.recipient.n));
	state.recipient.p = recipient;
	TRY(gather_messages(s, slot, &h, &state));
	TRY(gather_replies(s, slot, &h, &names, &state));
	state_put(out, &state);
	BUG_IF(out->failed || names.failed);
out:
	return e;
}

/* ---- told by the desk */

/* What the desk could not have collected before it has now: it restores no more than that. */
static struct history history_of(const struct state *state)
{
	struct history h = {.last = state->last, .count = state->message_count};

	memcpy(h.messages, state->messages, sizeof h.messages);
	for (size_t i = 0; i < h.count; i++)
		if (h.messages[i].receipt == RECEIPT_STORED)
			h.messages[i].receipt = RECEIPT_COLLECTED;
	return h;
}

/* In a transaction. Of two desks the one whose copy is younger is believed. */
static enum err join_history(struct store *s, uint32_t slot, struct head *h, const struct state *state)
{
	struct history told = history_of(state);
	struct history here = {.last = 0};
	enum err e = ERR_OK;

	if (told.count == 0)
		goto out;
	if (h->history > 0)
		TRY(store_history_get(s, slot, &here));
	if (h->history > 0 && told.last <= here.last)
		goto out;
	TRY(history_write(s, slot, &told));
	h->history = told.count;
out:
	return e;
}

static enum err write_restored(struct store *s, uint32_t slot, uint32_t desk, struct head *h, const struct state *state)
{
	enum err e;

	TRY(store_begin(s));
	TRY(join_history(s, slot, h, state));
	h->desks |= desk;
	if (state->muted)
		h->muted |= desk;
	if (h->word == 0)
		h->word = state->word;
	if (h->last_message < state->last)
		h->last_message = state->last;
	if (h->restored == 0 || state->day < h->restored_day)
		h->restored_day = state->day;
	h->restored |= desk;
	TRY(store_head_put(s, slot, h));
out:
	return e;
}

static enum err restore_new(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN], uint32_t desk,
			    const struct state *state)
{
	struct head h = {0};
	uint32_t slot;
	enum err e;

	if (s->vault.slot_count - s->vault.used <= s->vault.slot_count / SLOTS_KEPT_PART)
		return ERR_FULL;
	e = vault_claim(&s->vault, id, &slot);
	if (e != ERR_OK)
		return e;
	memcpy(h.proof_hash, state->proof_hash, sizeof h.proof_hash);
	TRY(write_restored(s, slot, desk, &h, state));
	TRY(put(s, slot, RECORD_RECIPIENT, state->recipient));
	TRY(store_commit(s));
	s->conversations++;
out:
	if (e != ERR_OK) {
		store_abort(s);
		store_erase(s, slot);
	}
	return e;
}

static enum err restore_here(struct store *s, uint32_t slot, uint32_t desk, const struct state *state)
{
	struct bytes recipient;
	struct head h;
	enum err e;

	TRY(store_damaged(store_head_get(s, slot, &h)));
	if (!secret_equal(h.proof_hash, state->proof_hash, sizeof h.proof_hash))
		TRY(ERR_EXISTS);
	TRY(get(s, slot, RECORD_RECIPIENT, &recipient));
	if (!bytes_eq(recipient, state->recipient))
		TRY(ERR_EXISTS);
	if ((h.restored & desk) != 0)
		goto out;
	TRY(write_restored(s, slot, desk, &h, state));
	TRY(store_commit(s));
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

enum err store_restore(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN], uint32_t desk,
		       const struct state *state)
{
	uint32_t slot = vault_find(&s->vault, id);

	if (store_room(s, ROOM_DESK) < RESTORED_COST)
		return ERR_FULL;
	return slot == SLOT_NONE ? restore_new(s, id, desk, state) : restore_here(s, slot, desk, state);
}
