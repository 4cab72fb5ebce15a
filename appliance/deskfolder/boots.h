/* SPDX-License-Identifier: GPL-3.0-or-later
 * A box that restarts forgets, and can count a conversation's items from 1 again. Here they go on: a conversation's
 * file `boots` has a line "BOOT OFFSET" for each boot in which it was seen, and an item's number in the folder is the
 * box's number and that offset. */
#ifndef DESKFOLDER_BOOTS_H
#define DESKFOLDER_BOOTS_H

#include "deskfolder/folder.h"

struct boots {
	uint32_t offset;
	bool is_new; /* `text` has one more line than the file */
	uint8_t storage[(LIMIT_DESK_BOOTS + 1) * (32 + 1 + 10 + 1)];
	struct buf text;
};

/* The offset of `boot` (32 hexadecimal digits) in a conversation of the folder. If it is new, it is decided now: the
 * highest number that the folder has; past LIMIT_DESK_BOOTS or so the oldest line makes way. ERR_IO, ERR_FORMAT (the
 * file is damaged). */
enum err boots_find(const struct folder *f, const char *conversation, const char *boot, struct boots *b) MUST_CHECK;
/* The conversation was begun anew: one more line for this boot, on disk. Errors as above. */
enum err boots_again(const struct folder *f, const char *conversation, const char *boot, struct boots *b) MUST_CHECK;

#endif
