/* SPDX-License-Identifier: GPL-3.0-or-later
 * From incoming/new/ID/ to conversations/ID/, all that a cursor stands for. */
#ifndef DESKFOLDER_STAGE_H
#define DESKFOLDER_STAGE_H

#include "deskfolder/intake.h"

/* An empty incoming/new. ERR_IO. */
enum err stage_clear(const struct folder *f) MUST_CHECK;
/* "incoming/new/ID/NAME", or "conversations/ID/NAME" if that is there and the first isn't. */
void stage_find(const struct folder *f, const char *conversation, const char *name, char out[static 100]);
/* A staged small file, as it is. ERR_IO. */
enum err stage_put(const struct folder *f, const char *conversation, const char *name, struct bytes content) MUST_CHECK;
/* Everything staged is put in its place, on disk when this returns. Conversations that have something new are not
 * `gone`. ERR_IO. */
enum err stage_commit(const struct folder *f) MUST_CHECK;

/* ---- what the box says of conversations */

/* Replies under sent/ that the state doesn't list any more were deleted by their source. ERR_IO. */
enum err stage_prune_sent(const struct folder *f, const char *conversation, const struct state *s) MUST_CHECK;
/* Conversations that the box doesn't list are marked `gone`. Sorts the ids. ERR_IO. */
enum err stage_mark_gone(const struct folder *f, struct intake_ids *open) MUST_CHECK;

#endif
