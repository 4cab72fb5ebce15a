/* SPDX-License-Identifier: GPL-3.0-or-later
 * A keeper for tests of visit: a thread at the other end of the channel that keeps everything in plain memory, in the
 * order and the states of messages.def. The test looks into it between two requests. Included by one test. */
#ifndef FAKE_KEEPER_H
#define FAKE_KEEPER_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "age/age.h"
#include "crypto/crypto.h"
#include "link/channel.h"

enum {
	FAKE_FILES = 40,
	FAKE_CONVERSATIONS = 8,
	FAKE_MESSAGES = 8,
	FAKE_SESSIONS = 8,
	FAKE_FILE_MAX = 6 << 20,
	FAKE_TALK = 64
};

struct fake_file {
	uint8_t kind;
	uint8_t *p;
	size_t n;
	size_t records;      /* FILE_DATA messages that made it */
	size_t full_records; /* of LIMIT_CHUNK_SEALED bytes */
};

struct fake_message {
	struct fake_file files[FAKE_FILES];
	size_t count;
	uint8_t receipt;
};

struct fake_conversation {
	bool used;
	uint8_t id[16];
	uint8_t proof_hash[32];
	uint32_t desks;
	bool restored; /* by a desk, with what it had on restored_day */
	uint32_t restored_day;
	char recipient[AGE_TEXT_MAX];
	struct fake_message messages[FAKE_MESSAGES];
	size_t message_count;
	struct fake_file replies[FAKE_MESSAGES]; /* reply i has the number i + 1; n 0: deleted */
	struct fake_file metas[FAKE_MESSAGES];   /* of those that are attachments */
	size_t reply_count;
	uint16_t word; /* of the last visit */
};

struct fake_session {
	bool used;
	uint8_t name[32];
	uint8_t blob[LIMIT_SESSION_BLOB];
	size_t len;
};

/* One message of the channel, as somebody who counts would see it. */
struct fake_said {
	enum message type;
	size_t len; /* of its fields */
};

/* A draft under a name. */
struct fake_kept {
	bool used;
	bool bound; /* to the channel that lives */
	uint8_t name[32];
	struct fake_message files;
	uint8_t note[LIMIT_DRAFT_NOTE];
	size_t note_len;
};

struct fake_keeper {
	int fd;
	struct fake_kept kept[FAKE_SESSIONS];
	bool other_has_draft; /* DRAFT_OPEN: another channel has it */
	bool no_drafts;       /* no place for one */
	pthread_t thread;
	struct fake_conversation conversations[FAKE_CONVERSATIONS];
	struct fake_session sessions[FAKE_SESSIONS];
	struct fake_message draft;
	struct fake_conversation *owner;
	bool file_open;
	enum err refuse_reserve; /* what RESERVE, FILE_END and CREATE are answered, if not ERR_OK */
	enum err refuse_file_end;
	enum err refuse_create;
	enum err refuse_turn;
	unsigned turns;
	uint32_t desks;                   /* of the last CREATE or SUBMIT */
	uint32_t revoked;                 /* desks that nothing is sealed for */
	bool closed;                      /* for a restart */
	struct fake_said talk[FAKE_TALK]; /* the last exchange; the test sets talk_count to 0 before it */
	size_t talk_count;
	enum message die_at;    /* closes the channel instead of answering this; MESSAGE_COUNT: never */
	enum message refuse_at; /* refuses this with refuse_with; 0: nothing, for no worker sends READY */
	enum err refuse_with;
	bool restore_at_create; /* the first conversation is there again when one is created */
	uint64_t reserved;      /* and not used yet */
	uint64_t most_reserved;
	uint64_t unannounced; /* bytes of files that nothing was reserved for */
	unsigned broken;      /* messages that the table doesn't allow */
	struct buf out;
	uint8_t storage[LIMIT_MESSAGE];
	uint8_t in[LIMIT_MESSAGE];
};

static void fake_note(struct fake_keeper *k, enum message type, size_t len)
{
	if (k->talk_count < FAKE_TALK)
		k->talk[k->talk_count++] = (struct fake_said){type, len};
}

static void fake_answer(struct fake_keeper *k)
{
	fake_note(k, (enum message)(k->storage[0] | k->storage[1] << 8), k->out.len - 2);
	if (channel_send(k->fd, &k->out, NULL, 0, DEADLINE_NONE) != ERR_OK)
		k->broken++;
}

static void fake_say(struct fake_keeper *k, enum err e)
{
	if (e == ERR_OK)
		message_put_OK(&k->out, &(struct message_OK){});
	else if (e == ERR_END)
		message_put_DONE(&k->out, &(struct message_DONE){});
	else
		message_put_REFUSED(&k->out, &(struct message_REFUSED){.err = (uint8_t)e});
	fake_answer(k);
}

static void fake_drop_draft(struct fake_keeper *k)
{
	for (size_t i = 0; i <= k->draft.count && i < FAKE_FILES; i++) {
		free(k->draft.files[i].p);
		k->draft.files[i] = (struct fake_file){.kind = 0};
	}
	k->draft.count = 0;
	k->file_open = false;
}

static struct fake_kept *fake_bound(struct fake_keeper *k)
{
	for (size_t i = 0; i < FAKE_SESSIONS; i++)
		if (k->kept[i].bound)
			return &k->kept[i];
	return NULL;
}

/* The channel's draft stays under its name, as far as it is whole, or goes. */
static void fake_leave_draft(struct fake_keeper *k)
{
	struct fake_kept *d = fake_bound(k);

	k->file_open = false;
	if (d == NULL) {
		fake_drop_draft(k);
		return;
	}
	k->draft.count -= k->draft.count % 2;
	d->files = k->draft;
	d->bound = false;
	d->used = d->files.count > 0;
	memset(&k->draft, 0, sizeof k->draft);
}

static enum err fake_draft_open(struct fake_keeper *k, const uint8_t name[static 32])
{
	struct fake_kept *d = fake_bound(k);

	if (k->other_has_draft)
		return ERR_BUSY;
	if (k->no_drafts)
		return ERR_FULL;
	if (d != NULL && memcmp(d->name, name, 32) == 0)
		return ERR_OK;
	if (d == NULL && k->draft.count > 0)
		return ERR_STATE;
	fake_leave_draft(k);
	for (size_t i = 0; i < FAKE_SESSIONS && d == NULL; i++)
		if (k->kept[i].used && memcmp(k->kept[i].name, name, 32) == 0)
			d = &k->kept[i];
	for (size_t i = 0; i < FAKE_SESSIONS && d == NULL; i++)
		if (!k->kept[i].used) {
			d = &k->kept[i];
			memset(d, 0, sizeof *d);
		}
	if (d == NULL)
		return ERR_FULL;
	d->used = d->bound = true;
	memcpy(d->name, name, 32);
	k->draft = d->files;
	return ERR_OK;
}

static enum err fake_take(struct fake_keeper *k, struct fake_conversation *c)
{
	if (c->message_count == FAKE_MESSAGES || k->draft.count % 2 == 0)
		return ERR_FORMAT;
	c->messages[c->message_count++] = k->draft;
	memset(&k->draft, 0, sizeof k->draft);
	if (fake_bound(k) != NULL)
		memset(fake_bound(k), 0, sizeof(struct fake_kept));
	return ERR_OK;
}

static struct fake_conversation *fake_find(struct fake_keeper *k, const uint8_t id[static 16])
{
	for (size_t i = 0; i < FAKE_CONVERSATIONS; i++)
		if (k->conversations[i].used && memcmp(k->conversations[i].id, id, 16) == 0)
			return &k->conversations[i];
	return NULL;
}

static struct fake_session *fake_session(struct fake_keeper *k, const uint8_t name[static 32])
{
	for (size_t i = 0; i < FAKE_SESSIONS; i++)
		if (k->sessions[i].used && memcmp(k->sessions[i].name, name, 32) == 0)
			return &k->sessions[i];
	return NULL;
}

static enum err fake_create(struct fake_keeper *k, const struct message_CREATE *m)
{
	struct fake_conversation *c = k->conversations;

	if (k->restore_at_create)
		c->used = true;
	if (fake_find(k, m->conversation) != NULL)
		return ERR_EXISTS;
	while (c->used)
		c++;
	memset(c, 0, sizeof *c);
	c->used = true;
	memcpy(c->id, m->conversation, 16);
	memcpy(c->proof_hash, m->proof_hash, 32);
	c->desks = m->desks;
	memcpy(c->recipient, m->recipient.p, m->recipient.n);
	k->owner = c;
	return fake_take(k, c);
}

static enum err fake_auth(struct fake_keeper *k, const struct message_AUTH *m)
{
	struct fake_conversation *c = fake_find(k, m->conversation);
	uint8_t hash[32];

	sha256(BYTES_ARRAY(m->proof), hash);
	k->owner = c != NULL && memcmp(hash, c->proof_hash, 32) == 0 ? c : NULL;
	return k->owner != NULL ? ERR_OK : ERR_AUTH;
}

/* GET(NAME) m: the message's fields, or it is a broken one. */
#define GET(NAME)                                                                                                      \
	struct message_##NAME m;                                                                                       \
	if (message_get_##NAME(in->fields, &m) != ERR_OK) {                                                            \
		k->broken++;                                                                                           \
		break;                                                                                                 \
	}

static void fake_file_message(struct fake_keeper *k, const struct incoming *in)
{
	struct fake_file *f = &k->draft.files[k->draft.count];

	switch ((int)in->type) {
	case MESSAGE_FILE_BEGIN: {
		GET(FILE_BEGIN)
		*f = (struct fake_file){.kind = m.kind, .p = malloc(FAKE_FILE_MAX)};
		k->file_open = true;
		break;
	}
	case MESSAGE_FILE_DATA: {
		GET(FILE_DATA)
		if (f->n + m.data.n > FAKE_FILE_MAX)
			break;
		memcpy(f->p + f->n, m.data.p, m.data.n);
		f->n += m.data.n;
		f->records++;
		k->unannounced += m.data.n > k->reserved ? m.data.n - k->reserved : 0;
		k->reserved -= m.data.n < k->reserved ? m.data.n : k->reserved;
		f->full_records += m.data.n == LIMIT_CHUNK_SEALED;
		break;
	}
	case MESSAGE_FILE_END: {
		GET(FILE_END)
		k->file_open = false;
		k->draft.count += m.keep ? 1 : 0;
		fake_say(k, k->refuse_file_end);
		break;
	}
	default:
		k->broken++;
	}
}

static void fake_list_message(struct fake_keeper *k, const struct incoming *in)
{
	struct fake_conversation *c = k->owner;

	switch ((int)in->type) {
	case MESSAGE_MESSAGE_NEXT: {
		GET(MESSAGE_NEXT)
		if (m.after >= c->message_count) {
			fake_say(k, ERR_END);
			break;
		}
		message_put_MESSAGE_ENTRY(
		    &k->out, &(struct message_MESSAGE_ENTRY){.number = (uint16_t)(m.after + 1),
							     .day = 20000,
							     .receipt = c->messages[m.after % FAKE_MESSAGES].receipt});
		fake_answer(k);
		break;
	}
	case MESSAGE_REPLY_NEXT: {
		GET(REPLY_NEXT)
		while (m.after < c->reply_count && c->replies[m.after].n == 0)
			m.after++;
		if (m.after >= c->reply_count) {
			fake_say(k, ERR_END);
			break;
		}
		message_put_REPLY_ENTRY(&k->out, &(struct message_REPLY_ENTRY){.number = (uint16_t)(m.after + 1),
									       .day = 20001,
									       .kind = c->replies[m.after].kind,
									       .size = c->replies[m.after].n});
		fake_answer(k);
		break;
	}
	case MESSAGE_REPLY_READ: {
		GET(REPLY_READ)
		const struct fake_file *f =
		    &(m.kind == FILE_META ? c->metas : c->replies)[(m.number - 1u) % FAKE_MESSAGES];
		struct bytes rest = bytes_from(bytes_of(f->p, f->n), (size_t)m.offset);
		if (f->n == 0 || (m.kind != FILE_META && m.kind != f->kind)) {
			fake_say(k, ERR_NOT_FOUND);
			break;
		}
		if (rest.n == 0) {
			fake_say(k, ERR_END);
			break;
		}
		message_put_FILE_CHUNK(&k->out, &(struct message_FILE_CHUNK){.data = bytes_first(rest, 1000)});
		fake_answer(k);
		break;
	}
	case MESSAGE_REPLY_DELETE: {
		GET(REPLY_DELETE)
		bool there = m.number >= 1 && m.number <= c->reply_count && c->replies[m.number - 1].n > 0;
		if (there)
			c->replies[m.number - 1].n = 0;
		fake_say(k, there ? ERR_OK : ERR_NOT_FOUND);
		break;
	}
	case MESSAGE_VISIT_WORD: {
		GET(VISIT_WORD)
		message_put_VISIT_WORD_IS(&k->out, &(struct message_VISIT_WORD_IS){.word = c->word});
		c->word = m.word;
		fake_answer(k);
		break;
	}
	case MESSAGE_CONVERSATION_DELETE:
		c->used = false;
		k->owner = NULL;
		fake_say(k, ERR_OK);
		break;
	default:
		k->broken++;
	}
}

static void fake_session_message(struct fake_keeper *k, const struct incoming *in)
{
	switch ((int)in->type) {
	case MESSAGE_SESSION_PUT: {
		GET(SESSION_PUT)
		struct fake_session *s = k->sessions;
		while (s->used)
			s++;
		s->used = true;
		memcpy(s->name, m.name, 32);
		memcpy(s->blob, m.blob.p, m.blob.n);
		s->len = m.blob.n;
		fake_say(k, ERR_OK);
		break;
	}
	case MESSAGE_SESSION_GET: {
		GET(SESSION_GET)
		struct fake_session *s = fake_session(k, m.name);
		if (s == NULL) {
			fake_say(k, ERR_NOT_FOUND);
			break;
		}
		message_put_SESSION(&k->out, &(struct message_SESSION){.blob = bytes_of(s->blob, s->len)});
		fake_answer(k);
		break;
	}
	case MESSAGE_SESSION_DROP: {
		GET(SESSION_DROP)
		struct fake_session *s = fake_session(k, m.name);
		if (s != NULL)
			s->used = false;
		fake_say(k, ERR_OK);
		break;
	}
	default:
		fake_list_message(k, in);
	}
}

static void fake_draft_message(struct fake_keeper *k, const struct incoming *in)
{
	struct fake_kept *d = fake_bound(k);

	switch ((int)in->type) {
	case MESSAGE_DRAFT_OPEN: {
		GET(DRAFT_OPEN)
		fake_say(k, fake_draft_open(k, m.name));
		break;
	}
	case MESSAGE_DRAFT_NOTE: {
		GET(DRAFT_NOTE)
		if (d != NULL) {
			memcpy(d->note, m.note.p, m.note.n);
			d->note_len = m.note.n;
		}
		fake_say(k, d != NULL ? ERR_OK : ERR_STATE);
		break;
	}
	case MESSAGE_DRAFT_GET:
		message_put_DRAFT_IS(
		    &k->out,
		    &(struct message_DRAFT_IS){.attachments = (uint8_t)(k->draft.count / 2),
					       .note = d == NULL ? bytes_of(NULL, 0) : bytes_of(d->note, d->note_len)});
		fake_answer(k);
		break;
	case MESSAGE_DRAFT_DROP:
		fake_drop_draft(k);
		if (d != NULL)
			memset(d, 0, sizeof *d);
		fake_say(k, ERR_OK);
		break;
	default:
		k->broken++;
	}
}

static void fake_handle(struct fake_keeper *k, const struct incoming *in)
{
	switch ((int)in->type) {
	case MESSAGE_RESERVE: {
		GET(RESERVE)
		k->reserved = m.size;
		k->most_reserved = m.size > k->most_reserved ? m.size : k->most_reserved;
		fake_say(k, k->refuse_reserve);
		break;
	}
	case MESSAGE_DRAFT_OPEN:
	case MESSAGE_DRAFT_NOTE:
	case MESSAGE_DRAFT_GET:
	case MESSAGE_DRAFT_DROP:
		fake_draft_message(k, in);
		break;
	case MESSAGE_CREATE: {
		GET(CREATE)
		k->desks = m.desks;
		fake_say(k, k->refuse_create != ERR_OK ? k->refuse_create : fake_create(k, &m));
		break;
	}
	case MESSAGE_DESKS_GET:
		message_put_DESKS_IS(&k->out, &(struct message_DESKS_IS){.live = ~k->revoked, .closed = k->closed});
		fake_answer(k);
		break;
	case MESSAGE_CONVERSATION_GET:
		message_put_CONVERSATION_IS(&k->out, &(struct message_CONVERSATION_IS){
							 .desks = k->owner->desks & ~k->revoked,
							 .restored = k->owner->restored,
							 .restored_day = k->owner->restored_day,
						     });
		fake_answer(k);
		break;
	case MESSAGE_TURN:
		k->turns++;
		fake_say(k, k->refuse_turn);
		break;
	case MESSAGE_SUBMIT: {
		GET(SUBMIT)
		k->desks = m.desks;
		k->owner->desks |= m.desks;
		fake_say(k, fake_take(k, k->owner));
		break;
	}
	case MESSAGE_AUTH: {
		GET(AUTH)
		fake_say(k, fake_auth(k, &m));
		break;
	}
	case MESSAGE_FILE_BEGIN:
	case MESSAGE_FILE_DATA:
	case MESSAGE_FILE_END:
		fake_file_message(k, in);
		break;
	default:
		fake_session_message(k, in);
	}
}

#undef GET

static void *fake_run(void *context)
{
	struct fake_keeper *k = context;
	struct incoming in;

	for (;;) {
		enum link_state state = k->file_open ? STATE_FILE : k->owner != NULL ? STATE_OWNER : STATE_OPEN;
		enum err e = channel_receive(k->fd, 1u << ROLE_VISIT, ROLE_KEEPER, state, k->in, DEADLINE_NONE, &in);
		if (e != ERR_OK) {
			k->broken += e != ERR_END;
			break;
		}
		if (in.type == k->die_at)
			break;
		k->out = buf_over(k->storage, sizeof k->storage);
		fake_note(k, in.type, in.fields.n);
		if (in.type == k->refuse_at)
			fake_say(k, k->refuse_with);
		else
			fake_handle(k, &in);
	}
	/* As the real one: a channel's end drops a draft without a name. */
	fake_leave_draft(k);
	k->owner = NULL;
	close(k->fd);
	return NULL;
}

/* Conversations and sessions stay from one channel to the next. */
static void fake_start(struct fake_keeper *k, int fd)
{
	k->fd = fd;
	if (pthread_create(&k->thread, NULL, fake_run, k) != 0)
		abort();
}

#endif
