/* SPDX-License-Identifier: GPL-3.0-or-later
 * Takes the files of a collect stream into the box's folder. Whatever the box sends, nothing outside the folder is
 * written, and no message that is there already is changed.
 *
 * What comes is staged under incoming/new/, a folder for each conversation. At a cursor all of it is on disk; then it
 * gets its place under conversations/, and only then `cursor` moves. Interrupted anywhere, what is staged is dropped
 * and comes again. */
#ifndef DESKFOLDER_INTAKE_H
#define DESKFOLDER_INTAKE_H

#include "deskfolder/boots.h"
#include "link/state.h"
#include "tar/reader.h"

enum { INTAKE_CURSOR_MAX = 80, INTAKE_SMALL_MAX = LIMIT_STATE };

enum intake_kind { INTAKE_BOOT, INTAKE_CURSOR, INTAKE_RECIPIENT, INTAKE_STATE, INTAKE_OPEN, INTAKE_ITEM };

/* Ids of conversations. */
struct intake_ids {
	uint8_t (*id)[FOLDER_CONVERSATION_LEN / 2];
	size_t count;
};

struct intake {
	const struct folder *folder;
	/* Told of each thing that was refused while the rest goes on; `what` is a path inside the folder. */
	void (*refused)(void *context, const char *what, const char *sentence);
	void *context;
	/* The boot in which the box has all that this desk has: only in it states and `open` mean what they say.
	 * "": none. */
	char restored[33];

	char boot[33];
	char conversation[FOLDER_CONVERSATION_LEN + 1]; /* whose recipient came last; "" none */
	struct boots boots;                             /* of that conversation */
	bool cursor_is_last;                            /* nothing came after the last cursor */
	enum intake_kind kind;
	uint64_t size; /* of the current file, as promised */
	uint64_t time_s;
	uint64_t at; /* received */
	uint8_t small[INTAKE_SMALL_MAX];
	struct state state;
	bool open_came; /* since the last cursor */
	struct intake_ids open;
	int fd;        /* of the current item: a new one, or the one that is there */
	bool compares; /* it is there */
	bool differs;
	char what[100];  /* the current file, as "conversations/..." */
	uint64_t staged; /* items since the last cursor */
	uint64_t items;  /* new ones, in their place */
	uint64_t bytes;  /* received, in all */
	uint64_t refusals;
	const char *fault; /* a sentence, when an error other than ERR_IO is returned */
};

/* ERR_IO: what an interrupted one left can't be removed. intake_close() in any case. */
enum err intake_begin(struct intake *in, const struct folder *folder,
		      void (*refused)(void *context, const char *what, const char *sentence), void *context) MUST_CHECK;
/* An error of its own: ERR_EXISTS, a conversation was begun anew under its old id; the stream must be read again from
 * the last cursor on. */
struct tar_sink intake_sink(struct intake *in);
/* The stream ended well for the tar reader; did it for us? ERR_FORMAT. */
enum err intake_finish(struct intake *in) MUST_CHECK;
/* Closes what is open and drops what is staged. */
void intake_close(struct intake *in);

#endif
