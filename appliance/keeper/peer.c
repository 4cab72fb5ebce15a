/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper/peer.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "link/wire.h"

/* File data of one peer in one round, so in one transaction; then it is the others' turn. */
#define MESSAGES_PER_TURN 8
#define INIT_SEND_MS      1000

void peer_add(struct keeper *k, int fd, enum role kind, uint16_t slot)
{
	struct vault_fixed *vault = k->store.vault.fixed;

	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		struct peer *p = &k->peers[i];
		if (p->fd >= 0)
			continue;
		memset(p, 0, sizeof *p);
		p->fd = fd;
		p->kind = kind;
		p->slot = slot;
		p->state = STATE_NEW;
		p->file_key = vault->read_keys[i];
		draft_init(&p->draft, vault->draft_keys[i], k->stages[i], ROOM_SOURCE, NULL);
		return;
	}
	close(fd);
}

/* What isn't kept of its draft goes too. */
void peer_close(struct keeper *k, struct peer *p)
{
	uint64_t now = clock_ms();

	draft_leave(&k->store, &p->draft, now);
	if (p->budget != NULL)
		budget_leave(p->budget, now);
	secret_wipe(p->file_key, 32);
	close(p->fd);
	memset(p, 0, sizeof *p);
	p->fd = -1;
}

struct buf peer_answer_begin(struct keeper *k)
{
	return buf_over(k->out, sizeof k->out);
}

enum err peer_answer(struct peer *p, const struct buf *record)
{
	/* A worker waits for its one answer: there is room for it, or the worker asks without listening. */
	return channel_send(p->fd, record, NULL, 0, 0);
}

enum err peer_answer_err(struct keeper *k, struct peer *p, enum err e)
{
	struct buf record = peer_answer_begin(k);

	if (e == ERR_OK)
		message_put_OK(&record, &(struct message_OK){});
	else
		message_put_REFUSED(&record, &(struct message_REFUSED){.err = (uint8_t)e});
	if (e == ERR_FULL && clock_ms() >= k->next_full_ms) {
		log_event(LOG_STORE_FULL, k->store.db.capacity, store_used(&k->store));
		k->next_full_ms = clock_ms() + 60 * 1000;
	}
	return peer_answer(p, &record);
}

enum err peer_answer_done(struct keeper *k, struct peer *p)
{
	struct buf record = peer_answer_begin(k);

	message_put_DONE(&record, &(struct message_DONE){});
	return peer_answer(p, &record);
}

enum err peer_answer_with(struct keeper *k, struct peer *p, enum err e, const struct buf *record)
{
	if (e == ERR_END)
		return peer_answer_done(k, p);
	return e == ERR_OK ? peer_answer(p, record) : peer_answer_err(k, p, e);
}

void peer_drop_others(struct keeper *k, const struct peer *p)
{
	for (size_t i = 0; i < LIMIT_KEEPER_PEERS; i++) {
		struct peer *q = &k->peers[i];
		struct buf record = peer_answer_begin(k);
		if (q == p || q->fd < 0 || q->state != STATE_DESK || q->desk != p->desk)
			continue;
		message_put_CIRCUIT_CLOSE(&record, &(struct message_CIRCUIT_CLOSE){.circuit = q->budget->circuit});
		/* The answer goes back on this one's circuit. If init can't hear, we are about to end anyway. */
		if (q->budget != p->budget &&
		    channel_send(k->init_fd, &record, NULL, 0, clock_ms() + INIT_SEND_MS) != ERR_OK)
			log_event(LOG_PEER_DROPPED, ROLE_INIT, MESSAGE_CIRCUIT_CLOSE);
		peer_close(k, q);
	}
}

enum err peer_may_go_on(const struct keeper *k, const struct peer *p)
{
	bool draining = k->store.vault.fixed->header.draining != 0;

	return draining && p->kind == ROLE_VISIT && !p->begun ? ERR_CLOSED : ERR_OK;
}

static bool same_file(const struct keeper *k, const struct peer_file *f, const struct conversation *c,
		      enum record_kind record, uint16_t number, uint8_t kind)
{
	return f->known && f->changes == k->store.changes && f->record == record && f->number == number &&
	       f->kind == kind && f->conversation.slot == c->slot &&
	       secret_equal(f->conversation.prefix, c->prefix, PREFIX_LEN);
}

/* The bytes are opened where they are sent from: FILE_CHUNK's number and length, then they. */
static enum err answer_chunk(struct keeper *k, struct peer *p, uint64_t offset)
{
	struct buf record = peer_answer_begin(k);
	size_t n;
	enum err e = store_damaged(chunk_get(&k->store.db, &p->file.ref, p->file_key, offset, k->out + 6, &n));

	if (e != ERR_OK)
		return peer_answer_err(k, p, e);
	wire_put_u16(&record, MESSAGE_FILE_CHUNK);
	wire_put_u32(&record, (uint32_t)n);
	record.len += n;
	return peer_answer(p, &record);
}

enum err peer_answer_file(struct keeper *k, struct peer *p, const struct conversation *c, enum record_kind record,
			  uint16_t number, uint8_t kind, uint64_t offset)
{
	struct peer_file *f = &p->file;

	if (!same_file(k, f, c, record, number, kind)) {
		enum err e = store_file_find(&k->store, c, record, number, kind, p->desk, &f->ref, p->file_key);
		f->known = e == ERR_OK;
		if (e != ERR_OK)
			return peer_answer_err(k, p, e);
		f->record = record;
		f->number = number;
		f->kind = kind;
		f->changes = k->store.changes;
		f->conversation = *c;
	}
	return offset >= f->ref.size ? peer_answer_done(k, p) : answer_chunk(k, p, offset);
}

/* Only the door's CIRCUIT is legal while NEW, and nothing of the door's after it. */
static enum err handle_circuit(struct keeper *k, struct peer *p, struct bytes fields)
{
	struct message_CIRCUIT m;
	enum err e;

	TRY(message_get_CIRCUIT(fields, &m));
	p->budget = budget_enter(&k->store.budgets, &k->store.vault, m.circuit, clock_ms());
	p->draft.budget = p->budget;
	p->state = STATE_OPEN;
out:
	return e;
}

static enum err dispatch(struct keeper *k, struct peer *p, const struct incoming *in)
{
	const struct handler *role = p->kind == ROLE_VISIT ? handlers_of_visit : handlers_of_collect;

	if (in->type == MESSAGE_CIRCUIT)
		return handle_circuit(k, p, in->fields);
	if (handlers_of_files[in->type].run != NULL)
		return handlers_of_files[in->type].run(k, p, in->fields);
	/* The message table lets through what this role may send and the keeper receives: all of it is handled. */
	BUG_IF(role[in->type].run == NULL);
	return role[in->type].run(k, p, in->fields);
}

void peer_serve(struct keeper *k, struct peer *p)
{
	if (p->fd < 0)
		return; /* closed since it was looked at */
	if (p->turn == TURN_WAITS) {
		peer_close(k, p);
		return;
	}
	for (int i = 0; i < MESSAGES_PER_TURN; i++) {
		enum link_state state = p->draft.open ? STATE_FILE : p->state;
		enum role from = state == STATE_NEW ? ROLE_DOOR : p->kind;
		struct incoming in = {.type = MESSAGE_COUNT};
		enum err e = channel_receive(p->fd, 1u << from, ROLE_KEEPER, state, k->in, 0, &in);
		if (e == ERR_TIMEOUT)
			return;
		turn_end(p);
		if (e == ERR_OK)
			e = dispatch(k, p, &in);
		if (e == ERR_OK) {
			/* Who was answered thinks now. */
			if (!p->draft.open)
				return;
			continue;
		}
		if (e != ERR_END)
			log_event(LOG_PEER_DROPPED, (uint64_t)p->kind, (uint64_t)in.type);
		peer_close(k, p);
		return;
	}
}

void peer_collected(struct keeper *k, struct peer *p)
{
	enum err e = store_collected(&k->store, p->desk, p->collected_upto, &p->collected_at);

	if (e == ERR_OK && p->collected_at < p->collected_upto)
		return;
	p->collecting = false;
	if (peer_answer_err(k, p, e) != ERR_OK)
		peer_close(k, p);
}
