/* SPDX-License-Identifier: GPL-3.0-or-later
 * What waits to be told to a box, in outbox/, a file each:
 *
 *   ID.NAME.age        a reply, sealed to its source
 *   ID.NAME.tar        one with attachments, as docs/DESK-API.md has it
 *   ID.forget          the conversation shall be forgotten
 *   ID.mute, ID.unmute
 *
 * NAME is the reply's name at the box. Names that begin with a dot are not ready. */
#ifndef DESKFOLDER_OUTBOX_H
#define DESKFOLDER_OUTBOX_H

#include "deskfolder/folder.h"

enum outbox_kind { OUTBOX_REPLY, OUTBOX_REPLY_FILES, OUTBOX_FORGET, OUTBOX_MUTE, OUTBOX_UNMUTE };

struct outbox_entry {
	enum outbox_kind kind;
	char conversation[FOLDER_CONVERSATION_LEN + 1];
	char name[LIMIT_REPLY_NAME + 1]; /* of a reply */
};

/* What a file there is; false: nothing of ours. */
bool outbox_parse(const char *file, struct outbox_entry *entry);
/* "outbox/..." */
void outbox_name(char out[static 100], const struct outbox_entry *entry);
/* OUTBOX_FORGET, OUTBOX_MUTE or OUTBOX_UNMUTE is written down; of the last two only one stays. ERR_IO. */
enum err outbox_wish(const struct folder *box, enum outbox_kind kind, const char *conversation) MUST_CHECK;

/* Removes what the folder has of a conversation, but for a wish to forget it. ERR_IO. */
enum err outbox_forget_here(const struct folder *box, const char *conversation) MUST_CHECK;

#endif
