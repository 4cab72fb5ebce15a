/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a conversation's folder holds, in order. */
#ifndef DESKFOLDER_ITEMS_H
#define DESKFOLDER_ITEMS_H

#include "deskfolder/folder.h"

enum { ITEM_TEXT = 1, ITEM_DATA = 2, ITEM_META = 4 };
enum { ITEMS_MAX = 64 * 1024 };

struct item {
	uint32_t number;
	unsigned kinds; /* ITEM_... of those that are there */
	int64_t time_s;
};

/* Zero before its first use; its storage is used again by the next reading. */
struct items {
	struct item *item;
	size_t count, room;
	int64_t latest_s;
	uint32_t replies;
	uint32_t read_to; /* the highest number that `read` showed */
	uint32_t last;    /* the highest number that is there; 0: none */
	bool gone, muted;
	bool more; /* there are more than ITEMS_MAX files: `item` lacks some, whichever */
};

/* Sorted by number. One that a box filled without end is no error: it mustn't hide the others. ERR_NO_MEMORY, ERR_IO
 * (errno). */
enum err items_read(const struct folder *f, const char *conversation, struct items *items) MUST_CHECK;

#endif
