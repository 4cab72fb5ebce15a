/* SPDX-License-Identifier: GPL-3.0-or-later
 * The store: conversations, their messages and replies, sessions, drafts. What messages.def promises of the keeper is
 * kept here; who may ask what is decided by the caller (keeper/peer.c).
 *
 * An operation that changes something commits before it returns ERR_OK; on an error nothing of it is seen. Chunks of
 * drafts are grouped instead: they are written by store_flush(), or with the next operation's commit. A failed commit
 * fails the drafts whose chunks it held, and nobody else's.
 *
 * Errors that any of these may return: ERR_FULL (room), ERR_NO_MEMORY; ERR_IO: a record is damaged, which is logged, or
 * the file can't be read or written; ERR_LIBRARY: LMDB failed, see store_broken(). */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "records/budget.h"
#include "records/entry.h"
#include "records/queue.h"
#include "link/state.h"

struct draft;

/* A draft of the vault's, as this keeper knows it. */
struct kept {
	struct draft *owner; /* whose channel has it; NULL: no channel */
	uint16_t budget;     /* without a channel: whom its bytes are charged to */
	uint64_t stamp;
	uint64_t bytes;
};

/* What of a conversation's head is looked for in all of them. In this process's memory only. */
struct known {
	uint64_t change;
	uint16_t desks;
	uint16_t muted;
};

/* Heads that one transaction writes. */
#define HEADS_MAX 128

struct store {
	struct vault vault;
	struct db db;
	struct queue queue;
	struct budgets budgets;
	uint64_t quota_conversation; /* bytes that one may hold */
	struct kept kept[LIMIT_DRAFTS];
	uint32_t desk_count;
	uint8_t desk_tokens[LIMIT_DESKS][32]; /* SHA-256 of each desk's token */
	uint32_t live;                        /* bits of the desks that are not revoked */
	struct known *known;                  /* by slot; of nobody: zero */
	struct {
		uint32_t slot;
		struct known is;
	} written[HEADS_MAX]; /* by the open transaction */
	uint32_t written_count;
	uint32_t conversations;
	uint32_t replies;
	uint32_t sessions;
	uint64_t reserved;         /* by all drafts */
	uint64_t changes;          /* counts up when a file may have gone: what was looked up before is stale */
	bool own;                  /* the open transaction is an operation's; else it is the group of chunks */
	struct draft *uncommitted; /* drafts with chunks in the open transaction */
	bool trash;                /* store_sweep() has something to do */
	bool settling;             /* store_settle() has */
	bool forgot;               /* a conversation; the caller may have traces of it, and takes this back */
	uint64_t settled_at;
	struct places found;      /* while it opens: of the messages that wait */
	uint8_t session_mark[17]; /* how far the sweep of sessions got; all zero: at rest */
};

/* A conversation, for as long as it is the slot's tenant. */
struct conversation {
	uint32_t slot;
	uint8_t prefix[PREFIX_LEN];
};

/* What may use the last of the room: files of a circuit that holds much, a source's files, a desk's replies, the
 * keeper's own work (forgetting needs room for an instant). */
enum room { ROOM_LARGE, ROOM_SOURCE, ROOM_DESK, ROOM_KEEPER };

#define STORE_CAPACITY_MIN (2u << 20)

struct store_setup {
	const char *directory;
	uint64_t capacity;           /* of the file system there */
	uint64_t quota_circuit;      /* bytes; 0: a part of the capacity, LIMIT_QUOTA_CIRCUIT_PART */
	uint64_t quota_conversation; /* the same, LIMIT_QUOTA_CONVERSATION_PART */
	int secrets;                 /* descriptor of the secret area; taken over */
	bool hidden;                 /* it is memfd_secret */
	struct bytes tokens;         /* the desks' hashes, 32 bytes each */
};

/* Finishes what a killed keeper left: half-made and half-forgotten conversations, drafts that nobody kept. ERR_FORMAT,
 * ERR_UNSUPPORTED: the secret area is not ours. */
enum err store_open(struct store *s, const struct store_setup *setup) MUST_CHECK;
void store_close(struct store *s);
/* Writes the group of chunks, and gives the snapshot back. Call it before waiting. */
void store_flush(struct store *s);
/* The database can't go on: end the process; the next one finds all that was acknowledged. */
bool store_broken(const struct store *s);
/* Deletes a slice of what is in the trash; store->trash is false when all is done. */
void store_sweep(struct store *s);

uint64_t store_used(const struct store *s);
/* Bytes that `who` could still put in. */
uint64_t store_room(const struct store *s, enum room who);

/* ---- a source (conversation.c; replies.c) */
struct store_message {
	uint16_t number;
	uint32_t day;
	uint8_t receipt; /* enum receipt */
};
struct store_reply {
	uint16_t number;
	uint32_t day;
	uint8_t kind;  /* FILE_TEXT, or an attachment's FILE_DATA */
	uint64_t size; /* of that file */
};

/* A new conversation with the draft's files as its first message. ERR_EXISTS, ERR_FULL (also: no key slot left, for
 * this circuit or at all).
 * The draft is empty after success and untouched otherwise. desks: bits past the site's desks don't count; none left
 * means all. ERR_CLOSED: all of them are revoked. */
enum err store_create(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN],
		      const uint8_t proof_hash[static 32], uint32_t desks, struct bytes recipient, struct draft *d,
		      struct conversation *c) MUST_CHECK;
/* One more message. ERR_NOT_FOUND: the conversation is gone. ERR_FULL: also when its numbers or its quota are used up.
 * ERR_CLOSED. */
enum err store_submit(struct store *s, const struct conversation *c, uint32_t desks, struct draft *d) MUST_CHECK;
/* ERR_AUTH, at the same cost, if there is no such conversation or the proof is wrong. */
enum err store_auth(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN], const uint8_t proof[static 32],
		    struct conversation *c) MUST_CHECK;
/* The first with number > after. ERR_END; ERR_NOT_FOUND: the conversation is gone. */
enum err store_message_next(struct store *s, const struct conversation *c, uint16_t after,
			    struct store_message *out) MUST_CHECK;
/* A reply's text, then its attachments, then the next reply. */
enum err store_reply_next(struct store *s, const struct conversation *c, uint16_t after,
			  struct store_reply *out) MUST_CHECK;
/* Keeps the word of this visit; *before is the last one's, 0 for none. ERR_NOT_FOUND, or the database's. */
enum err store_visit_word(struct store *s, const struct conversation *c, uint16_t word, uint16_t *before) MUST_CHECK;
enum err store_reply_delete(struct store *s, const struct conversation *c, uint16_t number) MUST_CHECK;
/* The draft's files as the reply of that name; a reply with that name is replaced and keeps its numbers if it has as
 * many items. ERR_NOT_FOUND, ERR_FULL. */
enum err store_reply_put(struct store *s, const struct conversation *c, struct bytes name, struct draft *d) MUST_CHECK;
struct store_about {
	uint32_t desks; /* that have it and are not revoked */
	bool restored;
	uint32_t restored_day;
};
enum err store_about(struct store *s, const struct conversation *c, struct store_about *out) MUST_CHECK;
/* Bytes that the conversation may still take. ERR_NOT_FOUND. */
enum err store_quota_left(struct store *s, const struct conversation *c, uint64_t *bytes) MUST_CHECK;
/* Keys first, records then. ERR_NOT_FOUND. */
enum err store_forget(struct store *s, const struct conversation *c) MUST_CHECK;

/* A file's place, by its item's number. `desk` is 1 << the desk that asks, 0 for the source. The file's key goes to
 * `key`, which lies in the vault. ERR_NOT_FOUND. */
enum err store_file_find(struct store *s, const struct conversation *c, enum record_kind kind, uint16_t number,
			 uint8_t file_kind, uint32_t desk, struct file_ref *ref, uint8_t key[static 32]) MUST_CHECK;

/* ---- a desk (desks.c) */
struct store_collect {
	uint64_t cursor;
	uint8_t id[CONVERSATION_ID_LEN];
	uint32_t day;
	uint8_t recipient[LIMIT_RECIPIENT_TEXT];
	size_t recipient_len;
	uint8_t file_count;
	struct entry_file files[ENTRY_FILES];
};

/* A conversation with a message for this desk, or restored by it. ERR_NOT_FOUND. */
enum err store_desk_find(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN], uint32_t desk,
			 struct conversation *c) MUST_CHECK;
/* The first message for this desk with cursor > after that is still here, confirmed by it or not, and not muted.
 * ERR_END. */
enum err store_collect_next(struct store *s, uint32_t desk, uint64_t after, struct store_collect *out) MUST_CHECK;
/* The desk has everything up to `upto`. One slice: call again while *at, 0 at first, is less than upto. */
enum err store_collected(struct store *s, uint32_t desk, uint64_t upto, uint64_t *at) MUST_CHECK;
/* A slice of: what only revoked desks wait for is not kept any longer. */
void store_settle(struct store *s);
enum err store_message_forget(struct store *s, const struct conversation *c, uint16_t number, uint32_t desk) MUST_CHECK;
/* What comes for the desk is not collected by it, but counts as collected when its cursor passes. Files that no desk
 * wants are dropped. ERR_NOT_FOUND. */
enum err store_mute(struct store *s, const struct conversation *c, uint32_t desk, bool on) MUST_CHECK;
/* Of the messages that some desk has not confirmed: those that this one has not, and wants. */
uint32_t store_waiting_here(const struct store *s, uint32_t desk);
uint32_t store_muted(const struct store *s, uint32_t desk); /* conversations */

/* ---- tokens (tokens.c): in the vault, for as long as the machine runs */
/* *desk: 1 << its number. ERR_AUTH. */
enum err store_desk_auth(struct store *s, const uint8_t token[static 32], uint32_t *desk) MUST_CHECK;
/* ERR_EXISTS: it is another desk's. */
enum err store_token_put(struct store *s, uint32_t desk, const uint8_t hash[static 32]) MUST_CHECK;
/* None of its tokens is good any more, and no message is taken for it. */
void store_revoke(struct store *s, uint32_t desk);
/* All desks of the site file; without any, the one bit under which messages wait. */
uint32_t store_desks(const struct store *s);

/* ---- what a desk keeps (recall.c) */
struct store_found {
	uint64_t change;
	uint32_t slot;
	uint8_t id[CONVERSATION_ID_LEN];
};

/* The desk's first conversation with slot > after whose head changed after `since`. ERR_END. */
enum err store_open_next(struct store *s, uint32_t desk, uint64_t since, uint32_t after,
			 struct store_found *out) MUST_CHECK;
/* Its state, as this desk shall keep it; at most LIMIT_STATE bytes. */
enum err store_state_get(struct store *s, uint32_t slot, uint32_t desk, struct buf *out) MUST_CHECK;
/* ERR_EXISTS: the conversation that is here has another proof or recipient. ERR_FULL. Once for each desk: the second
 * time it changes nothing. */
enum err store_restore(struct store *s, const uint8_t id[static CONVERSATION_ID_LEN], uint32_t desk,
		       const struct state *state) MUST_CHECK;
/* How far a message of this machine's time got. */
uint8_t store_receipt(const struct head *h, const struct entry *x, uint16_t number);
enum err store_history_get(struct store *s, uint32_t slot, struct history *h) MUST_CHECK;
enum err store_recipient_get(struct store *s, uint32_t slot, uint8_t out[static LIMIT_RECIPIENT_TEXT],
			     size_t *n) MUST_CHECK;

/* ---- sessions (sessions.c) */
/* b: the circuit's, or NULL. ERR_BUSY: too many, of this circuit or at all. */
enum err store_session_put(struct store *s, const uint8_t name[static 32], struct bytes blob, struct budget *b,
			   uint64_t now_ms) MUST_CHECK;
/* Copies the blob; counts as use. ERR_NOT_FOUND, also when it has expired. */
enum err store_session_get(struct store *s, const uint8_t name[static 32], uint64_t now_ms,
			   struct buf *blob) MUST_CHECK;
enum err store_session_drop(struct store *s, const uint8_t name[static 32]) MUST_CHECK; /* ERR_OK, known or not */
/* Deletes expired ones, a slice. False when the round through all is complete. */
bool store_session_sweep(struct store *s, uint64_t now_ms);

/* ---- between the parts of the store */
/* The slot's tenant is still the one that was found. */
bool store_alive(const struct store *s, const struct conversation *c);
enum err store_head_get(struct store *s, uint32_t slot, struct head *h) MUST_CHECK;
/* Of a conversation that ought to have one. ERR_NOT_FOUND: it is gone. */
enum err store_head_of(struct store *s, const struct conversation *c, struct head *h) MUST_CHECK;
/* Stamps it as changed. */
enum err store_head_put(struct store *s, uint32_t slot, struct head *h) MUST_CHECK;
enum err store_entry_get(struct store *s, uint32_t slot, enum record_kind kind, uint16_t number,
			 struct entry *x) MUST_CHECK;
enum err store_entry_put(struct store *s, uint32_t slot, enum record_kind kind, uint16_t number,
			 const struct entry *x) MUST_CHECK;
/* An operation's own transaction. The group of chunks is committed first: what goes wrong here is nobody else's. */
enum err store_begin(struct store *s) MUST_CHECK;
enum err store_commit(struct store *s) MUST_CHECK; /* the own one, or the group */
void store_abort(struct store *s);                 /* the own one; nothing to do if there is none */
/* The group of chunks: open until store_flush() or an operation. Aborted, it fails every draft that has a part in it.
 */
enum err store_group_begin(struct store *s) MUST_CHECK;
void store_group_abort(struct store *s, enum err e);
/* In a transaction: the entry's files are deleted if they are short, else marked for store_sweep(). The entry doesn't
 * know a place any more. */
enum err store_files_delete(struct store *s, struct entry *x) MUST_CHECK;
/* In a transaction: they are all marked, or if the entry knows the place, given back with the commit. */
enum err store_files_mark(struct store *s, struct entry *x) MUST_CHECK;
enum err store_mark(struct store *s, const struct name *name) MUST_CHECK;
/* Where the conversation's keys are, and what is known of it, there is nothing. */
void store_erase(struct store *s, uint32_t slot);
void store_bind(const struct store *s, uint32_t slot, struct conversation *c);
/* The message at that place of the queue waits no more: its circuit is charged no more. */
void store_unqueue(struct store *s, size_t place);
/* The error of a record that ought to be there and to open, as ERR_IO and logged; others as they are. */
enum err store_damaged(enum err e) MUST_CHECK;

#endif
