/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper/draft.h"

#include <string.h>

#include "base/random.h"
#include "base/secret.h"

/* What a chunk may cost beyond its own pages: a split in each level of the tree, and the mark. */
#define TREE_SLACK (8 * EXTENT_PAGE)

void draft_init(struct draft *d, uint8_t *key, uint8_t *stage, enum room room)
{
	*d = (struct draft){.key = key, .stage = stage, .room = room};
}

/* Empty, with nothing set aside; key drawn anew by the next file. */
static void clear(struct store *s, struct draft *d)
{
	BUG_IF(d->uncommitted);
	s->reserved -= d->reserved;
	secret_wipe(d->key, 32);
	draft_init(d, d->key, d->stage, d->room);
}

/* Room for n more bytes of files and the records that come with them, its own reservation included. */
static bool has_room(const struct store *s, const struct draft *d, uint64_t n)
{
	uint64_t room = store_room(s, d->room);

	return __builtin_add_overflow(room, d->reserved, &room) || room >= n + TREE_SLACK;
}

/* Who only announces large files must not keep out who has little to say: promises to large forms leave a sixteenth of
 * what is free to small ones. */
static bool leaves_some(const struct store *s, const struct draft *d, uint64_t need)
{
	uint64_t others = s->reserved - d->reserved;
	uint64_t unpromised = store_room(s, d->room) + s->reserved;

	return others + need + TREE_SLACK <= unpromised - unpromised / 16;
}

enum err draft_reserve(struct store *s, struct draft *d, uint64_t size)
{
	uint64_t need;

	if (size > s->db.capacity)
		return ERR_FULL;
	need = chunk_cost(size);
	need += need / 64;
	if (!has_room(s, d, need) || (size > LIMIT_SMALL_FORM && !leaves_some(s, d, need)))
		return ERR_FULL;
	s->reserved += need - d->reserved;
	d->reserved = need;
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

	if (!has_room(s, d, cost))
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

enum err draft_begin(struct store *s, struct draft *d, enum file_kind kind)
{
	struct entry_file *f;
	enum err e;

	BUG_IF(d->open);
	if (d->count == ENTRY_FILES)
		return ERR_TOO_BIG;
	if (d->broken == ERR_OK && d->count > 0) {
		e = put_rest(s, d, d->count - 1u);
		if (e != ERR_OK)
			d->broken = e;
	}
	if (d->ordinals == 0)
		random_fill(d->key, 32);
	f = &d->files[d->count];
	*f = (struct entry_file){.kind = (uint8_t)kind, .ref = {.ordinal = d->ordinals}};
	random_fill(f->ref.id, sizeof f->ref.id);
	d->marked[d->count] = false;
	d->ordinals++;
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
		} else {
			/* number fits: the database is full long before 2^32 chunks. */
			d->failed = put_chunk(s, d, d->count, (uint32_t)number, bytes_of(d->stage, d->staged), part);
			d->staged = 0;
		}
		f->size += part.n;
		data = bytes_from(data, part.n);
	}
}

/* File i's chunks are rubbish from here on. */
static enum err discard(struct store *s, struct draft *d, size_t i)
{
	struct name mark = name_draft(d->files[i].ref.id);
	struct name trash = name_file_trash(d->files[i].ref.id);
	enum err e;

	if (!d->marked[i])
		return ERR_OK;
	TRY(store_begin(s));
	e = db_delete(&s->db, name_view(&mark));
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		goto out;
	TRY(store_mark(s, &trash));
	d->marked[i] = false;
	s->trash = true;
out:
	return e;
}

enum err draft_end(struct store *s, struct draft *d, bool keep)
{
	enum err e = d->broken != ERR_OK ? d->broken : d->failed;
	enum err discarded;

	BUG_IF(!d->open);
	d->open = false;
	d->failed = ERR_OK;
	if (keep && e == ERR_OK) {
		d->count++;
		return ERR_OK;
	}
	d->staged = 0;
	discarded = discard(s, d, d->count);
	/* If this fails, it stays marked as a draft's, and the next keeper sweeps it. */
	if (discarded == ERR_OK)
		discarded = store_commit(s);
	else
		store_abort(s);
	return keep ? e : discarded;
}

void draft_drop(struct store *s, struct draft *d)
{
	size_t n = d->count + (d->open ? 1u : 0u);
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = discard(s, d, i);
	if (e == ERR_OK)
		e = store_commit(s);
	else
		store_abort(s);
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

enum err draft_take(struct store *s, struct draft *d, struct entry *x)
{
	const struct file_ref *f = &d->files[d->count - 1u].ref;
	size_t text = text_place(d);
	enum err e;

	BUG_IF(!draft_is_message(d) || x->file_count != 0);
	TRY(d->broken);
	if (!has_room(s, d, d->staged == 0 ? 0 : chunk_cost(d->staged)))
		TRY(ERR_FULL);
	TRY(store_begin(s));
	if (d->staged > 0)
		TRY(chunk_put(&s->db, f, d->key, (uint32_t)(f->size / CHUNK_PLAIN), bytes_of(d->stage, d->staged),
			      bytes_of(NULL, 0)));
	for (size_t i = 0; i < d->count; i++) {
		struct name mark = name_draft(d->files[i].ref.id);
		if (d->marked[i])
			TRY(db_delete(&s->db, name_view(&mark)));
	}
	memcpy(x->key, d->key, sizeof x->key);
	/* The text first, wherever it came; the others in their order. */
	x->files[x->file_count++] = d->files[text];
	for (size_t i = 0; i < d->count; i++)
		if (i != text)
			x->files[x->file_count++] = d->files[i];
out:
	return e;
}

void draft_taken(struct store *s, struct draft *d)
{
	clear(s, d);
}
