/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a collect asks. */
#include "base/secret.h"
#include "keeper/peer.h"
#include "link/wire.h"

static enum err handle_desk_auth(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_DESK_AUTH m;
	enum err result;
	enum err e;

	TRY(message_get_DESK_AUTH(fields, &m));
	result = store_desk_auth(&k->store, m.token, &p->desk);
	if (result == ERR_OK) {
		p->state = STATE_DESK;
		p->draft.room = ROOM_DESK;
		k->desk_visits++;
	}
	TRY(peer_answer_err(k, p, result));
out:
	SECRET_WIPE(m);
	k->proved = true;
	return e;
}

static enum err handle_collect_next(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_COLLECT_NEXT m;
	struct message_COLLECT_ENTRY entry;
	struct store_collect found;
	uint8_t storage[ENTRY_FILES * 11];
	struct buf files = buf_over(storage, sizeof storage);
	enum err result;
	enum err e;

	TRY(message_get_COLLECT_NEXT(fields, &m));
	result = store_collect_next(&k->store, p->desk, m.after, &found);
	if (result != ERR_OK)
		return peer_answer_with(k, p, result, &record);
	for (size_t i = 0; i < found.file_count; i++) {
		wire_put_u8(&files, found.files[i].kind);
		wire_put_u16(&files, found.files[i].item);
		wire_put_u64(&files, found.files[i].ref.size);
	}
	entry = (struct message_COLLECT_ENTRY){
	    .cursor = found.cursor,
	    .day = found.day,
	    .recipient = bytes_of(found.recipient, found.recipient_len),
	    .files = buf_view(&files),
	};
	memcpy(entry.conversation, found.id, sizeof entry.conversation);
	message_put_COLLECT_ENTRY(&record, &entry);
	TRY(peer_answer(p, &record));
out:
	return e;
}

static enum err handle_message_read(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_MESSAGE_READ m;
	struct conversation c;
	enum err result;
	enum err e;

	TRY(message_get_MESSAGE_READ(fields, &m));
	if (m.kind >= FILE_KIND_COUNT)
		TRY(ERR_PEER);
	result = store_desk_find(&k->store, m.conversation, p->desk, &c);
	if (result != ERR_OK)
		return peer_answer_err(k, p, result);
	TRY(peer_answer_file(k, p, &c, RECORD_MESSAGE, m.number, m.kind, m.offset));
out:
	return e;
}

/* Worked off in slices, between which the other peers are served; answered by peer_collected(). */
static enum err handle_collected(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_COLLECTED m;
	enum err e;

	TRY(message_get_COLLECTED(fields, &m));
	/* No desk has what was never given out. */
	if (m.cursor > k->store.vault.fixed->header.cursor)
		return peer_answer_err(k, p, ERR_NOT_FOUND);
	p->collecting = true;
	p->collected_at = 0;
	p->collected_upto = m.cursor;
out:
	return e;
}

static enum err handle_reply_put(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_REPLY_PUT m;
	struct conversation c;
	enum err result;
	enum err e;

	TRY(message_get_REPLY_PUT(fields, &m));
	if (!state_is_reply_name(m.name) || !draft_is_message(&p->draft))
		TRY(ERR_PEER);
	result = store_desk_find(&k->store, m.conversation, p->desk, &c);
	if (result == ERR_OK)
		result = store_reply_put(&k->store, &c, m.name, &p->draft);
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_conversation_forget(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_CONVERSATION_FORGET m;
	struct conversation c;
	enum err result;
	enum err e;

	TRY(message_get_CONVERSATION_FORGET(fields, &m));
	result = store_desk_find(&k->store, m.conversation, p->desk, &c);
	if (result == ERR_OK)
		result = store_forget(&k->store, &c);
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_message_forget(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_MESSAGE_FORGET m;
	struct conversation c;
	enum err result;
	enum err e;

	TRY(message_get_MESSAGE_FORGET(fields, &m));
	result = store_desk_find(&k->store, m.conversation, p->desk, &c);
	if (result == ERR_OK)
		result = store_message_forget(&k->store, &c, m.number, p->desk);
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

/* ---- what a desk keeps */

static enum err handle_state_next(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	uint8_t storage[LIMIT_STATE];
	struct buf state = buf_over(storage, sizeof storage);
	struct message_STATE_NEXT m;
	struct message_STATE_ENTRY entry;
	struct store_found found = {.slot = 0};
	enum err result;
	enum err e;

	TRY(message_get_STATE_NEXT(fields, &m));
	found.slot = m.slot_after;
	do {
		result = store_open_next(&k->store, p->desk, m.since, found.slot, &found);
		if (result == ERR_OK)
			result = store_state_get(&k->store, found.slot, p->desk, &state);
		/* One that is damaged mustn't keep the rest. */
	} while (result == ERR_IO && !store_broken(&k->store));
	if (result == ERR_OK) {
		entry =
		    (struct message_STATE_ENTRY){.change = found.change, .slot = found.slot, .state = buf_view(&state)};
		memcpy(entry.conversation, found.id, sizeof entry.conversation);
		message_put_STATE_ENTRY(&record, &entry);
	}
	TRY(peer_answer_with(k, p, result, &record));
out:
	return e;
}

static enum err handle_open_next(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_OPEN_NEXT m;
	struct message_OPEN_ENTRY entry;
	struct store_found found;
	enum err result;
	enum err e;

	TRY(message_get_OPEN_NEXT(fields, &m));
	result = store_open_next(&k->store, p->desk, 0, m.slot_after, &found);
	if (result == ERR_OK) {
		entry.slot = found.slot;
		memcpy(entry.conversation, found.id, sizeof entry.conversation);
		message_put_OPEN_ENTRY(&record, &entry);
	}
	TRY(peer_answer_with(k, p, result, &record));
out:
	return e;
}

static enum err handle_changes_get(struct keeper *k, struct peer *p, struct bytes fields)
{
	const struct vault_fixed *v = k->store.vault.fixed;
	struct buf record = peer_answer_begin(k);
	struct message_CHANGES_GET m;
	enum err e;

	TRY(message_get_CHANGES_GET(fields, &m));
	message_put_CHANGES(&record, &(struct message_CHANGES){
					 .now = v->header.writes,
					 .last_forgotten = v->desks[__builtin_ctz(p->desk)].forgotten,
					 .cursor = v->header.cursor,
				     });
	TRY(peer_answer(p, &record));
out:
	return e;
}

static enum err handle_restore(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_RESTORE m;
	struct state state;
	enum err result;
	enum err e;

	TRY(message_get_RESTORE(fields, &m));
	result = state_get(m.state, &state);
	if (result == ERR_OK)
		result = store_restore(&k->store, m.conversation, p->desk, &state);
	else
		result = ERR_FORMAT;
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

/* ---- what a desk wants of the box */

static enum err handle_mute(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_MUTE m;
	struct conversation c;
	enum err result;
	enum err e;

	TRY(message_get_MUTE(fields, &m));
	if (m.on > 1)
		TRY(ERR_PEER);
	result = store_desk_find(&k->store, m.conversation, p->desk, &c);
	if (result == ERR_OK)
		result = store_mute(&k->store, &c, p->desk, m.on == 1);
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_drain(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_DRAIN m;
	enum err e;

	TRY(message_get_DRAIN(fields, &m));
	if (m.on > 1)
		TRY(ERR_PEER);
	k->store.vault.fixed->header.draining = m.on;
	TRY(peer_answer_err(k, p, ERR_OK));
out:
	return e;
}

static enum err handle_token_put(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_TOKEN_PUT m;
	enum err result;
	enum err e;

	TRY(message_get_TOKEN_PUT(fields, &m));
	result = store_token_put(&k->store, p->desk, m.hash);
	if (result == ERR_OK)
		peer_drop_others(k, p);
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_revoke(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_REVOKE m;
	enum err e;

	TRY(message_get_REVOKE(fields, &m));
	store_revoke(&k->store, p->desk);
	peer_drop_others(k, p);
	draft_drop(&k->store, &p->draft);
	p->draft.room = ROOM_SOURCE;
	p->state = STATE_OPEN;
	p->desk = 0;
	TRY(peer_answer_err(k, p, ERR_OK));
out:
	return e;
}

/* 1: while a source is in the middle of a form; 2: when none is. */
static uint8_t draining(const struct keeper *k)
{
	if (k->store.vault.fixed->header.draining == 0)
		return 0;
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++)
		if (k->peers[i].fd >= 0 && k->peers[i].kind == ROLE_VISIT && k->peers[i].begun)
			return 1;
	return 2;
}

static enum err handle_status(struct keeper *k, struct peer *p, struct bytes fields)
{
	const struct vault_header *h = &k->store.vault.fixed->header;
	struct buf record = peer_answer_begin(k);
	struct message_STATUS m;
	struct message_STATUS_IS is;
	enum err e;

	TRY(message_get_STATUS(fields, &m));
	is = (struct message_STATUS_IS){
	    .boot_day = h->boot_day,
	    .conversations = k->store.conversations,
	    .waiting = (uint32_t)(k->store.queue.count - k->store.queue.gone),
	    .replies = k->store.replies,
	    .used = store_used(&k->store),
	    .capacity = k->store.db.capacity,
	    .draining = draining(k),
	    .waiting_here = store_waiting_here(&k->store, p->desk),
	    .muted = store_muted(&k->store, p->desk),
	    .facts = bytes_of(k->facts, k->facts_len),
	};
	memcpy(is.boot_id, h->boot_id, sizeof is.boot_id);
	message_put_STATUS_IS(&record, &is);
	TRY(peer_answer(p, &record));
out:
	return e;
}

const struct handler handlers_of_collect[MESSAGE_COUNT] = {
    [MESSAGE_DESK_AUTH] = {handle_desk_auth},
    [MESSAGE_COLLECT_NEXT] = {handle_collect_next},
    [MESSAGE_MESSAGE_READ] = {handle_message_read},
    [MESSAGE_COLLECTED] = {handle_collected},
    [MESSAGE_REPLY_PUT] = {handle_reply_put},
    [MESSAGE_CONVERSATION_FORGET] = {handle_conversation_forget},
    [MESSAGE_MESSAGE_FORGET] = {handle_message_forget},
    [MESSAGE_STATE_NEXT] = {handle_state_next},
    [MESSAGE_OPEN_NEXT] = {handle_open_next},
    [MESSAGE_CHANGES_GET] = {handle_changes_get},
    [MESSAGE_RESTORE] = {handle_restore},
    [MESSAGE_MUTE] = {handle_mute},
    [MESSAGE_DRAIN] = {handle_drain},
    [MESSAGE_TOKEN_PUT] = {handle_token_put},
    [MESSAGE_REVOKE] = {handle_revoke},
    [MESSAGE_STATUS] = {handle_status},
};
