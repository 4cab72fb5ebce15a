/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a visit asks. */
#include "base/secret.h"
#include "store/kept.h"
#include "keeper/peer.h"
#include "link/wire.h"

static enum err handle_create(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_CREATE m;
	enum err result;
	enum err e;

	TRY(message_get_CREATE(fields, &m));
	if (!state_is_recipient(m.recipient) || !draft_is_message(&p->draft))
		TRY(ERR_PEER);
	result = peer_may_go_on(k, p);
	if (result == ERR_OK)
		result = store_create(&k->store, m.conversation, m.proof_hash, m.desks, m.recipient, &p->draft,
				      &p->conversation);
	if (result == ERR_OK) {
		p->state = STATE_OWNER;
		p->begun = false;
	}
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_submit(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_SUBMIT m;
	enum err result = peer_may_go_on(k, p);
	enum err e;

	TRY(message_get_SUBMIT(fields, &m));
	if (!draft_is_message(&p->draft))
		TRY(ERR_PEER);
	if (result == ERR_OK)
		result = store_submit(&k->store, &p->conversation, m.desks, &p->draft);
	if (result == ERR_OK)
		p->begun = false;
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_auth(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_AUTH m;
	enum err result;
	enum err e;

	TRY(message_get_AUTH(fields, &m));
	result = store_auth(&k->store, m.conversation, m.proof, &p->conversation);
	/* Who fails is nobody's owner any more. */
	p->state = result == ERR_OK ? STATE_OWNER : STATE_OPEN;
	TRY(peer_answer_err(k, p, result));
out:
	SECRET_WIPE(m);
	k->proved = true;
	return e;
}

static enum err handle_session_put(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_SESSION_PUT m;
	enum err e = message_get_SESSION_PUT(fields, &m);

	return e == ERR_OK ? peer_answer_err(k, p, store_session_put(&k->store, m.name, m.blob, p->budget, clock_ms()))
			   : e;
}

static enum err handle_session_get(struct keeper *k, struct peer *p, struct bytes fields)
{
	uint8_t storage[LIMIT_SESSION_BLOB];
	struct buf blob = buf_over(storage, sizeof storage);
	struct buf record = peer_answer_begin(k);
	struct message_SESSION_GET m;
	enum err result;
	enum err e;

	TRY(message_get_SESSION_GET(fields, &m));
	result = store_session_get(&k->store, m.name, clock_ms(), &blob);
	if (result == ERR_OK)
		message_put_SESSION(&record, &(struct message_SESSION){.blob = buf_view(&blob)});
	TRY(peer_answer_with(k, p, result, &record));
out:
	return e;
}

static enum err handle_session_drop(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_SESSION_DROP m;
	enum err e = message_get_SESSION_DROP(fields, &m);

	return e == ERR_OK ? peer_answer_err(k, p, store_session_drop(&k->store, m.name)) : e;
}

static enum err handle_message_next(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_MESSAGE_NEXT m;
	struct store_message found;
	enum err result;
	enum err e;

	TRY(message_get_MESSAGE_NEXT(fields, &m));
	result = store_message_next(&k->store, &p->conversation, m.after, &found);
	if (result == ERR_OK)
		message_put_MESSAGE_ENTRY(&record, &(struct message_MESSAGE_ENTRY){.number = found.number,
										   .day = found.day,
										   .receipt = found.receipt});
	TRY(peer_answer_with(k, p, result, &record));
out:
	return e;
}

static enum err handle_reply_next(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_REPLY_NEXT m;
	struct store_reply found;
	enum err result;
	enum err e;

	TRY(message_get_REPLY_NEXT(fields, &m));
	result = store_reply_next(&k->store, &p->conversation, m.after, &found);
	if (result == ERR_OK)
		message_put_REPLY_ENTRY(
		    &record, &(struct message_REPLY_ENTRY){
				 .number = found.number, .day = found.day, .kind = found.kind, .size = found.size});
	TRY(peer_answer_with(k, p, result, &record));
out:
	return e;
}

static enum err handle_reply_read(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_REPLY_READ m;
	enum err e;

	TRY(message_get_REPLY_READ(fields, &m));
	if (m.kind >= FILE_KIND_COUNT)
		TRY(ERR_PEER);
	TRY(peer_answer_file(k, p, &p->conversation, RECORD_REPLY, m.number, m.kind, m.offset));
out:
	return e;
}

static enum err handle_reply_delete(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_REPLY_DELETE m;
	enum err e = message_get_REPLY_DELETE(fields, &m);

	return e == ERR_OK ? peer_answer_err(k, p, store_reply_delete(&k->store, &p->conversation, m.number)) : e;
}

static enum err handle_visit_word(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_VISIT_WORD m;
	uint16_t before;
	enum err result;
	enum err e;

	TRY(message_get_VISIT_WORD(fields, &m));
	result = store_visit_word(&k->store, &p->conversation, m.word, &before);
	if (result == ERR_OK)
		message_put_VISIT_WORD_IS(&record, &(struct message_VISIT_WORD_IS){.word = before});
	TRY(peer_answer_with(k, p, result, &record));
out:
	return e;
}

static enum err handle_conversation_delete(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_CONVERSATION_DELETE m;
	enum err result;
	enum err e;

	TRY(message_get_CONVERSATION_DELETE(fields, &m));
	result = store_forget(&k->store, &p->conversation);
	if (result == ERR_OK || result == ERR_NOT_FOUND)
		p->state = STATE_OPEN;
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_draft_open(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_DRAFT_OPEN m;
	enum err result;
	enum err e;

	TRY(message_get_DRAFT_OPEN(fields, &m));
	result = kept_open(&k->store, &p->draft, m.name, clock_ms());
	p->begun = p->begun || (result == ERR_OK && p->draft.count > 0);
	TRY(peer_answer_err(k, p, result));
out:
	return e;
}

static enum err handle_draft_note(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_DRAFT_NOTE m;
	enum err e = message_get_DRAFT_NOTE(fields, &m);

	return e == ERR_OK ? peer_answer_err(k, p, kept_note(&k->store, &p->draft, m.note)) : e;
}

static enum err handle_draft_get(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_DRAFT_GET m;
	enum { NOTE_AT = 2 + 1 + 4 }; /* after the number, the files and the length */
	uint8_t files = 0;
	enum err result;
	size_t n;
	enum err e;

	TRY(message_get_DRAFT_GET(fields, &m));
	for (size_t i = 0; i < p->draft.count; i++)
		files = (uint8_t)(files + (p->draft.files[i].kind == FILE_META));
	result = kept_note_get(&k->store, &p->draft, k->out + NOTE_AT, &n);
	if (result != ERR_OK)
		return peer_answer_err(k, p, result);
	wire_put_u16(&record, MESSAGE_DRAFT_IS);
	wire_put_u8(&record, files);
	wire_put_u32(&record, (uint32_t)n);
	record.len += n;
	TRY(peer_answer(p, &record));
out:
	return e;
}

static enum err handle_conversation_get(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_CONVERSATION_GET m;
	struct store_about about;
	enum err result;
	enum err e;

	TRY(message_get_CONVERSATION_GET(fields, &m));
	result = store_about(&k->store, &p->conversation, &about);
	if (result == ERR_OK)
		message_put_CONVERSATION_IS(
		    &record, &(struct message_CONVERSATION_IS){
				 .desks = about.desks, .restored = about.restored, .restored_day = about.restored_day});
	TRY(peer_answer_with(k, p, result, &record));
out:
	return e;
}

static enum err handle_desks_get(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct buf record = peer_answer_begin(k);
	struct message_DESKS_GET m;
	enum err e;

	TRY(message_get_DESKS_GET(fields, &m));
	message_put_DESKS_IS(
	    &record, &(struct message_DESKS_IS){.live = k->store.live, .closed = peer_may_go_on(k, p) == ERR_CLOSED});
	TRY(peer_answer(p, &record));
out:
	return e;
}

static enum err handle_turn(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_TURN m;
	enum err e;

	TRY(message_get_TURN(fields, &m));
	TRY(turn_ask(k, p, clock_ms()));
out:
	return e;
}

const struct handler handlers_of_visit[MESSAGE_COUNT] = {
    [MESSAGE_DRAFT_OPEN] = {handle_draft_open},
    [MESSAGE_DRAFT_NOTE] = {handle_draft_note},
    [MESSAGE_DRAFT_GET] = {handle_draft_get},
    [MESSAGE_TURN] = {handle_turn},
    [MESSAGE_CREATE] = {handle_create},
    [MESSAGE_SUBMIT] = {handle_submit},
    [MESSAGE_AUTH] = {handle_auth},
    [MESSAGE_CONVERSATION_GET] = {handle_conversation_get},
    [MESSAGE_DESKS_GET] = {handle_desks_get},
    [MESSAGE_SESSION_PUT] = {handle_session_put},
    [MESSAGE_SESSION_GET] = {handle_session_get},
    [MESSAGE_SESSION_DROP] = {handle_session_drop},
    [MESSAGE_MESSAGE_NEXT] = {handle_message_next},
    [MESSAGE_REPLY_NEXT] = {handle_reply_next},
    [MESSAGE_REPLY_READ] = {handle_reply_read},
    [MESSAGE_REPLY_DELETE] = {handle_reply_delete},
    [MESSAGE_VISIT_WORD] = {handle_visit_word},
    [MESSAGE_CONVERSATION_DELETE] = {handle_conversation_delete},
};
