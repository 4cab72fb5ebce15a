/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/store.h"

#include <sys/socket.h>

#include "crypto/crypto.h"
#include "base/fd.h"
#include "base/secret.h"
#include "link/channel.h"

void visit_store_open(struct visit_store *s, int fd)
{
	s->fd = fd;
	s->gone = false;
}

static struct buf question(struct visit_store *s)
{
	return buf_over(s->question, sizeof s->question);
}

static enum err lost(struct visit_store *s)
{
	s->gone = true;
	return ERR_PEER;
}

static enum err tell(struct visit_store *s, const struct buf *record)
{
	if (s->gone)
		return ERR_PEER;
	if (channel_send(s->fd, record, NULL, 0, clock_ms() + LIMIT_KEEPER_MS) != ERR_OK)
		return lost(s);
	return ERR_OK;
}

/* Any answer: REFUSED as its error, DONE as ERR_END, else ERR_OK with the answer in *in. */
static enum err ask(struct visit_store *s, const struct buf *record, struct incoming *in)
{
	struct message_REFUSED refused;
	enum err e = tell(s, record);

	if (e != ERR_OK)
		return e;
	if (channel_receive(s->fd, 1u << ROLE_KEEPER, ROLE_VISIT, STATE_UP, s->answer, clock_ms() + LIMIT_KEEPER_MS,
			    in) != ERR_OK)
		return lost(s);
	if (in->type == MESSAGE_DONE)
		return in->fields.n == 0 ? ERR_END : lost(s);
	if (in->type != MESSAGE_REFUSED)
		return ERR_OK;
	/* ERR_PEER and ERR_END have a meaning of their own here. */
	if (message_get_REFUSED(in->fields, &refused) != ERR_OK || refused.err == ERR_OK || refused.err >= ERR_COUNT ||
	    refused.err == ERR_PEER || refused.err == ERR_END)
		return lost(s);
	/* A damaged record. ERR_IO is the source's connection: it would get no answer. */
	return refused.err == ERR_IO ? ERR_LIBRARY : (enum err)refused.err;
}

static enum err ask_ok(struct visit_store *s, const struct buf *record)
{
	struct incoming in;
	enum err e = ask(s, record, &in);

	if (e == ERR_END || (e == ERR_OK && (in.type != MESSAGE_OK || in.fields.n != 0)))
		return lost(s);
	return e;
}

enum err visit_store_reserve(struct visit_store *s, uint64_t size)
{
	struct buf b = question(s);

	message_put_RESERVE(&b, &(struct message_RESERVE){.size = size});
	return ask_ok(s, &b);
}

enum err visit_store_file_begin(struct visit_store *s, enum file_kind kind)
{
	struct buf b = question(s);

	message_put_FILE_BEGIN(&b, &(struct message_FILE_BEGIN){.kind = (uint8_t)kind});
	return tell(s, &b);
}

enum err visit_store_file_data(struct visit_store *s, struct bytes data)
{
	struct buf b = question(s);

	message_put_FILE_DATA(&b, &(struct message_FILE_DATA){.data = data});
	return tell(s, &b);
}

enum err visit_store_file_end(struct visit_store *s, bool keep)
{
	struct buf b = question(s);

	message_put_FILE_END(&b, &(struct message_FILE_END){.keep = keep});
	return ask_ok(s, &b);
}

enum err visit_store_draft_drop(struct visit_store *s)
{
	struct buf b = question(s);

	message_put_DRAFT_DROP(&b, &(struct message_DRAFT_DROP){});
	return ask_ok(s, &b);
}

enum err visit_store_turn(struct visit_store *s)
{
	struct buf b = question(s);

	message_put_TURN(&b, &(struct message_TURN){});
	return ask_ok(s, &b);
}

enum err visit_store_draft_open(struct visit_store *s, const uint8_t name[static 32])
{
	struct message_DRAFT_OPEN m;
	struct buf b = question(s);

	memcpy(m.name, name, sizeof m.name);
	message_put_DRAFT_OPEN(&b, &m);
	return ask_ok(s, &b);
}

enum err visit_store_draft_note(struct visit_store *s, struct bytes note)
{
	struct buf b = question(s);

	message_put_DRAFT_NOTE(&b, &(struct message_DRAFT_NOTE){.note = note});
	return ask_ok(s, &b);
}

enum err visit_store_draft_get(struct visit_store *s, unsigned *attachments, struct bytes *note)
{
	struct message_DRAFT_IS answer;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	message_put_DRAFT_GET(&b, &(struct message_DRAFT_GET){});
	e = ask(s, &b, &in);
	if (e == ERR_END ||
	    (e == ERR_OK && (in.type != MESSAGE_DRAFT_IS || message_get_DRAFT_IS(in.fields, &answer) != ERR_OK)))
		return lost(s);
	if (e == ERR_OK) {
		*attachments = answer.attachments;
		*note = answer.note;
	}
	return e;
}

void visit_store_leave(struct visit_store *s)
{
	s->gone = true;
	/* If it fails, the channel ends with this process. */
	(void)!shutdown(s->fd, SHUT_WR);
}

enum err visit_store_desks(struct visit_store *s, struct message_DESKS_IS *m)
{
	struct message_DESKS_IS answer;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	message_put_DESKS_GET(&b, &(struct message_DESKS_GET){});
	e = ask(s, &b, &in);
	if (e == ERR_END ||
	    (e == ERR_OK && (in.type != MESSAGE_DESKS_IS || message_get_DESKS_IS(in.fields, &answer) != ERR_OK)))
		return lost(s);
	if (e == ERR_OK)
		*m = answer;
	return e;
}

enum err visit_store_conversation(struct visit_store *s, struct message_CONVERSATION_IS *m)
{
	struct message_CONVERSATION_IS answer;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	message_put_CONVERSATION_GET(&b, &(struct message_CONVERSATION_GET){});
	e = ask(s, &b, &in);
	if (e == ERR_END || (e == ERR_OK && (in.type != MESSAGE_CONVERSATION_IS ||
					     message_get_CONVERSATION_IS(in.fields, &answer) != ERR_OK)))
		return lost(s);
	if (e == ERR_OK)
		*m = answer;
	return e;
}

enum err visit_store_create(struct visit_store *s, const uint8_t conversation[static 16],
			    const uint8_t proof[static 32], uint32_t desks, struct bytes recipient)
{
	struct message_CREATE m = {.desks = desks, .recipient = recipient};
	struct buf b = question(s);

	memcpy(m.conversation, conversation, sizeof m.conversation);
	sha256(bytes_of(proof, 32), m.proof_hash);
	message_put_CREATE(&b, &m);
	return ask_ok(s, &b);
}

enum err visit_store_submit(struct visit_store *s, uint32_t desks)
{
	struct buf b = question(s);

	message_put_SUBMIT(&b, &(struct message_SUBMIT){.desks = desks});
	return ask_ok(s, &b);
}

enum err visit_store_auth(struct visit_store *s, const uint8_t conversation[static 16], const uint8_t proof[static 32])
{
	struct message_AUTH m;
	struct buf b = question(s);
	enum err e;

	memcpy(m.conversation, conversation, sizeof m.conversation);
	memcpy(m.proof, proof, sizeof m.proof);
	message_put_AUTH(&b, &m);
	e = ask_ok(s, &b);
	SECRET_WIPE(m);
	secret_wipe(s->question, sizeof s->question);
	return e;
}

enum err visit_store_session_put(struct visit_store *s, const uint8_t name[static 32], struct bytes blob)
{
	struct message_SESSION_PUT m = {.blob = blob};
	struct buf b = question(s);

	memcpy(m.name, name, sizeof m.name);
	message_put_SESSION_PUT(&b, &m);
	return ask_ok(s, &b);
}

enum err visit_store_session_get(struct visit_store *s, const uint8_t name[static 32], struct bytes *blob)
{
	struct message_SESSION_GET m;
	struct message_SESSION answer;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	memcpy(m.name, name, sizeof m.name);
	message_put_SESSION_GET(&b, &m);
	e = ask(s, &b, &in);
	if (e == ERR_END ||
	    (e == ERR_OK && (in.type != MESSAGE_SESSION || message_get_SESSION(in.fields, &answer) != ERR_OK)))
		return lost(s);
	if (e == ERR_OK)
		*blob = answer.blob;
	return e;
}

enum err visit_store_session_drop(struct visit_store *s, const uint8_t name[static 32])
{
	struct message_SESSION_DROP m;
	struct buf b = question(s);

	memcpy(m.name, name, sizeof m.name);
	message_put_SESSION_DROP(&b, &m);
	return ask_ok(s, &b);
}

enum err visit_store_message_next(struct visit_store *s, uint16_t after, struct message_MESSAGE_ENTRY *m)
{
	struct message_MESSAGE_ENTRY read;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	message_put_MESSAGE_NEXT(&b, &(struct message_MESSAGE_NEXT){.after = after});
	e = ask(s, &b, &in);
	if (e != ERR_OK)
		return e;
	/* A number that doesn't grow would be a loop without end. */
	if (in.type != MESSAGE_MESSAGE_ENTRY || message_get_MESSAGE_ENTRY(in.fields, &read) != ERR_OK ||
	    read.number <= after)
		return lost(s);
	*m = read;
	return ERR_OK;
}

enum err visit_store_reply_next(struct visit_store *s, uint16_t after, struct message_REPLY_ENTRY *m)
{
	struct message_REPLY_ENTRY read;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	message_put_REPLY_NEXT(&b, &(struct message_REPLY_NEXT){.after = after});
	e = ask(s, &b, &in);
	if (e != ERR_OK)
		return e;
	if (in.type != MESSAGE_REPLY_ENTRY || message_get_REPLY_ENTRY(in.fields, &read) != ERR_OK ||
	    read.number <= after)
		return lost(s);
	*m = read;
	return ERR_OK;
}

enum err visit_store_reply_read(struct visit_store *s, uint16_t number, enum file_kind kind, uint64_t offset,
				struct bytes *data)
{
	struct message_FILE_CHUNK chunk;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	message_put_REPLY_READ(&b,
			       &(struct message_REPLY_READ){.number = number, .kind = (uint8_t)kind, .offset = offset});
	e = ask(s, &b, &in);
	if (e != ERR_OK)
		return e;
	if (in.type != MESSAGE_FILE_CHUNK || message_get_FILE_CHUNK(in.fields, &chunk) != ERR_OK || chunk.data.n == 0)
		return lost(s);
	*data = chunk.data;
	return ERR_OK;
}

enum err visit_store_reply_delete(struct visit_store *s, uint16_t number)
{
	struct buf b = question(s);

	message_put_REPLY_DELETE(&b, &(struct message_REPLY_DELETE){.number = number});
	return ask_ok(s, &b);
}

enum err visit_store_visit_word(struct visit_store *s, uint16_t word, uint16_t *before)
{
	struct message_VISIT_WORD_IS answer;
	struct buf b = question(s);
	struct incoming in;
	enum err e;

	message_put_VISIT_WORD(&b, &(struct message_VISIT_WORD){.word = word});
	e = ask(s, &b, &in);
	if (e == ERR_END || (e == ERR_OK && (in.type != MESSAGE_VISIT_WORD_IS ||
					     message_get_VISIT_WORD_IS(in.fields, &answer) != ERR_OK)))
		return lost(s);
	if (e == ERR_OK)
		*before = answer.word;
	return e;
}

enum err visit_store_conversation_delete(struct visit_store *s)
{
	struct buf b = question(s);

	message_put_CONVERSATION_DELETE(&b, &(struct message_CONVERSATION_DELETE){});
	return ask_ok(s, &b);
}
