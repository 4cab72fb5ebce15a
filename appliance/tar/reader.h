/* SPDX-License-Identifier: GPL-3.0-or-later
 * Reading an archive from somebody who may be hostile: regular files, short plain names, at most LIMIT_TAR_ENTRIES, and
 * nothing else. Owners, modes and devices' numbers aren't looked at, and entries of folders are passed over: what GNU
 * `tar --format=ustar` writes is read. A push parser without memory of its own beyond one block. */
#ifndef TAR_READER_H
#define TAR_READER_H

#include "base/bytes.h"
#include "tar/format.h"

/* What is done with the files. An error ends the reading and is what the caller of tar_push() gets. */
struct tar_sink {
	/* name: 1 to 100 bytes of [A-Za-z0-9._-] and '/', neither first nor last nor twice in a row, and no part that
	 * begins with a dot. It lives during the call. size: what the header promises; time_s: since 1970, at
	 * most TAR_TIME_MAX. */
	enum err (*begin)(void *context, struct bytes name, uint64_t size, uint64_t time_s);
	enum err (*data)(void *context, struct bytes data);
	enum err (*end)(void *context);
	void *context;
};

enum tar_state { TAR_HEADER, TAR_DATA, TAR_PADDING, TAR_LAST, TAR_AFTER };

struct tar_reader {
	struct tar_sink sink;
	enum tar_state state;
	uint64_t left;  /* of the file's data */
	size_t padding; /* zeros that follow it */
	size_t after;   /* zeros past the end */
	uint64_t entries;
	uint64_t size_max;
	const char *fault; /* a sentence, once something was refused */
	size_t fill;
	uint8_t block[TAR_BLOCK];
};

void tar_begin(struct tar_reader *t, struct tar_sink sink, uint64_t size_max);
/* What arrived, in any pieces. ERR_FORMAT, ERR_TOO_BIG, ERR_UNSUPPORTED (a link, a device, a long name): t->fault has
 * the sentence. Or what the sink returned. After an error the reader is of no more use. */
enum err tar_push(struct tar_reader *t, struct bytes data) MUST_CHECK;
/* The stream is over. ERR_END: it was cut off. */
enum err tar_finish(const struct tar_reader *t) MUST_CHECK;

#endif
