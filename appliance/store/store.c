/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "store/kept.h"
#include "link/wire.h"

/* The file stays this much below its file system, so that LMDB says "full" before the kernel does. */
#define FILE_SYSTEM_SLACK (64u << 10)
/* Short files go at once, long ones by the sweep: no operation waits for a gigabyte to be unlinked. */
#define DELETE_AT_ONCE (4u * CHUNK_PLAIN)
#define SWEEP_SLICE    256u
/* Less than the smallest message: its record and one chunk of the smallest bucket. */
#define MESSAGE_COST_MIN 384u

enum err store_damaged(enum err e)
{
	if (e != ERR_NOT_FOUND && e != ERR_AUTH && e != ERR_FORMAT)
		return e;
	log_event(LOG_STORE_DAMAGED, (uint64_t)e, 0);
	return ERR_IO;
}

/* ---- transactions */

static void settle_group(struct store *s, enum err e)
{
	while (s->uncommitted != NULL) {
		struct draft *d = s->uncommitted;
		s->uncommitted = d->next_uncommitted;
		d->next_uncommitted = NULL;
		d->uncommitted = false;
		if (e != ERR_OK)
			d->broken = e;
	}
}

enum err store_commit(struct store *s)
{
	enum err e = db_commit(&s->db);

	s->own = false;
	for (uint32_t i = 0; e == ERR_OK && i < s->written_count; i++)
		s->known[s->written[i].slot] = s->written[i].is;
	s->written_count = 0;
	settle_group(s, e);
	return e;
}

enum err store_begin(struct store *s)
{
	enum err e;

	if (s->own)
		return ERR_OK;
	/* What fails here fails the drafts it belongs to. */
	(void)!store_commit(s);
	e = db_begin(&s->db);
	s->own = e == ERR_OK;
	return e;
}

void store_abort(struct store *s)
{
	if (!s->own)
		return;
	db_abort(&s->db);
	s->own = false;
	s->written_count = 0;
}

enum err store_group_begin(struct store *s)
{
	BUG_IF(s->own);
	return db_begin(&s->db);
}

void store_group_abort(struct store *s, enum err e)
{
	BUG_IF(s->own);
	db_abort(&s->db);
	settle_group(s, e);
}

void store_flush(struct store *s)
{
	BUG_IF(s->own);
	(void)!store_commit(s);
	db_rest(&s->db);
}

bool store_broken(const struct store *s)
{
	return s->db.broken;
}

/* ---- room */

uint64_t store_used(const struct store *s)
{
	return db_used(&s->db);
}

uint64_t store_room(const struct store *s, enum room who)
{
	/* A sixteenth, at least 512 KiB, at most 64 MiB: for replies, and for the copies of pages that deleting takes;
	 * and as much again for circuits that hold little. */
	uint64_t kept = s->db.capacity / 16;
	uint64_t taken = db_taken(&s->db) + s->reserved;

	kept = kept < 512u << 10 ? 512u << 10 : kept > 64u << 20 ? 64u << 20 : kept;
	switch (who) {
	case ROOM_LARGE:
		taken += 2 * kept;
		break;
	case ROOM_SOURCE:
		taken += kept;
		break;
	case ROOM_DESK:
		taken += kept / 2;
		break;
	case ROOM_KEEPER:
		break;
	}
	return taken < s->db.capacity ? s->db.capacity - taken : 0;
}

/* ---- records of a conversation */

void store_bind(const struct store *s, uint32_t slot, struct conversation *c)
{
	c->slot = slot;
	memcpy(c->prefix, s->vault.slots[slot].prefix, PREFIX_LEN);
}

void store_erase(struct store *s, uint32_t slot)
{
	vault_erase(&s->vault, slot);
	s->known[slot] = (struct known){0};
}

bool store_alive(const struct store *s, const struct conversation *c)
{
	const struct slot *slot = &s->vault.slots[c->slot];

	return slot->state == SLOT_USED && secret_equal(slot->prefix, c->prefix, PREFIX_LEN);
}

enum err store_head_get(struct store *s, uint32_t slot, struct head *h)
{
	const struct slot *at = &s->vault.slots[slot];
	struct name name = name_record(at, RECORD_HEAD, bytes_of(NULL, 0));
	struct bytes plain;
	enum err e;

	TRY(record_get(&s->db, &s->vault, &name, at->seal_key, &plain));
	TRY(head_get(plain, h));
out:
	return e;
}

enum err store_head_of(struct store *s, const struct conversation *c, struct head *h)
{
	return store_alive(s, c) ? store_damaged(store_head_get(s, c->slot, h)) : ERR_NOT_FOUND;
}

static struct known known_of(const struct head *h)
{
	return (struct known){.change = h->change, .desks = (uint16_t)h->desks, .muted = (uint16_t)h->muted};
}

enum err store_head_put(struct store *s, uint32_t slot, struct head *h)
{
	const struct slot *at = &s->vault.slots[slot];
	struct name name = name_record(at, RECORD_HEAD, bytes_of(NULL, 0));
	uint8_t *work = s->vault.fixed->work;
	struct buf plain = buf_over(work, VAULT_WORK_LEN / 2);

	h->change = vault_stamp(&s->vault);
	head_put(&plain, h);
	BUG_IF(plain.failed || s->written_count == HEADS_MAX);
	s->written[s->written_count].slot = slot;
	s->written[s->written_count++].is = known_of(h);
	return record_put(&s->db, &s->vault, &name, at->seal_key, buf_view(&plain));
}

enum err store_entry_get(struct store *s, uint32_t slot, enum record_kind kind, uint16_t number, struct entry *x)
{
	const struct slot *at = &s->vault.slots[slot];
	struct name name = name_numbered(at, kind, number);
	struct bytes plain;
	enum err e;

	TRY(record_get(&s->db, &s->vault, &name, at->seal_key, &plain));
	TRY(entry_get(plain, x));
out:
	return store_damaged(e);
}

enum err store_entry_put(struct store *s, uint32_t slot, enum record_kind kind, uint16_t number, const struct entry *x)
{
	const struct slot *at = &s->vault.slots[slot];
	struct name name = name_numbered(at, kind, number);
	uint8_t *work = s->vault.fixed->work;
	struct buf plain = buf_over(work, VAULT_WORK_LEN / 2);

	entry_put(&plain, x);
	BUG_IF(plain.failed);
	return record_put(&s->db, &s->vault, &name, at->seal_key, buf_view(&plain));
}

/* ---- deleting */

enum err store_mark(struct store *s, const struct name *name)
{
	uint8_t *nothing;

	return db_put(&s->db, name_view(name), 0, &nothing);
}

enum err store_files_mark(struct store *s, struct entry *x)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < x->file_count; i++) {
		struct file_ref *f = &x->files[i].ref;
		struct name trash = name_file_trash(f->id);
		if (f->place.len == 0) {
			TRY(store_mark(s, &trash));
			continue;
		}
		/* Needs no room, which a mark does. */
		extents_free(&s->db.extents, &f->place);
		f->place = (struct extent){0};
	}
out:
	return e;
}

enum err store_files_delete(struct store *s, struct entry *x)
{
	enum err e = ERR_OK;
	size_t count;

	for (size_t i = 0; i < x->file_count; i++) {
		struct file_ref *f = &x->files[i].ref;
		struct name chunks = name_prefix('f', BYTES_ARRAY(f->id));
		struct name trash = name_file_trash(f->id);
		if (f->place.len != 0) {
			extents_free(&s->db.extents, &f->place);
			f->place = (struct extent){0};
		} else if (f->size <= DELETE_AT_ONCE) {
			TRY(db_delete_prefix(&s->db, name_view(&chunks), SIZE_MAX, chunk_gone, &count));
		} else {
			TRY(store_mark(s, &trash));
			s->trash = true;
		}
	}
out:
	return e;
}

void store_unqueue(struct store *s, size_t place)
{
	const struct queue_entry *q = &s->queue.entries[place];

	budget_give_back(budget_at_cursor(&s->budgets, q->budget, q->cursor), (uint64_t)q->cost * QUEUE_COST);
	queue_drop(&s->queue, place);
}

void store_sweep(struct store *s)
{
	struct bytes all = BYTES_LITERAL("t");
	struct name trash;
	struct buf found = buf_over(trash.p, sizeof trash.p);
	struct name rubbish;
	size_t count;
	enum err e;

	if (!s->trash)
		return;
	TRY(store_begin(s));
	TRY(db_next(&s->db, all, all, &found));
	BUG_IF(found.len != 2 + FILE_ID_LEN);
	trash.n = (uint8_t)found.len;
	rubbish = name_prefix(trash.p[1], bytes_of(trash.p + 2, FILE_ID_LEN));
	TRY(db_delete_prefix(&s->db, name_view(&rubbish), SWEEP_SLICE, trash.p[1] == 'f' ? chunk_gone : NULL, &count));
	if (count < SWEEP_SLICE)
		TRY(db_delete(&s->db, name_view(&trash)));
	TRY(store_commit(s));
out:
	if (e != ERR_OK)
		store_abort(s);
	/* With no room even for this, the next thing that is deleted starts it again. */
	if (e != ERR_OK)
		s->trash = false;
}

/* ---- opening */

static enum err make_decoy(struct store *s)
{
	struct head h;
	enum err e = store_head_get(s, SLOT_DECOY, &h);

	if (e == ERR_OK)
		return e;
	memset(&h, 0, sizeof h);
	random_fill(h.proof_hash, sizeof h.proof_hash);
	TRY(store_begin(s));
	TRY(store_head_put(s, SLOT_DECOY, &h));
	TRY(store_commit(s));
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

static enum err recover_messages(struct store *s, uint32_t slot, const struct head *h)
{
	struct entry x;
	enum err e = ERR_OK;

	for (uint16_t n = bit_next(h->messages, 0); n != 0 && h->waiting > 0; n = bit_next(h->messages, n)) {
		/* One that is damaged must not keep the others from being collected. */
		if (store_entry_get(s, slot, RECORD_MESSAGE, n, &x) != ERR_OK || x.file_count == 0)
			continue;
		if (queue_full(&s->queue))
			TRY(ERR_FULL);
		queue_push(&s->queue, &(struct queue_entry){
					  .cursor = x.cursor,
					  .slot = slot,
					  .number = n,
					  .desks = (uint16_t)x.desks,
					  .pending = (uint16_t)x.pending,
				      });
		for (size_t i = 0; i < x.file_count; i++)
			if (x.files[i].ref.place.len != 0)
				TRY(places_add(&s->found, &x.files[i].ref.place));
	}
out:
	SECRET_WIPE(x);
	return e;
}

/* A slot whose keeper was killed while it made or forgot the conversation is finished: it is forgotten. */
static enum err recover_slot(struct store *s, uint32_t slot)
{
	struct name trash = name_conversation_trash(s->vault.slots[slot].prefix);
	struct head h;
	struct bytes value;
	enum err e = db_get(&s->db, name_view(&trash), &value);

	if (e == ERR_NOT_FOUND)
		e = store_head_get(s, slot, &h);
	else if (e == ERR_OK)
		e = ERR_NOT_FOUND;
	if (e == ERR_NOT_FOUND) {
		store_erase(s, slot);
		return ERR_OK;
	}
	if (e == ERR_AUTH || e == ERR_FORMAT) {
		(void)!store_damaged(e);
		return ERR_OK;
	}
	TRY(e);
	s->known[slot] = known_of(&h);
	s->conversations++;
	s->replies += bit_count(h.replies);
	TRY(recover_messages(s, slot, &h));
out:
	return e;
}

static enum err count_sessions(struct store *s)
{
	uint8_t from[18] = "s";
	size_t from_len = 1;

	for (;;) {
		struct buf found = buf_over(from, sizeof from);
		enum err e = db_next(&s->db, BYTES_LITERAL("s"), bytes_of(from, from_len), &found);
		if (e == ERR_NOT_FOUND)
			return ERR_OK;
		if (e != ERR_OK)
			return e;
		s->sessions++;
		/* The next name after this one. */
		from_len = found.len;
		from[from_len++] = 0;
	}
}

static void take_setup(struct store *s, const struct store_setup *setup)
{
	uint64_t part = setup->capacity / LIMIT_QUOTA_CIRCUIT_PART;

	memset(s, 0, sizeof *s);
	BUG_IF(setup->tokens.n % 32 != 0 || setup->tokens.n > sizeof s->desk_tokens);
	memcpy(s->desk_tokens, setup->tokens.p, setup->tokens.n);
	s->desk_count = (uint32_t)(setup->tokens.n / 32);
	s->budgets.quota = setup->quota_circuit != 0 ? setup->quota_circuit : part;
	part = setup->capacity / LIMIT_QUOTA_CONVERSATION_PART;
	s->quota_conversation = setup->quota_conversation != 0 ? setup->quota_conversation : part;
}

/* Memory comes with use. */
static enum err open_known(struct store *s)
{
	void *p = mmap(NULL, s->vault.slot_count * sizeof *s->known, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return ERR_NO_MEMORY;
	s->known = p;
	return ERR_OK;
}

static void see_revoked(struct store *s)
{
	s->live = store_desks(s);
	for (uint32_t i = 0; i < LIMIT_DESKS; i++)
		if (s->vault.fixed->desks[i].revoked != 0)
			s->live &= ~(1u << i);
	s->settling = s->live != store_desks(s);
}

enum err store_open(struct store *s, const struct store_setup *setup)
{
	uint64_t bytes = setup->capacity - setup->capacity % EXTENT_PAGE;
	enum err e;

	take_setup(s, setup);
	TRY(vault_open(setup->secrets, setup->hidden, &s->vault));
	if (bytes < STORE_CAPACITY_MIN)
		TRY(ERR_FULL);
	TRY(db_open(&s->db, setup->directory, bytes - FILE_SYSTEM_SLACK, s->vault.fresh));
	TRY(queue_open(&s->queue, (size_t)(bytes / MESSAGE_COST_MIN)));
	TRY(open_known(s));
	see_revoked(s);
	TRY(make_decoy(s));
	s->vault.fixed->header.filled = 1;
	for (uint32_t i = SLOT_DECOY + 1; i < s->vault.fixed->header.high; i++)
		if (s->vault.slots[i].state == SLOT_USED)
			TRY(recover_slot(s, i));
	queue_sort(&s->queue);
	TRY(chunks_recover(&s->db, &s->found));
	TRY(kept_recover(s, clock_ms()));
	TRY(count_sessions(s));
	s->trash = true;
	db_rest(&s->db);
out:
	places_free(&s->found);
	if (e != ERR_OK)
		store_close(s);
	return e;
}

void store_close(struct store *s)
{
	store_abort(s);
	store_group_abort(s, ERR_END);
	queue_close(&s->queue);
	if (s->known != NULL)
		munmap(s->known, s->vault.slot_count * sizeof *s->known);
	db_close(&s->db);
	vault_close(&s->vault);
	memset(s, 0, sizeof *s);
}
