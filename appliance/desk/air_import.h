/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the other half of a desk exported (air.h), taken in. Whoever wrote the file may be hostile: nothing outside the
 * folder is written, nothing that is there already is changed, and until the file has ended well all is under
 * incoming/. */
#ifndef DESK_AIR_IMPORT_H
#define DESK_AIR_IMPORT_H

#include "desk/air.h"
#include "tar/reader.h"

enum air_kind { AIR_HEADER, AIR_STAGED, AIR_SKIPPED };

struct air_import {
	struct home *home;
	enum air_half half;
	/* Told of each thing that was refused while the rest goes on. */
	void (*refused)(void *context, const char *what, const char *sentence);
	void *context;

	struct tar_reader reader;
	bool begun; /* the header was read, and is good */
	struct air_header header;
	struct air_ledger ledger;                     /* ours */
	const struct folder *boxes[LIMIT_DESK_BOXES]; /* as the header names them */

	/* the entry that is read */
	enum air_kind kind;
	const struct folder *folder;
	char name[100];  /* of a message's file, within the folder, once the import is done */
	char stage[160]; /* until then */
	uint64_t size, time_s, at;
	uint8_t small[AIR_HEADER_MAX];
	int fd;        /* -1: none */
	bool compares; /* it is there already */
	bool differs;

	uint8_t lines[LIMIT_DESK_EXPORTED]; /* a box's file `exported` */
	size_t lines_n;

	uint64_t taken; /* new files */
	uint64_t refusals;
	const char *fault; /* a sentence, when an error other than ERR_IO is returned */
};

/* The folder's lock is held, or the folder is empty: then only what sets a half up is taken. ERR_IO, ERR_FORMAT (our
 * own ledger). air_import_end() in any case. */
enum err air_import_begin(struct air_import *a, struct home *home,
			  void (*refused)(void *context, const char *what, const char *sentence),
			  void *context) MUST_CHECK;
/* The file, in any pieces. ERR_EXISTS: it, or a later one, was imported already. ERR_FORMAT, ERR_TOO_BIG,
 * ERR_UNSUPPORTED: refused, a->fault says why. ERR_FULL: the disk. ERR_IO. */
enum err air_import_data(struct air_import *a, struct bytes data) MUST_CHECK;
/* The file is over: all of it is put in its place. Errors as above. */
enum err air_import_finish(struct air_import *a) MUST_CHECK;
void air_import_end(struct air_import *a);

#endif
