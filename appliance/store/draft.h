/* SPDX-License-Identifier: GPL-3.0-or-later
 * Files on their way in: what a channel has sent and no submission has taken. They are sealed under a key of their
 * own, drawn anew for each submission; chunks that are full go to the database, marked as a draft's; the rest waits in
 * memory, so that a short message needs one transaction and no mark.
 *
 * A draft may be kept under a name (kept.h). Its complete attachments, data and meta, are then committed when the meta
 * ends, and outlive the channel; a text is not kept, and one more text takes the place of the first. */
#ifndef STORE_DRAFT_H
#define STORE_DRAFT_H

#include "store/store.h"

struct draft {
	struct entry_file files[ENTRY_FILES]; /* the complete ones, and after them the open one */
	bool marked[ENTRY_FILES];             /* has a mark, so may have chunks, in the database */
	uint64_t stored[ENTRY_FILES];         /* what its chunks there take */
	uint8_t count;                        /* of complete ones */
	bool open;
	enum err failed;   /* the open file can't be kept: draft_end says so */
	enum err broken;   /* some of all this is lost: draft_end and a submission say so until draft_drop */
	uint32_t ordinals; /* files begun under the key */
	uint8_t *key;      /* 32 bytes in the vault: */
	uint8_t *own_key;  /* the channel's, while it is not kept */
	uint8_t *stage;    /* CHUNK_PLAIN bytes: the end of the open or last file, not yet a chunk */
	size_t staged;
	size_t stage_used; /* of its bytes, since it was wiped */
	enum room room;
	uint64_t reserved;        /* bytes that RESERVE set aside and that have not come yet */
	struct budget *budget;    /* the circuit's; NULL: nobody is charged */
	uint64_t charged;         /* of its bytes, those that are this draft's */
	struct vault_draft *kept; /* NULL: it ends with its channel */
	struct draft *next_uncommitted;
	bool uncommitted; /* has chunks in the open transaction */
};

/* key and stage as above; the draft is empty. */
void draft_init(struct draft *d, uint8_t *key, uint8_t *stage, enum room room, struct budget *budget);
/* Sets size bytes aside, instead of what was set aside before. `most`: what all the draft's files may take.
 * ERR_FULL: the store, the circuit's budget, or `most`. */
enum err draft_reserve(struct store *s, struct draft *d, uint64_t size, uint64_t most) MUST_CHECK;
/* kind < FILE_KIND_COUNT. ERR_TOO_BIG: more files than a message may have, which only a broken peer sends. */
enum err draft_begin(struct store *s, struct draft *d, enum file_kind kind) MUST_CHECK;
/* What can't be kept is dropped, and draft_end says so. */
void draft_data(struct store *s, struct draft *d, struct bytes data);
/* keep false: forget the open file. The error that hit it, and it is forgotten. */
enum err draft_end(struct store *s, struct draft *d, bool keep) MUST_CHECK;
/* Forgets all, and what was reserved; also what was kept. */
void draft_drop(struct store *s, struct draft *d);
/* The channel has no more to do with it: what is kept stays, the rest is dropped. */
void draft_leave(struct store *s, struct draft *d, uint64_t now_ms);

/* One text, and any number of pairs of data and meta around it; none open. */
bool draft_is_message(const struct draft *d);
/* In a transaction: the last chunk is written, the marks are gone, the files, the
 * text first, and the key are in x (zero before). `placed`: x may say where the last
 * file's only chunk is, so that no record of its own has to. ERR_FULL, or what hit the draft before. The draft itself
 * changes only in draft_taken(). */
enum err draft_take(struct store *s, struct draft *d, bool placed, struct entry *x) MUST_CHECK;
void draft_taken(struct store *s, struct draft *d);

/* ---- for kept.c */
/* In a transaction: the file's mark is rubbish's from here on, so that store_sweep() deletes its chunks. */
enum err draft_discard(struct store *s, const uint8_t id[static FILE_ID_LEN]) MUST_CHECK;
/* The files that aren't kept become rubbish; the draft is then loaded anew, or left. */
void draft_unkeep(struct store *s, struct draft *d);
/* Files or reservation have changed: so has what the circuit is charged. */
void draft_charge(struct draft *d);
/* Is there room for a chunk that takes n bytes, with the draft's own reservation? */
bool draft_has_room(const struct store *s, const struct draft *d, uint64_t n);

#endif
