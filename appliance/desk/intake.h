/* SPDX-License-Identifier: GPL-3.0-or-later
 * Takes the files of a collect stream into the desk's folder. Whatever the box sends, nothing outside the folder is
 * written, nothing that is there already is changed, and cursor moves only over what is on disk. */
#ifndef DESK_INTAKE_H
#define DESK_INTAKE_H

#include "age/age.h"
#include "desk/folder.h"
#include "tar/reader.h"

enum { INTAKE_CURSOR_MAX = 64, INTAKE_SMALL_MAX = AGE_TEXT_MAX + 1 };

enum intake_kind { INTAKE_BOOT, INTAKE_CURSOR, INTAKE_RECIPIENT, INTAKE_ITEM };

struct intake {
	const struct folder *folder;
	/* Told of each thing that was refused while the rest goes on; `what` is a path inside the folder. */
	void (*refused)(void *context, const char *what, const char *sentence);
	void *context;

	char boot[33];
	char conversation[FOLDER_CONVERSATION_LEN + 1]; /* whose recipient came last; "" none */
	uint32_t offset;                                /* of this boot's numbers in that conversation */
	bool cursor_is_last;                            /* nothing came after the last cursor */
	enum intake_kind kind;
	uint64_t size; /* of the current file, as promised */
	uint64_t time_s;
	uint64_t at; /* received */
	uint8_t small[INTAKE_SMALL_MAX];
	int fd;        /* of the current item: incoming/part, or the one that is there */
	bool compares; /* it is there */
	bool differs;
	char final[FOLDER_PATH_MAX];
	uint64_t items; /* new ones */
	uint64_t bytes; /* received, in all */
	uint64_t refusals;
	const char *fault; /* a sentence, when an error other than ERR_IO is returned */
};

void intake_begin(struct intake *in, const struct folder *folder,
		  void (*refused)(void *context, const char *what, const char *sentence), void *context);
struct tar_sink intake_sink(struct intake *in);
/* The stream ended well for the tar reader; did it for us? ERR_FORMAT. */
enum err intake_finish(struct intake *in) MUST_CHECK;
/* Closes what is open; in any case. */
void intake_close(struct intake *in);

#endif
