/* SPDX-License-Identifier: GPL-3.0-or-later
 * The keeper, asked over this worker's channel: one call, one question, one answer. link/messages.def says what each
 * means and in which state it is legal.
 *
 * Errors of all: what the keeper refused with (ERR_AUTH, ERR_FULL, ERR_NOT_FOUND, ERR_EXISTS, ERR_BUSY ...; ERR_LIBRARY
 * for its ERR_IO, a damaged record), or ERR_PEER with `gone` set when it went away, broke the protocol or gave no
 * answer in LIMIT_KEEPER_MS. Then the channel is of no more use. */
#ifndef VISIT_STORE_H
#define VISIT_STORE_H

#include "link/message.h"

struct visit_store {
	int fd;
	bool gone;
	uint8_t question[LIMIT_MESSAGE];
	uint8_t answer[LIMIT_MESSAGE];
};

void visit_store_open(struct visit_store *s, int fd);

enum err visit_store_reserve(struct visit_store *s, uint64_t size) MUST_CHECK;
enum err visit_store_file_begin(struct visit_store *s, enum file_kind kind) MUST_CHECK; /* no answer */
enum err visit_store_file_data(struct visit_store *s,
			       struct bytes data) MUST_CHECK; /* at most LIMIT_CHUNK_SEALED; no answer */
enum err visit_store_file_end(struct visit_store *s, bool keep) MUST_CHECK;
enum err visit_store_draft_drop(struct visit_store *s) MUST_CHECK;
/* The channel's files are kept under that name from now on, and those that it had are the channel's. */
enum err visit_store_draft_open(struct visit_store *s, const uint8_t name[static 32]) MUST_CHECK;
enum err visit_store_draft_note(struct visit_store *s, struct bytes note) MUST_CHECK;
/* How many attachments are whole; the view of the note lives until the next question. */
enum err visit_store_draft_get(struct visit_store *s, unsigned *attachments, struct bytes *note) MUST_CHECK;
/* Tells the keeper that nothing more comes: what is kept is free for the next channel. `gone` is set. */
void visit_store_leave(struct visit_store *s);

/* Waits for this worker's turn to derive a codename's keys. ERR_BUSY: too many wait. */
enum err visit_store_turn(struct visit_store *s) MUST_CHECK;
/* Which desks something can be sealed for, and whether the box takes anything new. */
enum err visit_store_desks(struct visit_store *s, struct message_DESKS_IS *m) MUST_CHECK;
/* Of this conversation: its desks, without the revoked; since when its messages may be missing. */
enum err visit_store_conversation(struct visit_store *s, struct message_CONVERSATION_IS *m) MUST_CHECK;
enum err visit_store_create(struct visit_store *s, const uint8_t conversation[static 16],
			    const uint8_t proof[static 32], uint32_t desks,
			    struct bytes recipient) MUST_CHECK; /* sends the proof's hash */
enum err visit_store_submit(struct visit_store *s, uint32_t desks) MUST_CHECK;
enum err visit_store_auth(struct visit_store *s, const uint8_t conversation[static 16],
			  const uint8_t proof[static 32]) MUST_CHECK;

enum err visit_store_session_put(struct visit_store *s, const uint8_t name[static 32], struct bytes blob) MUST_CHECK;
/* The view lives until the next question. */
enum err visit_store_session_get(struct visit_store *s, const uint8_t name[static 32], struct bytes *blob) MUST_CHECK;
enum err visit_store_session_drop(struct visit_store *s, const uint8_t name[static 32]) MUST_CHECK;

/* ERR_END after the last. */
enum err visit_store_message_next(struct visit_store *s, uint16_t after, struct message_MESSAGE_ENTRY *m) MUST_CHECK;
enum err visit_store_reply_next(struct visit_store *s, uint16_t after, struct message_REPLY_ENTRY *m) MUST_CHECK;
/* At most LIMIT_CHUNK bytes from offset on; the view lives until the next question. ERR_END past the end. */
enum err visit_store_reply_read(struct visit_store *s, uint16_t number, enum file_kind kind, uint64_t offset,
				struct bytes *data) MUST_CHECK;
enum err visit_store_reply_delete(struct visit_store *s, uint16_t number) MUST_CHECK;
/* *before: the word of the last visit, 0 for none. */
enum err visit_store_visit_word(struct visit_store *s, uint16_t word, uint16_t *before) MUST_CHECK;
enum err visit_store_conversation_delete(struct visit_store *s) MUST_CHECK;

#endif
