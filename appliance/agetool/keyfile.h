/* SPDX-License-Identifier: GPL-3.0-or-later
 * Files of recipients and of identities: one a line, empty lines and those that begin with "#" apart. */
#ifndef AGETOOL_KEYFILE_H
#define AGETOOL_KEYFILE_H

#include "age/age.h"

#define KEYFILE_MAX (1024 * 1024) /* bytes: 500 hybrid recipients with comments */

struct recipients {
	struct age_recipient list[AGE_RECIPIENTS_MAX];
	size_t count;
};

/* Secret. */
struct identities {
	struct age_identity list[AGE_IDENTITIES_MAX];
	size_t count;
};

/* One recipient's text, from the command line. Appended, or false after a message. */
bool keyfile_recipient(struct bytes text, struct recipients *to) MUST_CHECK;
/* All of a file, "-": of standard input. Appended, or false after a message; a file without any is an error. */
bool keyfile_recipients(const char *path, struct recipients *to) MUST_CHECK;
/* The same; a file that is sealed with a passphrase is opened, and the passphrase asked for. NULL is "-". */
bool keyfile_identities(const char *path, struct identities *with) MUST_CHECK;

#endif
