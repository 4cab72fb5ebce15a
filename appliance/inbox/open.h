/* SPDX-License-Identifier: GPL-3.0-or-later
 * Opening what was collected: age files with the desk's identities, and the plain headers inside (docs/HTTP.md). */
#ifndef INBOX_OPEN_H
#define INBOX_OPEN_H

#include "age/age.h"

struct opening {
	struct age_identity identities[AGE_IDENTITIES_MAX]; /* secret */
	size_t identity_count;
	const char *fault; /* a sentence, after an error other than ERR_IO and ERR_NOT_FOUND */
};

/* Opens the age file `path` into the sink. ERR_NOT_FOUND, ERR_IO (errno), the sink's own errors, or those of age_open_*
 * with o->fault set. What the sink got before an error must be thrown away. */
enum err open_file(struct opening *o, const char *path, struct age_sink sink) MUST_CHECK;
/* The same into memory; ERR_TOO_BIG past cap. Zeros at the end are dropped. */
enum err open_small(struct opening *o, const char *path, uint8_t *out, size_t cap, size_t *n) MUST_CHECK;

/* A text item: header lines, an empty line, the text. Views into `plain`. What has no such header is all text. */
struct open_text {
	struct bytes topic; /* at most LIMIT_TOPIC of its bytes: whoever sealed it may have written more */
	struct bytes text;
	uint64_t attachments;
	bool cut; /* it promises more text than there is */
};
void open_parse_text(struct bytes plain, struct open_text *t);

struct open_meta {
	struct bytes name;
	struct bytes type;
	uint64_t length;
};
/* ERR_FORMAT. */
enum err open_parse_meta(struct bytes plain, struct open_meta *m) MUST_CHECK;

enum { SAFE_NAME_MAX = 100 };
/* A name for a file on this machine: letters, digits, '.', '_' and '-' of ASCII, no dot or dash first, at most
 * SAFE_NAME_MAX bytes, the ending kept; never empty. With a NUL. */
void open_safe_name(struct bytes original, char out[static SAFE_NAME_MAX + 1]);

#endif
