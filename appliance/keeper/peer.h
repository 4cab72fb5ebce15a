/* SPDX-License-Identifier: GPL-3.0-or-later
 * A worker as the keeper sees it, and the loop that serves all of them. */
#ifndef KEEPER_PEER_H
#define KEEPER_PEER_H

#include "store/draft.h"
#include "keeper/turns.h"
#include "link/channel.h"

/* What a peer read last: a file is read in many requests. */
struct peer_file {
	bool known;
	enum record_kind record;
	uint16_t number;
	uint8_t kind;
	uint64_t changes; /* store.changes when it was looked up */
	struct conversation conversation;
	struct file_ref ref;
};

struct peer {
	int fd;         /* -1: nobody */
	enum role kind; /* ROLE_VISIT, ROLE_COLLECT */
	uint16_t slot;
	struct budget *budget;            /* of the circuit that the door named; NULL while NEW */
	enum link_state state;            /* NEW, OPEN, OWNER, DESK; FILE is draft.open */
	struct conversation conversation; /* of an OWNER */
	uint32_t desk;                    /* of a DESK: 1 << its number */
	struct draft draft;
	struct peer_file file;
	uint8_t *file_key; /* in the vault */
	enum turn turn;    /* while it waits, it isn't listened to: turns_serve() answers */
	uint64_t turn_tag;
	uint64_t turn_order;
	uint64_t turn_until_ms;
	bool begun;      /* a form, before a restart was near: it may end */
	bool collecting; /* a COLLECTED is being worked off; the answer comes at its end */
	uint64_t collected_at;
	uint64_t collected_upto;
};

struct keeper {
	struct store store;
	struct turns turns;
	int init_fd;
	struct peer peers[LIMIT_KEEPER_PEERS];
	uint64_t next_sessions_ms; /* the next sweep */
	uint64_t next_drafts_ms;
	uint64_t next_status_ms;        /* no sooner than this */
	uint64_t next_full_ms;          /* "full" is logged no sooner */
	uint8_t facts[LIMIT_BOX_FACTS]; /* of init, for desks; never looked into */
	size_t facts_len;
	uint32_t desk_visits; /* desks let in since our start */
	uint8_t status[64];   /* as sent last */
	size_t status_len;
	bool proved; /* somebody showed a secret: its traces are to be wiped */
	uint8_t in[LIMIT_MESSAGE];
	uint8_t out[LIMIT_MESSAGE];
	uint8_t stages[LIMIT_KEEPER_PEERS][CHUNK_PLAIN];
};

/* The store is open; the peers are nobody. turns: codenames derived at once. */
void keeper_init(struct keeper *k, int init_fd, uint32_t turns);
/* Until init says STOP or closes: 0. 1: the database failed, start anew. */
int keeper_serve(struct keeper *k);

/* Takes over fd. With no place left it is closed: the worker sees the keeper gone. */
void peer_add(struct keeper *k, int fd, enum role kind, uint16_t slot);
/* Serves what is there, up to a few messages; closes it when it is gone or broke the rules. For one that waits for its
 * turn this is called only when it is gone. */
void peer_serve(struct keeper *k, struct peer *p);
/* A slice of its COLLECTED. */
void peer_collected(struct keeper *k, struct peer *p);

/* ---- for handlers */

void peer_close(struct keeper *k, struct peer *p);

struct buf peer_answer_begin(struct keeper *k);
enum err peer_answer(struct peer *p, const struct buf *record) MUST_CHECK;
/* OK for ERR_OK, else REFUSED. */
enum err peer_answer_err(struct keeper *k, struct peer *p, enum err e) MUST_CHECK;
enum err peer_answer_done(struct keeper *k, struct peer *p) MUST_CHECK;
/* The record (of peer_answer_begin) for ERR_OK, DONE for ERR_END, else REFUSED. */
enum err peer_answer_with(struct keeper *k, struct peer *p, enum err e, const struct buf *record) MUST_CHECK;
/* The other channels of this one's desk end, and their circuits. */
void peer_drop_others(struct keeper *k, const struct peer *p);
/* ERR_CLOSED for what begins while a restart is near. */
enum err peer_may_go_on(const struct keeper *k, const struct peer *p) MUST_CHECK;
/* FILE_CHUNK, DONE or REFUSED for a file of the conversation. */
enum err peer_answer_file(struct keeper *k, struct peer *p, const struct conversation *c, enum record_kind record,
			  uint16_t number, uint8_t kind, uint64_t offset) MUST_CHECK;

/* What handles a message. ERR_OK: go on. Anything else: the peer broke the protocol, drop it. */
struct handler {
	enum err (*run)(struct keeper *k, struct peer *p, struct bytes fields); /* NULL: not this table's */
};

extern const struct handler handlers_of_visit[MESSAGE_COUNT];
extern const struct handler handlers_of_collect[MESSAGE_COUNT];
extern const struct handler handlers_of_files[MESSAGE_COUNT];

#endif
