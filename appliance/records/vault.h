/* SPDX-License-Identifier: GPL-3.0-or-later
 * The secret area: every key of the store, and nothing that is not a secret or a counter that must outlive the keeper.
 * init makes it (memfd_secret where the kernel has it), keeps the descriptor and hands it to the next keeper.
 *
 *   header | a key per peer for its draft | a key per peer for the file it reads | room to work in | kept drafts |
 *   desks | slots
 *
 * A slot is a conversation. It is the only place where the conversation's keys are, and the authority on whether it
 * exists: what no slot opens is rubbish. All stores here are made in program order, so that a keeper killed anywhere
 * leaves an area that its successor understands. */
#ifndef RECORDS_VAULT_H
#define RECORDS_VAULT_H

#include "base/bytes.h"
#include "base/secret.h"
#include "limits.h"

#define CONVERSATION_ID_LEN 16
#define SLOT_NONE           UINT32_MAX
#define SLOT_DECOY          0u /* a conversation that nobody has: what AUTH looks at when there is no such conversation */

enum slot_state { SLOT_FREE, SLOT_USED };

struct slot {
	uint8_t id[CONVERSATION_ID_LEN];
	uint8_t seal_key[32]; /* AEAD of its records */
	uint8_t name_key[16]; /* SipHash of its records' names */
	uint8_t prefix[8];    /* random; begins its records' names; tells a slot's tenants apart */
	uint32_t state;       /* enum slot_state; written last by claim, first by erase after the keys */
	uint32_t spare;
};

struct vault_header {
	uint64_t magic; /* written last, when the area is new */
	uint32_t version;
	uint32_t slot_count;
	uint8_t session_key[32];
	uint8_t name_key[32];
	uint8_t index_key[16];
	uint64_t writes; /* records sealed so far: the nonces of sealed records; and stamps */
	uint64_t cursor; /* messages taken so far: the desks' order */
	uint8_t boot_id[16];
	uint32_t boot_day;
	uint32_t desk_day; /* when a desk was here last; 0: never */
	uint32_t high;     /* no slot from here on was ever used: looking at one would take memory for it */
	uint32_t filled;   /* a store was made for it, once: before that, files that lie there are of no use */
	uint32_t draining; /* a restart is near: nothing new is begun */
	uint32_t spare;
};

/* What desks changed since the machine started. */
struct vault_desk {
	uint8_t hashes[2][32]; /* of its token */
	uint8_t hash_at;       /* which of them it is, from 1; 0: the site file's. Written last */
	uint8_t revoked;
	uint8_t spare[6];
	uint64_t forgotten; /* the stamp of when a conversation of it was forgotten last; 0: never */
};

#define VAULT_WORK_LEN 8192

/* A file of a kept draft. */
struct vault_file {
	uint8_t id[8];
	uint32_t ordinal;
	uint8_t kind;
	uint8_t spare[3];
	uint64_t size;
};

enum vault_draft_state { VAULT_DRAFT_FREE, VAULT_DRAFT_USED };

/* A draft that outlives its channel (store/kept.h). Nothing else says what its files are. */
struct vault_draft {
	uint32_t state;    /* enum vault_draft_state; written last, erased first */
	uint32_t ordinals; /* files begun under the key */
	uint8_t name[16];  /* keyed hash of the name that the worker gave */
	uint8_t key[32];   /* of its files */
	uint64_t left_ms;  /* when its channel ended, of CLOCK_MONOTONIC; 0: it has one */
	uint8_t file_count;
	uint8_t note_at; /* which of the notes is the note */
	uint8_t spare[6];
	struct vault_file notes[2];
	struct vault_file files[2 * LIMIT_FILES];
};

struct vault_fixed {
	struct vault_header header;
	uint8_t draft_keys[LIMIT_KEEPER_PEERS][32];
	uint8_t read_keys[LIMIT_KEEPER_PEERS][32];
	_Alignas(16) uint8_t work[VAULT_WORK_LEN]; /* opened records live here and nowhere else */
	struct vault_draft drafts[LIMIT_DRAFTS];
	struct vault_desk desks[LIMIT_DESKS];
};

/* Where an id's slot is: open addressing over a keyed hash. Not secret, made anew by each keeper. */
struct index_entry {
	uint32_t hash;
	uint32_t slot_plus_1; /* 0: empty */
};

struct vault {
	struct secret_area area;
	struct vault_fixed *fixed;
	struct slot *slots;
	uint32_t slot_count;
	uint32_t used;      /* slots in use, the decoy's among them */
	uint32_t free_hint; /* no slot below is free */
	struct index_entry *index;
	uint32_t index_mask;
	bool fresh; /* no store was made for it: whatever lies there can't be opened, or is half made */
};

/* Maps the area and reads it, or makes it if it is all zero. Takes fd over. ERR_FORMAT: it is something else;
 * ERR_UNSUPPORTED: another version's; ERR_NO_MEMORY, ERR_IO. */
enum err vault_open(int fd, bool hidden, struct vault *v) MUST_CHECK;
/* Unmaps; the keys stay for whoever holds another descriptor. */
void vault_close(struct vault *v);

/* SLOT_NONE if there is none. The same cost either way. */
uint32_t vault_find(const struct vault *v, const uint8_t id[static CONVERSATION_ID_LEN]);
/* A slot with new keys for an id that has none. ERR_FULL. */
enum err vault_claim(struct vault *v, const uint8_t id[static CONVERSATION_ID_LEN], uint32_t *slot) MUST_CHECK;
/* The keys first, then the rest; the slot is free. */
void vault_erase(struct vault *v, uint32_t slot);

/* A nonce that no record was ever sealed with. */
void vault_nonce(struct vault *v, uint8_t out[static 12]);
/* A number that no other call gives, greater than all before; those of nonces among them. */
uint64_t vault_stamp(struct vault *v);
/* Greater than all before. */
uint64_t vault_cursor(struct vault *v);
/* What is before it in the program is before it in the area, also for a process that is killed here. */
void vault_in_order(void);

#endif
