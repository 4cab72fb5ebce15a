/* SPDX-License-Identifier: GPL-3.0-or-later
 * Drafts that outlive their channel, for LIMIT_DRAFT_MS, and the keeper. What they are lies in the vault: name, key,
 * files, note; in the database are only their chunks and marks. A file is listed in the vault after the commit that
 * marks it, and the list is erased after the commit that takes the marks away: so a list whose marks are gone was
 * submitted or dropped, a mark that is in no list is rubbish, and kept_recover() makes good what a kill left between.
 */
#ifndef STORE_KEPT_H
#define STORE_KEPT_H

#include "store/draft.h"

/* Makes the draft of that name, or a new one, the channel's; d is empty or is that draft already. What it takes is its
 * circuit's from now on. ERR_BUSY: another channel has it. ERR_STATE: d isn't empty. ERR_FULL: no place for one more,
 * of this circuit or at all. */
enum err kept_open(struct store *s, struct draft *d, const uint8_t name[static 32], uint64_t now_ms) MUST_CHECK;
/* Replaces the note; at most LIMIT_DRAFT_NOTE bytes. ERR_STATE: the draft isn't kept. ERR_FULL. */
enum err kept_note(struct store *s, struct draft *d, struct bytes note) MUST_CHECK;
/* *n is 0 if there is none. */
enum err kept_note_get(struct store *s, const struct draft *d, uint8_t out[static LIMIT_CHUNK], size_t *n) MUST_CHECK;
/* Drops what has been without a channel for too long. */
void kept_sweep(struct store *s, uint64_t now_ms);
/* After a start. Marks of files that no draft lists become rubbish's. */
enum err kept_recover(struct store *s, uint64_t now_ms) MUST_CHECK;

/* ---- for draft.c */
/* The next file's ordinal; kept drafts never give one twice, whoever dies. */
uint32_t kept_ordinal(struct draft *d);
/* File i is listed in the vault. */
bool kept_has(const struct draft *d, size_t i);
/* Before one more file of that kind: drops what it takes the place of. */
void kept_make_way(struct store *s, struct draft *d, enum file_kind kind);
/* The open file is committed and marked: with its data it is listed, if it is a meta. */
void kept_add(struct draft *d);
/* The draft has no channel. With nothing in it, it ends. */
void kept_leave(struct store *s, struct draft *d, uint64_t now_ms);
/* In a transaction. */
enum err kept_discard_note(struct store *s, const struct vault_draft *k) MUST_CHECK;
/* Marks its files as rubbish, commits, erases it. */
void kept_drop(struct store *s, struct vault_draft *k);
/* Its files are somebody else's or rubbish: the key goes. */
void kept_erase(struct store *s, struct vault_draft *k);

#endif
