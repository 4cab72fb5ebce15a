/* SPDX-License-Identifier: GPL-3.0-or-later
 * A site file in the operator's hands: read, opened with its passphrase, written. Each function that returns an int
 * says on descriptor 2 what is wrong and returns an enum site_status. */
#ifndef SITEFILE_HOLD_H
#define SITEFILE_HOLD_H

#include "age/age.h"
#include "site/file.h"
#include "sitefile/say.h"

/* Where a passphrase comes from: the first line of a file or of a descriptor; else it is asked for on the terminal. */
struct phrase_source {
	const char *file;       /* --passphrase-file; NULL */
	const char *descriptor; /* --passphrase-fd, a number; NULL */
	struct bytes given;     /* one that is known already; empty */
	const char *whose;      /* for the prompt: "the signing key"; NULL: the site file */
};

/* Holds secrets, and is too big for a stack: hold_drop() it. */
struct hold {
	const char *path;
	bool sealed;
	struct buf text;                    /* as it was read, and opened */
	struct buf phrase;                  /* its passphrase; empty for one that is not sealed */
	struct site site;                   /* views into text */
	uint8_t storage[LIMIT_SITE_SEALED]; /* the file's, and then the text's */
	uint8_t phrase_storage[AGE_PASSPHRASE_MAX];
};

/* The one that a command works on. */
struct hold *hold_static(void);
/* The text alone, whatever it says. */
int hold_read(const char *path, const struct phrase_source *from, struct hold *h);
/* And parsed: h->site. */
int hold_open(const char *path, const struct phrase_source *from, struct hold *h);
/* Writes this text in the file's place in one step, sealed if it was; the old file stays until the new one is whole. A
 * text that no box would take is refused. May be h's own text, or another that h->text doesn't overlap. */
int hold_replace(struct hold *h, struct bytes text);
void hold_drop(struct hold *h);

/* One as it is, whatever it is for. */
int hold_take_phrase(const struct phrase_source *from, const char *prompt, struct buf *phrase);
/* A new passphrase into `phrase`; asked for twice on a terminal. */
int hold_new_phrase(const struct phrase_source *from, const char *what, struct buf *phrase);
/* A new file; with an empty passphrase it is not sealed. One that is there already is not touched. */
int hold_write_new(const char *path, struct bytes text, struct bytes phrase);

/* Appends text without the lines of those keys ("guard" also names "guard ..."), and `with` in place of the first of
 * them, or before the first desk where there are none. Comments and all other lines stay as they are. */
void hold_replace_lines(struct buf *out, struct bytes text, const char *const *keys, size_t key_count,
			struct bytes with);

/* What is said wherever a file is written without a passphrase. */
#define HOLD_UNATTENDED_RISK                                                                                           \
	"This site file is not sealed: the box opens by itself, and whoever gets hold of the stick or of this file "   \
	"has "                                                                                                         \
	"the box's keys."

#endif
