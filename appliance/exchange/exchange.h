/* SPDX-License-Identifier: GPL-3.0-or-later
 * What `courier desk sync` does with a box. Interrupted anywhere, a further run goes on; run again, it changes nothing.
 * The desk's folder is locked by the caller. */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "base/bytes.h"
#include "exchange/link.h"
#include "deskfolder/folder.h"

/* What an exchange, and every `courier desk` command, ends with; docs/DESK.md explains them to people. */
enum desk_status {
	DESK_DONE,
	DESK_FAILED,  /* the system, the network or the box failed; trying again may help */
	DESK_USAGE,   /* the command line is wrong */
	DESK_INPUT,   /* a file or an argument is wrong, or names nothing */
	DESK_REFUSED, /* something hostile or damaged was refused; everything else was done */
};

struct exchange {
	const struct folder *folder; /* the box's */
	const char *host;            /* of the Host field */
	char token[FOLDER_TOKEN_LEN + 1];
	/* A fresh connection to the box. */
	enum link_fault (*open)(void *context, int *fd);
	/* Tells people; subject may be empty. */
	void (*say)(void *context, const char *subject, const char *sentence);
	/* Called now and then: bytes moved so far, and what is done with them. May be NULL. */
	void (*progress)(void *context, uint64_t bytes, const char *doing);
	void *context;

	/* What came of it. */
	uint64_t items;
	uint64_t bytes;
	uint64_t refusals;
	uint64_t sent;
	uint64_t restored;

	/* The box's word of itself, from exchange_hello(): sound JSON, until the next call. */
	struct bytes box;
	char boot[33];

	int fd; /* of the present request; -1: none */
};

/* Asks how the box is. Knows a token that was changed half-way, or in a boot of the box that is over, and puts that
 * right (rotate). DESK_DONE, DESK_FAILED, DESK_REFUSED. Sentences go to say(), here and below. */
enum desk_status exchange_hello(struct exchange *x);
/* Sends outbox/ and empties it as it goes: replies, and before a collecting only the wishes. */
enum desk_status exchange_wishes(struct exchange *x);
enum desk_status exchange_send(struct exchange *x);
/* Gives a restarted box its conversations back. */
enum desk_status exchange_restore(struct exchange *x);
/* hello, wishes, restore; then collects, confirms what is safe here, sends. DESK_DONE; DESK_FAILED: at once if nothing
 * could be collected; DESK_REFUSED: the stream was refused, or parts of it were, and all else was done. */
enum desk_status exchange_run(struct exchange *x);

/* A new token: token-next and PUT /v1/token; in the end the file `token` has it, and token-before what the box takes
 * after its next start, unless its site file has the new one by then. */
enum desk_status exchange_new_token(struct exchange *x);

#endif
