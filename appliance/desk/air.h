/* SPDX-License-Identifier: GPL-3.0-or-later
 * The air gap. A desk in two halves: one has the identity and never a network, the other the way to the boxes and no
 * identity. Files go between them on a stick, each an archive (ustar) that one half exports and the other imports:
 *
 *   courier-desk-export       the first: struct air_header, as text
 *   of the identity's half:
 *     recipients.txt, I/token, I/client-key, I/address    once, to set the other half up            secret
 *     I/have                  "ID NUMBER" a line: up to where conversations are there
 *     I/SERIAL/NAME           what waits in the outbox; SERIAL: of the export that had it first
 *   of the network's half:
 *     I/ID/recipient, state, NNNN.age, NNNN.data.age, NNNN.meta.age     what the other half lacks
 *     I/ID/gone               the box has it no more
 *
 * I is a box's place in the header, ID a conversation. Each half counts its exports and says which of the other's it
 * imported last: what wasn't confirmed is exported again, what was imported is never taken twice, and a file that was
 * lost, or comes late, does no harm. */
#ifndef DESK_AIR_H
#define DESK_AIR_H

#include "deskfolder/home.h"

#define AIR_FIRST "courier-desk-export"

enum air_half { AIR_IDENTITY, AIR_NETWORK };
enum { AIR_ID_LEN = 32, AIR_HEADER_MAX = 2048 };

/* DIR/air. */
struct air_ledger {
	char desk[AIR_ID_LEN + 1]; /* drawn once, the same in both halves; "": none yet */
	uint64_t serial;           /* of the last export made here */
	uint64_t peer;             /* of the other half's last that was imported here */
};

struct air_header {
	enum air_half from;
	bool setup; /* it makes the other half */
	struct air_ledger ledger;
	char boxes[LIMIT_DESK_BOXES][LIMIT_DESK_BOX_NAME + 1];
	size_t box_count;
};

enum air_half air_half_of(const struct home *h);

/* ERR_FORMAT: damaged. ERR_IO. One that isn't there is all zero. */
enum err air_ledger_read(const struct home *h, struct air_ledger *l) MUST_CHECK;
enum err air_ledger_write(const struct home *h, const struct air_ledger *l) MUST_CHECK;

void air_header_put(struct buf *out, const struct air_header *header);
/* ERR_FORMAT: anything that air_header_put() doesn't write. */
enum err air_header_parse(struct bytes text, struct air_header *header) MUST_CHECK;

/* "ID NUMBER" a line. */
struct air_has {
	char id[FOLDER_CONVERSATION_LEN];
	uint32_t number;
};
/* A box's file of such lines, sorted by id; free() it. One that isn't there is empty. ERR_FORMAT, ERR_TOO_BIG,
 * ERR_NO_MEMORY, ERR_IO. */
enum err air_has_read(const struct folder *box, const char *name, struct air_has **list, size_t *count) MUST_CHECK;
/* Writes the file `have`: the highest number of each conversation that is there. ERR_TOO_BIG, ERR_IO. */
enum err air_have_write(const struct folder *box) MUST_CHECK;

/* Lines "SERIAL NAME" of a box's file `exported`; the serial of a name, 0: none. */
uint64_t air_exported_serial(struct bytes lines, const char *name);
/* Replaces a file of any size in one step. ERR_IO. */
enum err air_replace(const struct folder *f, const char *name, struct bytes content) MUST_CHECK;

#endif
