/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/kept.h"

#include <string.h>

#include "base/random.h"
#include "base/secret.h"

/* What a chunk may cost beyond its own pages: a split in each level of the tree, and the mark. */
#define TREE_SLACK (8 * EXTENT_PAGE)

/* Records and slack come on top of chunks. */
static uint64_t cost_of(uint64_t size)
{
	uint64_t chunks = chunk_cost(size);

	return chunks + chunks / 64;
}

void draft_init(struct draft *d, uint8_t *key, uint8_t *stage, enum room room, struct budget *budget)
{
	*d = (struct draft){.key = key, .own_key = key, .stage = stage, .room = room, .budget = budget};
}

void draft_charge(struct draft *d)
{
	uint64_t sum = d->reserved;

	for (size_t i = 0; i < d->count + (d->open ? 1u : 0u); i++)
		sum += d->stored[i];
	if (d->kept != NULL)
		sum += chunk_cost(d->kept->notes[d->kept->note_at].size);
	if (d->budget != NULL) {
		budget_give_back(d->budget, d->charged);
		d->budget->bytes += sum;
	}
	d->charged = sum;
}

static void release_reserved(struct store *s, struct draft *d)
{
	s->reserved -= d->reserved;
	d->reserved = 0;
}

/* Empty and not kept, with nothing set aside and nothing charged; key drawn anew by the next file. */
static void clear(struct store *s, struct draft *d)
{
	BUG_IF(d->uncommitted);
	release_reserved(s, d);
	d->count = 0;
	d->open = false;
	d->kept = NULL;
	draft_charge(d);
	secret_wipe(d->own_key, 32);
	secret_wipe(d->stage, d->stage_used);
	draft_init(d, d->own_key, d->stage, d->room, d->budget);
}

/* More bytes than are charged already. Who only announces large files, or holds much, must not keep out who has little
 * to say: a part of the room is left to circuits that hold no more than a small form. */
static bool circuit_may(const struct store *s, const struct draft *d, uint64_t more, enum room *who)
{
	uint64_t held = d->budget != NULL ? d->budget->bytes : d->charged;

	*who = d->room;
	if (d->room != ROOM_SOURCE)
		return true;
	if (held + more > cost_of(LIMIT_SMALL_FORM))
		*who = ROOM_LARGE;
	return more == 0 || d->budget == NULL || (held <= s->budgets.quota && more <= s->budgets.quota - held);
}

bool draft_has_room(const struct store *s, const struct draft *d, uint64_t n)
{
	uint64_t more = n > d->reserved ? n - d->reserved : 0;
	enum room who;
	uint64_t room;

	if (!circuit_may(s, d, more, &who))
		return false;
	/* What is set aside may be used: all that it was for. */
	room = store_room(s, more == 0 ? d->room : who);
	return __builtin_add_overflow(room, d->reserved, &room) || room >= n + TREE_SLACK;
}

enum err draft_reserve(struct store *s, struct draft *d, uint64_t size, uint64_t most)
{
	uint64_t had = d->reserved;
	uint64_t need;

	if (size > s->db.capacity)
		return ERR_FULL;
	need = cost_of(size);
	if (chunk_cost(size) > most || d->charged - d->reserved > most - chunk_cost(size))
		return ERR_FULL;
	release_reserved(s, d);
	draft_charge(d);
	if (!draft_has_room(s, d, need)) {
		s->reserved += had;
		d->reserved = had;
		draft_charge(d);
		return ERR_FULL;
	}
	s->reserved += need;
	d->reserved = need;
	draft_charge(d);
	return ERR_OK;
}

static void use_reserved(struct store *s, struct draft *d, uint64_t n)
{
	uint64_t part = n < d->reserved ? n : d->reserved;

	d->reserved -= part;
	s->reserved -= part;
}

/* One chunk of file i into the group. */
static enum err put_chunk(struct store *s, struct draft *d, size_t i, uint32_t number, struct bytes first,
			  struct bytes second)
{
	const struct file_ref *f = &d->files[i].ref;
	struct name mark = name_draft(f->id);
	uint64_t cost = chunk_cost(first.n + second.n);
	enum err e;

	if (!draft_has_room(s, d, cost))
		return ERR_FULL;
	TRY(store_group_begin(s));
	if (!d->uncommitted) {
		d->next_uncommitted = s->uncommitted;
		s->uncommitted = d;
		d->uncommitted = true;
	}
	if (!d->marked[i])
		TRY(store_mark(s, &mark));
	d->marked[i] = true;
	TRY(chunk_put(&s->db, f, d->key, number, first, second));
	use_reserved(s, d, cost);
	d->stored[i] += cost;
	draft_charge(d);
out:
	if (e != ERR_OK)
		store_group_abort(s, e);
	return e;
}

/* The end of file i, which is complete, out of memory. */
static enum err put_rest(struct store *s, struct draft *d, size_t i)
{
	enum err e;

	if (d->staged == 0)
		return ERR_OK;
	e = put_chunk(s, d, i, (uint32_t)(d->files[i].ref.size / CHUNK_PLAIN), bytes_of(d->stage, d->staged),
		      bytes_of(NULL, 0));
	if (e == ERR_OK)
		d->staged = 0;
	return e;
}

/* A file's id; before the first file also the key. */
static void draw(struct draft *d, bool with_key, uint8_t id[static FILE_ID_LEN])
{
	uint8_t drawn[FILE_ID_LEN + 32];

	random_fill(drawn, with_key ? sizeof drawn : FILE_ID_LEN);
	memcpy(id, drawn, FILE_ID_LEN);
	if (with_key)
		memcpy(d->key, drawn + FILE_ID_LEN, 32);
	SECRET_WIPE(drawn);
}

enum err draft_begin(struct store *s, struct draft *d, enum file_kind kind)
{
	struct entry_file *f;
	enum err e;

	BUG_IF(d->open);
	if (d->kept != NULL)
		kept_make_way(s, d, kind);
	if (d->count == ENTRY_FILES)
		return ERR_TOO_BIG;
	if (d->broken == ERR_OK && d->count > 0) {
		e = put_rest(s, d, d->count - 1u);
		if (e != ERR_OK)
			d->broken = e;
	}
	f = &d->files[d->count];
	memset(f, 0, sizeof *f);
	draw(d, d->ordinals == 0, f->ref.id);
	f->kind = (uint8_t)kind;
	f->ref.ordinal = kept_ordinal(d);
	d->marked[d->count] = false;
	d->stored[d->count] = 0;
	d->open = true;
	d->failed = d->ordinals == UINT32_MAX ? ERR_TOO_BIG : ERR_OK;
	d->staged = 0;
	return ERR_OK;
}

void draft_data(struct store *s, struct draft *d, struct bytes data)
{
	struct file_ref *f = &d->files[d->count].ref;

	BUG_IF(!d->open);
	while (data.n > 0 && d->failed == ERR_OK && d->broken == ERR_OK) {
		struct bytes part = bytes_first(data, CHUNK_PLAIN - d->staged);
		uint64_t number = f->size / CHUNK_PLAIN;

		if (d->staged + part.n < CHUNK_PLAIN) {
			memcpy(d->stage + d->staged, part.p, part.n);
			d->staged += part.n;
			d->stage_used = d->staged > d->stage_used ? d->staged : d->stage_used;
		} else {
			/* number fits: the database is full long before 2^32 chunks. */
			d->failed = put_chunk(s, d, d->count, (uint32_t)number, bytes_of(d->stage, d->staged), part);
			d->staged = 0;
		}
		f->size += part.n;
		data = bytes_from(data, part.n);
	}
}

enum err draft_discard(struct store *s, const uint8_t id[static FILE_ID_LEN])
{
	struct name mark = name_draft(id);
	struct name trash = name_file_trash(id);
	enum err e;

	TRY(store_begin(s));
	e = db_delete(&s->db, name_view(&mark));
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		goto out;
	TRY(store_mark(s, &trash));
	s->trash = true;
out:
	return e;
}

/* The files from the first on that kept.c doesn't keep. What fails stays marked as a draft's, and the next keeper
 * sweeps it. */
static enum err discard_from(struct store *s, struct draft *d, size_t first)
{
	size_t n = d->count + (d->open ? 1u : 0u);
	enum err e = ERR_OK;

	for (size_t i = first; i < n; i++) {
		if (!d->marked[i] || kept_has(d, i))
			continue;
		TRY(draft_discard(s, d->files[i].ref.id));
		d->marked[i] = false;
	}
	TRY(store_commit(s));
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

/* The open file of a kept draft is there to stay. */
static enum err complete_kept(struct store *s, struct draft *d)
{
	struct name mark = name_draft(d->files[d->count].ref.id);
	enum err e;

	TRY(put_rest(s, d, d->count));
	TRY(store_commit(s));
	TRY(d->broken);
	if (!d->marked[d->count]) {
		TRY(store_begin(s));
		TRY(store_mark(s, &mark));
		TRY(store_commit(s));
		d->marked[d->count] = true;
	}
	kept_add(d);
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

enum err draft_end(struct store *s, struct draft *d, bool keep)
{
	enum err e = d->broken != ERR_OK ? d->broken : d->failed;
	enum err discarded;

	BUG_IF(!d->open);
	if (keep && e == ERR_OK && d->kept != NULL && d->files[d->count].kind != FILE_TEXT)
		e = complete_kept(s, d);
	d->failed = ERR_OK;
	if (keep && e == ERR_OK) {
		d->open = false;
		d->count++;
		return ERR_OK;
	}
	d->staged = 0;
	discarded = discard_from(s, d, d->count);
	d->open = false;
	draft_charge(d);
	return keep ? e : discarded;
}

void draft_unkeep(struct store *s, struct draft *d)
{
	(void)!discard_from(s, d, 0);
}

void draft_drop(struct store *s, struct draft *d)
{
	draft_unkeep(s, d);
	if (d->kept != NULL)
		kept_drop(s, d->kept);
	clear(s, d);
}

void draft_leave(struct store *s, struct draft *d, uint64_t now_ms)
{
	if (d->kept == NULL) {
		draft_drop(s, d);
		return;
	}
	draft_unkeep(s, d);
	release_reserved(s, d);
	kept_leave(s, d, now_ms);
	clear(s, d);
}

/* The place of the text, or ENTRY_FILES. */
static size_t text_place(const struct draft *d)
{
	size_t i = 0;

	while (i < d->count && d->files[i].kind != FILE_TEXT)
		i++;
	return i < d->count ? i : ENTRY_FILES;
}

bool draft_is_message(const struct draft *d)
{
	size_t text = text_place(d);
	enum file_kind next = FILE_DATA;

	if (d->open || text == ENTRY_FILES)
		return false;
	for (size_t i = 0; i < d->count; i++) {
		if (i == text)
			continue;
		if (d->files[i].kind != next)
			return false;
		next = next == FILE_DATA ? FILE_META : FILE_DATA;
	}
	return next == FILE_DATA;
}

/* In a transaction: the last file's end, out of memory. */
static enum err take_rest(struct store *s, const struct draft *d, bool placed, struct file_ref *f)
{
	struct bytes rest = bytes_of(d->stage, d->staged);

	if (rest.n == 0)
		return ERR_OK;
	if (placed && f->size == rest.n)
		return chunk_put_only(&s->db, f, d->key, d->stage);
	return chunk_put(&s->db, f, d->key, (uint32_t)(f->size / CHUNK_PLAIN), rest, bytes_of(NULL, 0));
}

enum err draft_take(struct store *s, struct draft *d, bool placed, struct entry *x)
{
	struct entry_file last = d->files[d->count - 1u];
	size_t text = text_place(d);
	enum err e;

	BUG_IF(!draft_is_message(d) || x->file_count != 0);
	TRY(d->broken);
	if (!draft_has_room(s, d, d->staged == 0 ? 0 : chunk_cost(d->staged)))
		TRY(ERR_FULL);
	TRY(store_begin(s));
	TRY(take_rest(s, d, placed, &last.ref));
	for (size_t i = 0; i < d->count; i++) {
		struct name mark = name_draft(d->files[i].ref.id);
		if (d->marked[i])
			TRY(db_delete(&s->db, name_view(&mark)));
	}
	if (d->kept != NULL)
		TRY(kept_discard_note(s, d->kept));
	memcpy(x->key, d->key, sizeof x->key);
	/* The text first, wherever it came; the others in their order. */
	x->files[x->file_count++] = text == d->count - 1u ? last : d->files[text];
	for (size_t i = 0; i < d->count; i++)
		if (i != text)
			x->files[x->file_count++] = i == d->count - 1u ? last : d->files[i];
out:
	return e;
}

void draft_taken(struct store *s, struct draft *d)
{
	if (d->kept != NULL)
		kept_erase(s, d->kept);
	clear(s, d);
}
