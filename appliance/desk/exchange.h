/* SPDX-License-Identifier: GPL-3.0-or-later
 * What `courier desk sync` does with a box: collect, confirm, send replies that wait. Interrupted anywhere, a further
 * run goes on; run again, it changes nothing. The folder is locked by the caller. */
#ifndef DESK_EXCHANGE_H
#define DESK_EXCHANGE_H

#include "desk/desk.h"
#include "desk/folder.h"
#include "desk/link.h"

struct exchange {
	const struct folder *folder;
	const char *host;  /* of the Host field */
	const char *token; /* 64 hexadecimal digits */
	/* A fresh connection to the box. */
	enum link_fault (*open)(void *context, int *fd);
	/* Tells people; subject may be empty. */
	void (*say)(void *context, const char *subject, const char *sentence);
	/* Called now and then with the bytes collected so far. May be NULL. */
	void (*progress)(void *context, uint64_t bytes);
	void *context;

	/* What came of it. */
	uint64_t items;
	uint64_t bytes;
	uint64_t refusals;
	uint64_t sent;
};

/* Sends outbox/ and empties it as it goes. DESK_DONE, DESK_FAILED. Sentences go to say(). */
enum desk_status exchange_send(struct exchange *x);
/* Collects, confirms what is safe here, sends. DESK_DONE; DESK_FAILED: at once if nothing could be collected;
 * DESK_REFUSED: the stream was refused, or parts of it were, and all else was done. Sentences go to say(). */
enum desk_status exchange_run(struct exchange *x);

#endif
