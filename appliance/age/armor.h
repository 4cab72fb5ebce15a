/* SPDX-License-Identifier: GPL-3.0-or-later
 * ASCII armor around age files, written and read as a stream: RFC 7468's strict form with the label "AGE ENCRYPTED
 * FILE". docs/AGE.md has the grammar. Nothing here is secret; nothing allocates. */
#ifndef AGE_ARMOR_H
#define AGE_ARMOR_H

#include "age/age.h"

#define AGE_ARMOR_LINE      64   /* characters of a line, all but the last */
#define AGE_ARMOR_BYTES     48   /* what it stands for */
#define AGE_ARMOR_BATCH     256  /* lines handed on at a time */
#define AGE_ARMOR_SPACE_MAX 1024 /* white space before the first line, and again after the last */

/* ---- writing */

struct age_armor {
	struct age_sink sink;
	enum err failed; /* the sink's first error; every later call returns it */
	size_t fill;     /* bytes in held[]: less than a line's */
	uint8_t held[AGE_ARMOR_BYTES];
	struct buf out; /* over text[] */
	uint8_t text[AGE_ARMOR_BATCH * (AGE_ARMOR_LINE + 1)];
};

/* The armored text goes to `sink`. */
void age_armor_begin(struct age_armor *a, struct age_sink sink);
/* Push the age file, in any pieces. The only errors are the sink's. */
enum err age_armor_data(struct age_armor *a, struct bytes data) MUST_CHECK;
/* The last line and the closing one. */
enum err age_armor_end(struct age_armor *a) MUST_CHECK;
/* The writer as a sink: for an age_sealer in front of it. */
struct age_sink age_armor_sink(struct age_armor *a);

/* ---- reading */

enum age_dearmor_state {
	AGE_DEARMOR_BEFORE, /* white space, then the opening line */
	AGE_DEARMOR_BODY,   /* full lines, then a last one or the closing one */
	AGE_DEARMOR_LAST,   /* the last line was short: only the closing one may follow */
	AGE_DEARMOR_AFTER,  /* white space to the end */
};

struct age_dearmor {
	struct age_sink sink;
	enum err failed;
	bool broken; /* the error is the armor's own, not the sink's; stays readable */
	enum age_dearmor_state state;
	size_t space; /* bytes of white space seen, before the first line or after the last */
	size_t fill;
	uint8_t line[AGE_ARMOR_LINE + 1]; /* the one being read; a CR may stand at its end */
	struct buf out;                   /* over plain[] */
	uint8_t plain[AGE_ARMOR_BATCH * AGE_ARMOR_BYTES];
};

/* Whether a file that begins with this byte can be armored, and can't be a bare age file. */
bool age_dearmor_likely(uint8_t first);
/* The age file goes to `sink`: for an age_opener behind it, a function that calls age_open_data(). */
void age_dearmor_begin(struct age_dearmor *d, struct age_sink sink);
/* Push what arrived, in any pieces. ERR_FORMAT: not the strict form. ERR_TOO_BIG: white space. Or the sink's error. */
enum err age_dearmor_data(struct age_dearmor *d, struct bytes text) MUST_CHECK;
/* The input is at its end. ERR_END: before the closing line. What the sink got before an error may lack its end, or be
 * somebody's: end the opener with age_open_drop() then, and not with age_open_end(). */
enum err age_dearmor_end(struct age_dearmor *d) MUST_CHECK;

#endif
