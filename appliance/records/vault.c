/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "records/vault.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/random.h"
#include "crypto/siphash.h"
#include "link/wire.h"

#define VAULT_MAGIC     0x65627265722d6b31u
#define VAULT_VERSION   3u
#define VAULT_FIXED_LEN ((size_t)LIMIT_KEEPER_FIXED)

_Static_assert(sizeof(struct slot) == 80, "LIMIT_KEEPER_SECRET counts on it");
_Static_assert(sizeof(struct vault_fixed) <= VAULT_FIXED_LEN, "the fixed part");
_Static_assert(LIMIT_KEEPER_SECRET == VAULT_FIXED_LEN + LIMIT_CONVERSATIONS * sizeof(struct slot), "all slots fit");

void vault_in_order(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static uint32_t hash_of(const struct vault *v, const uint8_t id[static CONVERSATION_ID_LEN])
{
	/* Keyed: ids come from workers, who could choose them to collide. */
	return (uint32_t)siphash(v->fixed->header.index_key, bytes_of(id, CONVERSATION_ID_LEN));
}

static void index_add(struct vault *v, uint32_t hash, uint32_t slot)
{
	uint32_t at = hash & v->index_mask;

	while (v->index[at].slot_plus_1 != 0)
		at = (at + 1) & v->index_mask;
	v->index[at] = (struct index_entry){.hash = hash, .slot_plus_1 = slot + 1};
}

/* Closes the gap, so that no search stops too early. */
static void index_remove(struct vault *v, uint32_t hash, uint32_t slot)
{
	uint32_t gap = hash & v->index_mask;

	while (v->index[gap].slot_plus_1 != slot + 1) {
		BUG_IF(v->index[gap].slot_plus_1 == 0);
		gap = (gap + 1) & v->index_mask;
	}
	for (uint32_t at = (gap + 1) & v->index_mask; v->index[at].slot_plus_1 != 0; at = (at + 1) & v->index_mask) {
		uint32_t home = v->index[at].hash & v->index_mask;
		/* Only what may not stand at the gap (its home lies after it) stays. */
		if (((at - home) & v->index_mask) >= ((at - gap) & v->index_mask)) {
			v->index[gap] = v->index[at];
			gap = at;
		}
	}
	v->index[gap] = (struct index_entry){0};
}

static enum err index_make(struct vault *v)
{
	uint32_t n = 16;
	void *p;

	while (n < 2 * v->slot_count)
		n *= 2;
	p = mmap(NULL, n * sizeof *v->index, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return ERR_NO_MEMORY;
	v->index = p;
	v->index_mask = n - 1;
	for (uint32_t i = 0; i < v->fixed->header.high; i++) {
		if (v->slots[i].state != SLOT_USED)
			continue;
		index_add(v, hash_of(v, v->slots[i].id), i);
		v->used++;
	}
	return ERR_OK;
}

static void fill_slot(struct slot *s, const uint8_t id[static CONVERSATION_ID_LEN])
{
	memcpy(s->id, id, CONVERSATION_ID_LEN);
	random_fill(s->seal_key, sizeof s->seal_key);
	random_fill(s->name_key, sizeof s->name_key);
	random_fill(s->prefix, sizeof s->prefix);
	s->spare = 0;
	vault_in_order();
	s->state = SLOT_USED;
}

static void make(struct vault *v)
{
	struct vault_header *h = &v->fixed->header;
	uint8_t nobody[CONVERSATION_ID_LEN];

	h->version = VAULT_VERSION;
	h->slot_count = v->slot_count;
	random_fill(h->session_key, sizeof h->session_key);
	random_fill(h->name_key, sizeof h->name_key);
	random_fill(h->index_key, sizeof h->index_key);
	random_fill(h->boot_id, sizeof h->boot_id);
	h->boot_day = clock_day();
	random_fill(nobody, sizeof nobody);
	fill_slot(&v->slots[SLOT_DECOY], nobody);
	h->high = 1;
	vault_in_order();
	h->magic = VAULT_MAGIC;
}

static enum err adopt(const struct vault *v)
{
	const struct vault_header *h = &v->fixed->header;

	if (h->magic != VAULT_MAGIC)
		return ERR_FORMAT;
	if (h->version != VAULT_VERSION)
		return ERR_UNSUPPORTED;
	if (h->slot_count != v->slot_count || h->high == 0 || h->high > h->slot_count)
		return ERR_FORMAT;
	return v->slots[SLOT_DECOY].state == SLOT_USED ? ERR_OK : ERR_FORMAT;
}

enum err vault_open(int fd, bool hidden, struct vault *v)
{
	struct stat st;
	size_t count;
	enum err e;

	memset(v, 0, sizeof *v);
	v->area.fd = -1;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return ERR_IO;
	}
	if (st.st_size < (off_t)(VAULT_FIXED_LEN + 2 * sizeof(struct slot))) {
		close(fd);
		return ERR_FORMAT;
	}
	TRY(secret_area_map(fd, hidden, (size_t)st.st_size, &v->area));
	v->fixed = (struct vault_fixed *)(void *)v->area.p;
	v->slots = (struct slot *)(void *)(v->area.p + VAULT_FIXED_LEN);
	count = (v->area.n - VAULT_FIXED_LEN) / sizeof(struct slot);
	v->slot_count = count < LIMIT_CONVERSATIONS ? (uint32_t)count : LIMIT_CONVERSATIONS;
	if (v->fixed->header.magic == 0)
		make(v);
	TRY(adopt(v));
	v->fresh = v->fixed->header.filled == 0;
	TRY(index_make(v));
out:
	if (e != ERR_OK)
		vault_close(v);
	return e;
}

void vault_close(struct vault *v)
{
	if (v->index != NULL)
		munmap(v->index, ((size_t)v->index_mask + 1) * sizeof *v->index);
	if (v->area.fd >= 0) {
		munmap(v->area.p, v->area.n);
		close(v->area.fd);
	}
	memset(v, 0, sizeof *v);
	v->area.fd = -1;
}

uint32_t vault_find(const struct vault *v, const uint8_t id[static CONVERSATION_ID_LEN])
{
	uint32_t hash = hash_of(v, id);

	for (uint32_t at = hash & v->index_mask; v->index[at].slot_plus_1 != 0; at = (at + 1) & v->index_mask) {
		uint32_t slot = v->index[at].slot_plus_1 - 1;
		if (v->index[at].hash == hash && slot != SLOT_DECOY &&
		    secret_equal(v->slots[slot].id, id, CONVERSATION_ID_LEN))
			return slot;
	}
	return SLOT_NONE;
}

enum err vault_claim(struct vault *v, const uint8_t id[static CONVERSATION_ID_LEN], uint32_t *slot)
{
	struct vault_header *h = &v->fixed->header;
	uint32_t i = v->free_hint;

	while (i < h->high && v->slots[i].state == SLOT_USED)
		i++;
	v->free_hint = i;
	if (i == v->slot_count)
		return ERR_FULL;
	if (i == h->high) {
		h->high++;
		vault_in_order();
	}
	fill_slot(&v->slots[i], id);
	index_add(v, hash_of(v, id), i);
	v->used++;
	*slot = i;
	return ERR_OK;
}

void vault_erase(struct vault *v, uint32_t slot)
{
	struct slot *s = &v->slots[slot];

	BUG_IF(slot >= v->slot_count || s->state != SLOT_USED);
	secret_wipe(s->seal_key, sizeof s->seal_key);
	secret_wipe(s->name_key, sizeof s->name_key);
	vault_in_order();
	index_remove(v, hash_of(v, s->id), slot);
	secret_wipe(s, sizeof *s);
	v->used--;
	if (slot < v->free_hint)
		v->free_hint = slot;
}

void vault_nonce(struct vault *v, uint8_t out[static 12])
{
	struct buf b = buf_over(out, 12);

	wire_put_u64(&b, vault_stamp(v));
	wire_put_u32(&b, 0);
}

uint64_t vault_stamp(struct vault *v)
{
	uint64_t stamp = ++v->fixed->header.writes;

	vault_in_order();
	return stamp;
}

uint64_t vault_cursor(struct vault *v)
{
	return ++v->fixed->header.cursor;
}
