/* SPDX-License-Identifier: GPL-3.0-or-later
 * Inside of desk/: the commands, and how they speak to people. Each takes argv from its own name on and returns an
 * enum desk_status. */
#ifndef DESK_COMMAND_H
#define DESK_COMMAND_H

#include "desk/desk.h"
#include "desk/folder.h"
#include "desk/inbox.h"
#include "desk/link.h"

int desk_init(int argc, char **argv);
int desk_add(int argc, char **argv);
int desk_sync(int argc, char **argv);
int desk_list(int argc, char **argv);
int desk_read(int argc, char **argv);
int desk_reply(int argc, char **argv);

/* "courier desk: SUBJECT: SENTENCE" on descriptor 2 (without SUBJECT if it is empty or NULL); returns status. */
int desk_say(enum desk_status status, const char *subject, const char *sentence);

/* What the command line of a command may hold. */
struct desk_arguments {
	const char *folder;
	const char *second;  /* a conversation */
	const char *address; /* --address */
	const char *socks;   /* --socks */
	const char *direct;  /* --direct */
	bool classical;      /* --classical */
};

enum { DESK_TAKES_SECOND = 1, DESK_TAKES_ADDRESS = 2, DESK_TAKES_LINK = 4, DESK_TAKES_CLASSICAL = 8 };

/* Parses; --help prints `usage` and returns DESK_DONE with *go_on false; a wrong line returns DESK_USAGE the same way.
 */
int desk_parse(int argc, char **argv, unsigned takes, const char *usage, struct desk_arguments *a, bool *go_on);

/* folder_open with the sentence for people. */
int desk_open(const char *path, struct folder *f);

/* Waits for the folder's lock, and says so if it has to. */
int desk_lock(struct folder *f);

/* inbox_open, inbox_find, and any other failure of inbox_..., with the sentence for people. */
int desk_open_inbox(const char *path, struct inbox *in);
int desk_find(const struct inbox *in, const char *prefix, struct inbox_conversation *c);
int desk_say_error(const char *subject, enum err e);

/* How the box is reached, from --socks, --direct and box/address; `target` points into *a and static storage. */
int desk_target(const struct folder *f, const struct desk_arguments *a, struct link_target *target);

#endif
