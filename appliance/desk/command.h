/* SPDX-License-Identifier: GPL-3.0-or-later
 * Inside of desk/: the commands, and how they speak to people. Each takes argv from its own name on and returns an
 * enum desk_status. */
#ifndef DESK_COMMAND_H
#define DESK_COMMAND_H

#include "exchange/exchange.h"
#include "exchange/link.h"
#include "inbox/inbox.h"

int desk_init(int argc, char **argv);
int desk_add(int argc, char **argv);
int desk_sync(int argc, char **argv);
int desk_list(int argc, char **argv);
int desk_read(int argc, char **argv);
int desk_reply(int argc, char **argv);
int desk_forget(int argc, char **argv);
int desk_mute(int argc, char **argv);
int desk_unmute(int argc, char **argv);
int desk_status(int argc, char **argv);
int desk_drain(int argc, char **argv);
int desk_rotate(int argc, char **argv);
int desk_revoke(int argc, char **argv);
int desk_export(int argc, char **argv);
int desk_import(int argc, char **argv);

/* "courier desk: SUBJECT: SENTENCE" on descriptor 2 (without SUBJECT if it is empty or NULL); returns status. */
int desk_say(enum desk_status status, const char *subject, const char *sentence);
/* What a failure means to people, where no more is known. */
int desk_say_error(const char *subject, enum err e);

/* ---- the command line */

enum desk_takes {
	DESK_TAKES_SECOND = 1 << 0, /* a second argument */
	DESK_TAKES_ADDRESS = 1 << 1,
	DESK_TAKES_LINK = 1 << 2, /* --socks, --direct */
	DESK_TAKES_INIT = 1 << 3, /* --classical, --no-passphrase */
	DESK_TAKES_BOX = 1 << 4,
	DESK_TAKES_PASSPHRASE = 1 << 5, /* --passphrase-fd */
	DESK_TAKES_JSON = 1 << 6,
	DESK_TAKES_ATTACH = 1 << 7,
	DESK_TAKES_OFFLINE = 1 << 8,
	DESK_TAKES_OFF = 1 << 9,
	DESK_TAKES_ROTATE = 1 << 10, /* --token, --identity */
	DESK_TAKES_YES = 1 << 11,
	DESK_TAKES_PORT = 1 << 12,
	DESK_TAKES_SETUP = 1 << 13,
	DESK_TAKES_NOTIFY = 1 << 14,
	DESK_TAKES_ACCESS = 1 << 15, /* --access, --access-fd */
};

struct desk_arguments {
	const char *folder;
	const char *second;              /* a conversation */
	const char *address;             /* --address */
	const char *socks;               /* --socks */
	const char *direct;              /* --direct */
	const char *box;                 /* --box */
	const char *port;                /* --port */
	int passphrase_fd;               /* --passphrase-fd; -1: ask on the terminal */
	int access_fd;                   /* --access-fd; -1: ask on the terminal */
	bool access;                     /* --access, --access-fd */
	bool classical;                  /* --classical */
	bool no_passphrase;              /* --no-passphrase */
	bool json;                       /* --json */
	bool offline;                    /* --offline */
	bool off;                        /* --off */
	bool token;                      /* --token */
	bool identity;                   /* --identity */
	bool yes;                        /* --yes */
	bool setup;                      /* --setup */
	const char *notify;              /* --notify */
	const char *attach[LIMIT_FILES]; /* --attach */
	size_t attach_count;
};

/* Parses; --help prints `usage` and returns DESK_DONE with *go_on false; a wrong line returns DESK_USAGE the same way.
 */
int desk_parse(int argc, char **argv, unsigned takes, const char *usage, struct desk_arguments *a, bool *go_on);

/* ---- with the sentence for people */

int desk_open_home(const char *path, struct home *h);
int desk_open_inbox(const char *path, struct inbox *in);
/* Waits for the folder's lock, and says so if it has to. */
int desk_lock(struct home *h);
/* The box that --box names, or the only one. */
int desk_choose_box(const struct home *h, const struct desk_arguments *a, const struct folder **box);
int desk_find(const struct inbox *in, const char *prefix, struct inbox_conversation *c);
/* inbox_unlock; the passphrase comes from --passphrase-fd or the terminal. */
int desk_unlock(struct inbox *in, const struct desk_arguments *a);

/* The same with one that is known already. */
int desk_unlock_with(struct inbox *in, const struct desk_arguments *a, struct bytes passphrase);

/* The passphrase, from --passphrase-fd (its first line) or the terminal; a secret in `answer`. */
int desk_ask_passphrase(const struct desk_arguments *a, const char *prompt, struct buf *answer);

/* How the box is reached, from --socks, --direct (neither: by our own Tor) and its address; `target` points into *a and
 * static storage. */
int desk_target(const struct folder *box, const struct desk_arguments *a, struct link_target *target);

#endif
