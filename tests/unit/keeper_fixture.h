/* SPDX-License-Identifier: GPL-3.0-or-later
 * A store in a directory of its own, with a secret area that outlives it. */
#ifndef KEEPER_FIXTURE_H
#define KEEPER_FIXTURE_H

#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "base/fd.h"
#include "base/random.h"
#include "store/draft.h"

#define FIXTURE __attribute__((unused)) static

struct fixture {
	char directory[64];
	struct secret_area secrets;
	uint64_t capacity;
	uint64_t quota_circuit; /* 0: not limited */
	uint64_t quota_conversation;
	uint8_t tokens[LIMIT_DESKS][32]; /* what the desks have */
	uint8_t hashes[LIMIT_DESKS][32];
	size_t desks;
	struct store store;
	bool open;
	uint8_t stages[3][CHUNK_PLAIN];
	struct draft drafts[3];
};

/* A source's side of a conversation. */
struct source {
	uint8_t id[CONVERSATION_ID_LEN];
	uint8_t proof[32];
	uint8_t proof_hash[32];
	struct conversation c;
};

FIXTURE struct store_setup fixture_setup(const struct fixture *f)
{
	return (struct store_setup){.directory = f->directory,
				    .capacity = f->capacity,
				    .quota_circuit = f->quota_circuit != 0 ? f->quota_circuit : f->capacity,
				    .quota_conversation =
					f->quota_conversation != 0 ? f->quota_conversation : f->capacity,
				    .secrets = dup(f->secrets.fd),
				    .hidden = f->secrets.hidden,
				    .tokens = bytes_of(f->hashes, f->desks * 32)};
}

FIXTURE enum err fixture_open(struct fixture *f)
{
	struct store_setup setup = fixture_setup(f);
	enum err e = store_open(&f->store, &setup);

	f->open = e == ERR_OK;
	if (f->open)
		for (size_t i = 0; i < 3; i++)
			draft_init(&f->drafts[i], f->store.vault.fixed->draft_keys[i], f->stages[i], ROOM_SOURCE, NULL);
	return e;
}

FIXTURE void fixture_make(struct fixture *f, uint64_t capacity, size_t desks, size_t slots)
{
	memset(f, 0, sizeof *f);
	strcpy(f->directory, "/tmp/keeper-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	assert_int_equal(secret_area_new(LIMIT_KEEPER_FIXED + slots * sizeof(struct slot), &f->secrets), ERR_OK);
	f->capacity = capacity;
	f->desks = desks;
	for (size_t i = 0; i < desks; i++) {
		random_fill(f->tokens[i], 32);
		sha256(BYTES_ARRAY(f->tokens[i]), f->hashes[i]);
	}
}

FIXTURE void fixture_close(struct fixture *f)
{
	if (f->open)
		store_close(&f->store);
	f->open = false;
}

FIXTURE void fixture_path(const struct fixture *f, const char *name, char out[static 96])
{
	snprintf(out, 96, "%s/%s", f->directory, name);
}

FIXTURE void fixture_end(struct fixture *f)
{
	char path[96];

	fixture_close(f);
	secret_area_free(&f->secrets);
	fixture_path(f, "data", path);
	unlink(path);
	fixture_path(f, "chunks", path);
	unlink(path);
	fixture_path(f, "copy", path);
	unlink(path);
	rmdir(f->directory);
}

FIXTURE struct fixture *fixture_new(uint64_t capacity, size_t desks, size_t slots)
{
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	fixture_make(f, capacity, desks, slots);
	assert_int_equal(fixture_open(f), ERR_OK);
	return f;
}

FIXTURE void fixture_free(struct fixture *f)
{
	fixture_end(f);
	free(f);
}

FIXTURE struct source source_new(void)
{
	struct source s;

	random_fill(&s, sizeof s);
	sha256(BYTES_ARRAY(s.proof), s.proof_hash);
	return s;
}

/* Byte i of the file that `seed` names. */
FIXTURE uint8_t file_byte(uint32_t seed, uint64_t i)
{
	return (uint8_t)((seed * 2654435761u + (uint32_t)i * 40503u) >> 11);
}

/* A complete file of n bytes in the draft, sent in pieces of `piece`. */
FIXTURE enum err file_put(struct fixture *f, struct draft *d, enum file_kind kind, uint32_t seed, uint64_t n,
			  size_t piece)
{
	static uint8_t data[LIMIT_CHUNK_SEALED];

	assert_int_equal(draft_begin(&f->store, d, kind), ERR_OK);
	for (uint64_t at = 0; at < n;) {
		size_t part = n - at < piece ? (size_t)(n - at) : piece;
		for (size_t i = 0; i < part; i++)
			data[i] = file_byte(seed, at + i);
		draft_data(&f->store, d, bytes_of(data, part));
		at += part;
	}
	return draft_end(&f->store, d, true);
}

/* All of a file that was found is what file_put() made of the seed. */
FIXTURE enum err file_check(struct fixture *f, const struct file_ref *ref, const uint8_t key[static 32], uint32_t seed)
{
	static uint8_t out[LIMIT_CHUNK];
	uint64_t at = 0;

	while (at < ref->size) {
		size_t n;
		enum err e = chunk_get(&f->store.db, ref, key, at, out, &n);
		if (e != ERR_OK)
			return e;
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(out[i], file_byte(seed, at + i));
		at += n;
	}
	return ERR_OK;
}

#define RECIPIENT BYTES_LITERAL("age1recipientrecipientrecipientrecipientrecipientrecipientreci")

FIXTURE enum err create_text(struct fixture *f, struct source *s, uint32_t desks, uint32_t seed, uint64_t n)
{
	enum err e = file_put(f, &f->drafts[0], FILE_TEXT, seed, n, LIMIT_CHUNK_SEALED);

	if (e == ERR_OK)
		e = store_create(&f->store, s->id, s->proof_hash, desks, RECIPIENT, &f->drafts[0], &s->c);
	if (e != ERR_OK)
		draft_drop(&f->store, &f->drafts[0]);
	return e;
}

FIXTURE enum err submit_text(struct fixture *f, struct source *s, uint32_t desks, uint32_t seed, uint64_t n)
{
	enum err e = file_put(f, &f->drafts[0], FILE_TEXT, seed, n, LIMIT_CHUNK_SEALED);

	if (e == ERR_OK)
		e = store_submit(&f->store, &s->c, desks, &f->drafts[0]);
	if (e != ERR_OK)
		draft_drop(&f->store, &f->drafts[0]);
	return e;
}

FIXTURE enum err reply_text(struct fixture *f, struct source *s, const char *name, uint32_t seed, uint64_t n)
{
	struct draft *d = &f->drafts[1];
	enum err e;

	d->room = ROOM_DESK;
	e = file_put(f, d, FILE_TEXT, seed, n, LIMIT_CHUNK_SEALED);
	if (e == ERR_OK)
		e = store_reply_put(&f->store, &s->c, bytes_str(name), d);
	if (e != ERR_OK)
		draft_drop(&f->store, d);
	return e;
}

FIXTURE void sweep_all(struct fixture *f)
{
	while (f->store.trash)
		store_sweep(&f->store);
	store_flush(&f->store);
}

#define DESK_A 1u
#define DESK_B 2u

/* The next keeper: the same files, the same secret area. */
FIXTURE void restart_keeper(struct fixture *f)
{
	store_flush(&f->store);
	fixture_close(f);
	assert_int_equal(fixture_open(f), ERR_OK);
}

/* The desk has all that is here. */
FIXTURE void confirm_all(struct fixture *f, uint32_t desk)
{
	uint64_t upto = f->store.vault.fixed->header.cursor;
	uint64_t at = 0;

	while (at < upto)
		assert_int_equal(store_collected(&f->store, desk, upto, &at), ERR_OK);
}

/* How many messages the desk could collect. */
FIXTURE size_t collectable(struct fixture *f, uint32_t desk)
{
	struct store_collect got = {.cursor = 0};
	size_t n = 0;

	for (; store_collect_next(&f->store, desk, got.cursor, &got) == ERR_OK; n++)
		continue;
	return n;
}

/* The receipts of all messages that the source sees, a letter each; its numbers go up by one or more. */
FIXTURE const char *receipts(struct fixture *f, struct source *s)
{
	static char seen[200];
	struct store_message m = {.number = 0};
	uint16_t before = 0;
	size_t n = 0;

	assert_int_equal(store_auth(&f->store, s->id, s->proof, &s->c), ERR_OK);
	while (store_message_next(&f->store, &s->c, before, &m) == ERR_OK) {
		assert_true(m.number > before);
		before = m.number;
		seen[n++] = "sca"[m.receipt];
	}
	seen[n] = 0;
	return seen;
}

/* How many names begin with `type`. */
FIXTURE size_t count_names(struct fixture *f, char type)
{
	uint8_t from[19] = {(uint8_t)type};
	size_t from_len = 1;
	size_t n = 0;

	for (;;) {
		struct buf found = buf_over(from, sizeof from - 1);
		if (db_next(&f->store.db, bytes_of(&type, 1), bytes_of(from, from_len), &found) != ERR_OK)
			return n;
		n++;
		from_len = found.len;
		from[from_len++] = 0;
	}
}

/* Messages' chunks that no record of their own names, but the message's. */
FIXTURE size_t count_placed(struct fixture *f)
{
	size_t n = 0;

	for (uint32_t slot = SLOT_DECOY + 1; slot < f->store.vault.fixed->header.high; slot++) {
		struct head h;
		if (f->store.vault.slots[slot].state != SLOT_USED)
			continue;
		assert_int_equal(store_head_get(&f->store, slot, &h), ERR_OK);
		for (uint16_t m = bit_next(h.messages, 0); m != 0; m = bit_next(h.messages, m)) {
			struct entry x;
			assert_int_equal(store_entry_get(&f->store, slot, RECORD_MESSAGE, m, &x), ERR_OK);
			for (size_t i = 0; i < x.file_count; i++)
				n += x.files[i].ref.place.len != 0 ? 1 : 0;
		}
	}
	return n;
}

/* All that are there for anybody. */
FIXTURE size_t count_chunks(struct fixture *f)
{
	return count_names(f, 'f') + count_placed(f);
}

#endif
