/* SPDX-License-Identifier: GPL-3.0-or-later
 * A reply's body on its way into the keeper's draft, in constant memory: one age file, the text; or an archive of
 * `01.data.age 01.meta.age 02.data.age ... text.age`, in this order, at most LIMIT_FILES attachments. Nobody here can
 * open an age file: of each only the first line is looked at. */
#ifndef COLLECT_REPLY_H
#define COLLECT_REPLY_H

#include "collect/collect.h"
#include "tar/reader.h"

struct reply {
	struct collect *c;
	struct tar_reader tar;
	bool archive;
	bool whole;        /* the text is there: nothing may follow */
	bool open;         /* a file is, at the keeper */
	bool meta_due;     /* of the attachment that was just sent */
	unsigned files;    /* attachments begun */
	uint64_t seen;     /* bytes of the open file */
	const char *fault; /* a sentence, after ERR_FORMAT and ERR_TOO_BIG */
};

void reply_begin(struct reply *r, struct collect *c, bool archive);
/* Any pieces. ERR_FORMAT, ERR_TOO_BIG, or the keeper's. After an error: reply_drop(). */
enum err reply_data(struct reply *r, struct bytes data) MUST_CHECK;
/* The body is over: the reply is the conversation's, in place of one of the same name. Errors as above, and
 * ERR_NOT_FOUND, ERR_FULL; then, too, reply_drop(). */
enum err reply_end(struct reply *r, const uint8_t conversation[static 16], struct bytes name) MUST_CHECK;
/* Forgets what came; if the keeper can't be told, c->keeper is -1, and the channel's end tells it. */
void reply_drop(struct reply *r);

#endif
