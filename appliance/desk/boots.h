/* SPDX-License-Identifier: GPL-3.0-or-later
 * A box that restarts forgets, and counts a conversation's items from 1 again. Here they go on: conversations/HEX/boots
 * has a line "BOOT OFFSET" for each boot in which the conversation was seen, and an item's number in the folder is the
 * box's number and that offset. */
#ifndef DESK_BOOTS_H
#define DESK_BOOTS_H

#include "desk/folder.h"

/* The offset of `boot` (32 hexadecimal digits) in a conversation; decided now and written down, if it is new: the
 * highest number that the folder has. ERR_IO, ERR_FORMAT (the file is damaged), ERR_FULL (LIMIT_DESK_BOOTS). */
enum err boots_offset(const struct folder *f, const char *conversation, const char *boot, uint32_t *offset) MUST_CHECK;

#endif
