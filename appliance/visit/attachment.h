/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a reply's meta item says of its attachment (docs/HTTP.md, "What is sealed"). The desk wrote it; nobody between
 * could change it. */
#ifndef VISIT_ATTACHMENT_H
#define VISIT_ATTACHMENT_H

#include "base/bytes.h"
#include "limits.h"

enum { ATTACHMENT_META_MAX = 4096 }; /* of an opened meta item, padding and all: its first bucket */

/* Secret. */
struct attachment {
	uint8_t name[LIMIT_FILE_NAME];
	size_t name_len; /* 0: it has none */
	uint64_t len;    /* of the file, without padding */
};

/* "Name: N\nType: T\nLength: L\n", then any number of NULs. The name is made valid UTF-8 of one line. The type is not
 * taken: what a browser does with a file must not depend on it. ERR_FORMAT; ERR_TOO_BIG: longer than any file is. */
enum err attachment_parse(struct bytes meta, struct attachment *a) MUST_CHECK;

#endif
