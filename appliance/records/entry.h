/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the records of a conversation say, and their bytes. */
#ifndef RECORDS_ENTRY_H
#define RECORDS_ENTRY_H

#include "records/record.h"
#include "link/state.h"

#define ENTRY_FILES (2 * LIMIT_FILES + 1)

/* One per conversation, rewritten with each change. */
struct head {
	uint8_t proof_hash[32];
	uint32_t desks;   /* every desk that a message of it was for: who may see it */
	uint32_t muted;   /* of these, those that don't want to see what comes */
	uint16_t waiting; /* messages whose files are kept for some desk */
	uint64_t bytes;   /* of the files of its messages and replies, as entry_cost() counts */
	/* Numbers given so far, and the bit of each message's or reply's own (its text's) number while it is there. */
	uint16_t last_message;
	uint16_t last_reply;
	uint16_t answered; /* the last message that all desks had when a reply came */
	uint16_t word;     /* of the source's last visit; 0: none yet */
	uint64_t change;   /* the stamp of when this was written */
	/* What a desk told of it after the machine's start (recall.c). */
	uint32_t restored;     /* by these desks */
	uint32_t restored_day; /* until when their copies knew of it: the earliest */
	uint8_t history;       /* messages of before */
	uint8_t messages[LIMIT_MESSAGES / 8];
	uint8_t replies[LIMIT_MESSAGES / 8];
};

struct entry_file {
	uint8_t kind;  /* enum file_kind */
	uint16_t item; /* 0 while it is a draft */
	struct file_ref ref;
};

/* A message or a reply. Its files' key is a secret: entries live in the vault's work room or are wiped. */
struct entry {
	uint64_t cursor; /* messages */
	uint32_t day;
	uint32_t desks;   /* messages: sealed for these */
	uint32_t pending; /* messages: not yet confirmed by these */
	bool dropped;     /* messages: nobody wants its files, which are gone; all else is as if they were here */
	uint8_t key[32];
	uint8_t name[LIMIT_REPLY_NAME]; /* replies */
	uint8_t name_len;
	uint8_t file_count; /* 0 once no desk waits for the message */
	struct entry_file files[ENTRY_FILES];
};

void head_put(struct buf *out, const struct head *h);
enum err head_get(struct bytes in, struct head *h) MUST_CHECK; /* ERR_FORMAT */
void entry_put(struct buf *out, const struct entry *x);
enum err entry_get(struct bytes in, struct entry *x) MUST_CHECK; /* ERR_FORMAT */

bool bit_test(const uint8_t *bits, uint16_t number); /* numbers from 1 to LIMIT_MESSAGES; others are not set */
void bit_set(uint8_t *bits, uint16_t number);
void bit_clear(uint8_t *bits, uint16_t number);
uint16_t bit_next(const uint8_t *bits, uint16_t after);    /* the first one set > after, or 0 */
uint16_t bit_before(const uint8_t *bits, uint16_t number); /* the last one set <= number, or 0 */
uint32_t bit_count(const uint8_t *bits);

/* The messages that a desk restored: what their source is shown of them. */
struct history {
	uint16_t last; /* item's number, when the desk's copy was made */
	uint8_t count;
	struct state_message messages[LIMIT_HISTORY];
};
void history_put(struct buf *out, const struct history *h);
enum err history_get(struct bytes in, struct history *h) MUST_CHECK; /* ERR_FORMAT */

/* Gives its files their numbers, from last + 1 on: the text one, each data and meta pair one. ERR_FULL. */
enum err entry_number(struct entry *x, uint16_t last, uint16_t *new_last) MUST_CHECK;
/* Of a message: every desk has it that could get it, and at least one could. */
bool entry_collected(const struct entry *x);
/* What its files take of the store. */
uint64_t entry_cost(const struct entry *x);
/* Of an item's file of that kind, or NULL. */
const struct entry_file *entry_find(const struct entry *x, uint16_t item, uint8_t kind);

#endif
