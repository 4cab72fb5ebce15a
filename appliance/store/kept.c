/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/kept.h"

#include <string.h>

#include "crypto/crypto.h"
#include "base/random.h"

_Static_assert(sizeof(((struct vault_file *)0)->id) == FILE_ID_LEN, "one sort of id");

static struct kept *kept_of(struct store *s, const struct vault_draft *k)
{
	return &s->kept[k - s->vault.fixed->drafts];
}

static const struct vault_file *note_of(const struct vault_draft *k)
{
	return &k->notes[k->note_at];
}

static struct file_ref ref_of(const struct vault_file *f)
{
	struct file_ref ref = {.ordinal = f->ordinal, .size = f->size};

	memcpy(ref.id, f->id, sizeof ref.id);
	return ref;
}

static struct vault_file file_of(const struct entry_file *f)
{
	struct vault_file out = {.ordinal = f->ref.ordinal, .kind = f->kind, .size = f->ref.size};

	memcpy(out.id, f->ref.id, sizeof out.id);
	return out;
}

/* The channel's files are those that the vault lists. */
static void load(struct draft *d)
{
	const struct vault_draft *k = d->kept;

	d->count = k->file_count;
	for (size_t i = 0; i < d->count; i++) {
		d->files[i] = (struct entry_file){.kind = k->files[i].kind, .ref = ref_of(&k->files[i])};
		d->marked[i] = true;
		d->stored[i] = chunk_cost(k->files[i].size);
	}
	d->staged = 0;
	d->broken = ERR_OK;
	draft_charge(d);
}

/* ---- names */

static void hash_name(const struct store *s, const uint8_t name[static 32], uint8_t out[static 16])
{
	uint8_t text[1 + 32] = {'d'};
	uint8_t mac[32];

	memcpy(text + 1, name, 32);
	hmac_sha256(BYTES_ARRAY(s->vault.fixed->header.name_key), BYTES_ARRAY(text), mac);
	memcpy(out, mac, 16);
}

/* The draft of that name, or NULL; *free: a place for a new one, or NULL, of *left. */
static struct vault_draft *find(struct store *s, const uint8_t hash[static 16], struct vault_draft **free,
				uint32_t *left)
{
	struct vault_draft *found = NULL;

	*free = NULL;
	*left = 0;
	for (size_t i = 0; i < LIMIT_DRAFTS; i++) {
		struct vault_draft *k = &s->vault.fixed->drafts[i];
		if (k->state != VAULT_DRAFT_USED) {
			*free = k;
			++*left;
		} else if (secret_equal(k->name, hash, sizeof k->name)) {
			found = k;
		}
	}
	return found;
}

static void claim(struct vault_draft *k, const uint8_t hash[static 16])
{
	memcpy(k->name, hash, sizeof k->name);
	random_fill(k->key, sizeof k->key);
	vault_in_order();
	k->state = VAULT_DRAFT_USED;
}

/* What it takes was charged to the circuit that had it last. */
static void uncharge(struct store *s, struct kept *info)
{
	struct budget *b = budget_at_stamp(&s->budgets, info->budget, info->stamp);

	budget_give_back(b, info->bytes);
	if (b != NULL)
		b->drafts--;
	*info = (struct kept){.owner = NULL};
}

enum err kept_open(struct store *s, struct draft *d, const uint8_t name[static 32], uint64_t now_ms)
{
	struct vault_draft *k;
	struct vault_draft *free;
	uint8_t hash[16];
	uint32_t left;

	hash_name(s, name, hash);
	k = find(s, hash, &free, &left);
	if (k != NULL && k == d->kept)
		return ERR_OK;
	if (k != NULL && kept_of(s, k)->owner != NULL)
		return ERR_BUSY;
	if (d->kept == NULL && d->count > 0)
		return ERR_STATE;
	if (d->kept != NULL)
		draft_leave(s, d, now_ms);
	if (k == NULL) {
		k = free;
		if (k == NULL || (d->budget != NULL && d->budget->drafts >= budget_share(left, LIMIT_CIRCUIT_DRAFTS)))
			return ERR_FULL;
		claim(k, hash);
	}
	uncharge(s, kept_of(s, k));
	kept_of(s, k)->owner = d;
	if (d->budget != NULL)
		d->budget->drafts++;
	k->left_ms = 0;
	d->kept = k;
	d->key = k->key;
	d->ordinals = k->ordinals;
	load(d);
	return ERR_OK;
}

/* ---- files */

uint32_t kept_ordinal(struct draft *d)
{
	uint32_t ordinal = d->ordinals++;

	if (d->kept != NULL) {
		d->kept->ordinals = d->ordinals;
		vault_in_order();
	}
	return ordinal;
}

bool kept_has(const struct draft *d, size_t i)
{
	if (d->kept == NULL)
		return false;
	for (size_t n = 0; n < d->kept->file_count; n++)
		if (bytes_eq(BYTES_ARRAY(d->kept->files[n].id), BYTES_ARRAY(d->files[i].ref.id)))
			return true;
	return false;
}

/* The one file of that kind that isn't kept, or ENTRY_FILES. */
static size_t unkept(const struct draft *d, enum file_kind kind)
{
	size_t i = 0;

	while (i < d->count && (d->files[i].kind != kind || kept_has(d, i)))
		i++;
	return i < d->count ? i : ENTRY_FILES;
}

static void remove_file(struct store *s, struct draft *d, size_t i)
{
	size_t after = d->count - i - 1;
	enum err e = ERR_OK;

	/* If this fails, it stays marked as a draft's, and the next keeper sweeps it. */
	if (d->marked[i])
		e = draft_discard(s, d->files[i].ref.id);
	if (e == ERR_OK)
		e = store_commit(s);
	if (e != ERR_OK)
		store_abort(s);
	if (after == 0)
		d->staged = 0;
	memmove(&d->files[i], &d->files[i + 1], after * sizeof d->files[0]);
	memmove(&d->marked[i], &d->marked[i + 1], after * sizeof d->marked[0]);
	memmove(&d->stored[i], &d->stored[i + 1], after * sizeof d->stored[0]);
	d->count--;
	draft_charge(d);
}

void kept_make_way(struct store *s, struct draft *d, enum file_kind kind)
{
	size_t i;

	if (d->broken != ERR_OK) {
		draft_unkeep(s, d);
		load(d);
	}
	/* One text, and no data whose meta never came. */
	i = kind == FILE_META ? ENTRY_FILES : unkept(d, kind);
	if (i < ENTRY_FILES)
		remove_file(s, d, i);
}

void kept_add(struct draft *d)
{
	struct vault_draft *k = d->kept;
	size_t data = unkept(d, FILE_DATA);

	if (d->files[d->count].kind != FILE_META || data == ENTRY_FILES)
		return;
	BUG_IF(k->file_count + 2u > 2 * LIMIT_FILES);
	k->files[k->file_count] = file_of(&d->files[data]);
	k->files[k->file_count + 1] = file_of(&d->files[d->count]);
	vault_in_order();
	k->file_count = (uint8_t)(k->file_count + 2);
}

/* ---- the note */

enum err kept_discard_note(struct store *s, const struct vault_draft *k)
{
	return note_of(k)->size == 0 ? ERR_OK : draft_discard(s, note_of(k)->id);
}

/* The new one stands beside the old one before the commit that makes it the note. */
enum err kept_note(struct store *s, struct draft *d, struct bytes note)
{
	struct vault_draft *k = d->kept;
	struct vault_file *new;
	struct file_ref ref;
	struct name mark;
	enum err e;

	if (k == NULL)
		return ERR_STATE;
	if (note.n == 0 || !draft_has_room(s, d, chunk_cost(note.n)))
		return note.n == 0 ? ERR_FORMAT : ERR_FULL;
	new = &k->notes[1 - k->note_at];
	*new = (struct vault_file){.ordinal = kept_ordinal(d), .size = note.n};
	random_fill(new->id, sizeof new->id);
	vault_in_order();
	ref = ref_of(new);
	mark = name_draft(ref.id);
	TRY(store_begin(s));
	TRY(store_mark(s, &mark));
	TRY(chunk_put(&s->db, &ref, d->key, 0, note, bytes_of(NULL, 0)));
	TRY(kept_discard_note(s, k));
	TRY(store_commit(s));
	k->note_at = (uint8_t)(1 - k->note_at);
	draft_charge(d);
out:
	if (e != ERR_OK)
		store_abort(s);
	return e;
}

enum err kept_note_get(struct store *s, const struct draft *d, uint8_t out[static LIMIT_CHUNK], size_t *n)
{
	struct file_ref ref;

	*n = 0;
	if (d->kept == NULL || note_of(d->kept)->size == 0)
		return ERR_OK;
	ref = ref_of(note_of(d->kept));
	return store_damaged(chunk_get(&s->db, &ref, d->key, 0, out, n));
}

/* ---- the end */

void kept_leave(struct store *s, struct draft *d, uint64_t now_ms)
{
	struct vault_draft *k = d->kept;
	struct kept *info = kept_of(s, k);

	if (k->file_count == 0 && note_of(k)->size == 0) {
		kept_erase(s, k);
		return;
	}
	load(d);
	k->left_ms = now_ms;
	*info = (struct kept){.budget = budget_ticket(&s->budgets, d->budget),
			      .stamp = s->vault.fixed->header.writes,
			      .bytes = d->charged};
	d->charged = 0;
}

void kept_drop(struct store *s, struct vault_draft *k)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < k->file_count; i++)
		TRY(draft_discard(s, k->files[i].id));
	TRY(kept_discard_note(s, k));
	TRY(store_commit(s));
out:
	/* If this fails, they stay marked as a draft's, and the next keeper sweeps them. */
	if (e != ERR_OK)
		store_abort(s);
	kept_erase(s, k);
}

void kept_erase(struct store *s, struct vault_draft *k)
{
	struct kept *info = kept_of(s, k);

	if (info->owner != NULL && info->owner->budget != NULL)
		info->owner->budget->drafts--;
	uncharge(s, info);
	k->state = VAULT_DRAFT_FREE;
	vault_in_order();
	secret_wipe(k, sizeof *k);
}

void kept_sweep(struct store *s, uint64_t now_ms)
{
	for (size_t i = 0; i < LIMIT_DRAFTS; i++) {
		struct vault_draft *k = &s->vault.fixed->drafts[i];
		if (k->state == VAULT_DRAFT_USED && s->kept[i].owner == NULL && now_ms - k->left_ms >= LIMIT_DRAFT_MS)
			kept_drop(s, k);
	}
}

/* ---- after a start */

static enum err is_marked(struct store *s, const uint8_t id[static FILE_ID_LEN], bool *marked)
{
	struct name mark = name_draft(id);
	struct bytes value;
	enum err e = db_get(&s->db, name_view(&mark), &value);

	*marked = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The note is the one that has a mark: a keeper may have been killed between the commit and the word of it. */
static enum err recover_note(struct store *s, struct vault_draft *k)
{
	struct vault_file *other = &k->notes[1 - k->note_at];
	bool marked;
	enum err e = ERR_OK;

	if (note_of(k)->size == 0)
		goto out;
	TRY(is_marked(s, note_of(k)->id, &marked));
	if (marked)
		goto out;
	TRY(is_marked(s, other->id, &marked));
	if (marked && other->size > 0)
		k->note_at = (uint8_t)(1 - k->note_at);
	else
		memset(k->notes, 0, sizeof k->notes);
out:
	return e;
}

/* *whole: it has something, and all that it lists is its own. */
static enum err recover_one(struct store *s, struct vault_draft *k, bool *whole)
{
	enum err e;

	*whole = k->state == VAULT_DRAFT_USED && k->file_count <= 2 * LIMIT_FILES && k->note_at <= 1;
	if (!*whole)
		return ERR_OK;
	TRY(recover_note(s, k));
	*whole = k->file_count > 0 || note_of(k)->size > 0;
	for (size_t i = 0; i < k->file_count && *whole; i++)
		TRY(is_marked(s, k->files[i].id, whole));
out:
	return e;
}

static bool is_listed(const struct store *s, const uint8_t id[static FILE_ID_LEN])
{
	for (size_t i = 0; i < LIMIT_DRAFTS; i++) {
		const struct vault_draft *k = &s->vault.fixed->drafts[i];
		if (k->state != VAULT_DRAFT_USED)
			continue;
		if (bytes_eq(BYTES_ARRAY(note_of(k)->id), bytes_of(id, FILE_ID_LEN)))
			return true;
		for (size_t n = 0; n < k->file_count; n++)
			if (bytes_eq(BYTES_ARRAY(k->files[n].id), bytes_of(id, FILE_ID_LEN)))
				return true;
	}
	return false;
}

/* Marks of what the last keeper's channels had sent and nobody keeps. */
static enum err recover_marks(struct store *s)
{
	uint8_t from[2 + FILE_ID_LEN] = {'d'};
	size_t from_len = 1;
	enum err e;

	for (;;) {
		struct buf found = buf_over(from, sizeof from);
		e = db_next(&s->db, BYTES_LITERAL("d"), bytes_of(from, from_len), &found);
		if (e == ERR_NOT_FOUND)
			return store_commit(s);
		TRY(e);
		BUG_IF(found.len != 1 + FILE_ID_LEN);
		if (!is_listed(s, from + 1))
			TRY(draft_discard(s, from + 1));
		/* On from the name after this one. */
		from_len = found.len;
		from[from_len++] = 0;
	}
out:
	store_abort(s);
	return e;
}

enum err kept_recover(struct store *s, uint64_t now_ms)
{
	enum err e;

	for (size_t i = 0; i < LIMIT_DRAFTS; i++) {
		struct vault_draft *k = &s->vault.fixed->drafts[i];
		bool whole;
		TRY(recover_one(s, k, &whole));
		if (!whole)
			secret_wipe(k, sizeof *k);
		else if (k->left_ms == 0)
			k->left_ms = now_ms;
	}
	TRY(recover_marks(s));
out:
	return e;
}
