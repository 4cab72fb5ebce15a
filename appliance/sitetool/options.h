/* SPDX-License-Identifier: GPL-3.0-or-later
 * The command line of those commands that work on a site file that is there. */
#ifndef SITETOOL_OPTIONS_H
#define SITETOOL_OPTIONS_H

#include "sitefile/hold.h"

enum site_takes {
	SITE_TAKES_NEW_PHRASE = 1 << 0, /* --new-passphrase-file, --new-passphrase-fd */
	SITE_TAKES_ROTATE = 1 << 1,     /* --desk, --from, --passphrase, --unattended */
	SITE_TAKES_EXPORT = 1 << 2,     /* --source-key, --desk-key, --recovery */
	SITE_TAKES_OUT = 1 << 3,        /* --out */
	SITE_TAKES_REFRESH = 1 << 4,    /* --from, --choose-guards */
};

struct site_arguments {
	const char *path;
	struct phrase_source phrase;
	struct phrase_source new_phrase;
	const char *desk;
	const char *from;
	const char *source_key;
	const char *desk_key;
	const char *recovery;
	const char *out;
	bool passphrase;
	bool unattended;
	bool choose_guards;
};

/* Parses; --help prints `usage` and returns SITE_DONE with *go_on false; a wrong line returns SITE_USAGE the same way.
 */
int site_options(int argc, char **argv, unsigned takes, const char *usage, struct site_arguments *a, bool *go_on);

/* Room for the text of a site file that is being made. Wipe it with site_room_wipe(). */
struct buf site_room(void);
void site_room_wipe(void);

#endif
