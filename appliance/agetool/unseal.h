/* SPDX-License-Identifier: GPL-3.0-or-later
 * A whole input opened, armored or not, with every failure told in a sentence. */
#ifndef AGETOOL_UNSEAL_H
#define AGETOOL_UNSEAL_H

#include "agetool/tool.h"

/* Armor typed or pasted into a terminal is taken whole before anybody is asked for a passphrase there. */
#define UNSEAL_PASTE_MAX (256 * 1024)

struct unsealing {
	int fd;
	struct bytes start; /* read from fd already */
	const struct age_identity *with;
	size_t count;         /* 0: a passphrase is asked for, if the file has one */
	const char *prompt;   /* for it */
	struct age_sink sink; /* a failure of its own it has told itself */
	const bool *sink_failed;
};

/* False after a message; what the sink got is then genuine but may lack its end. One at a time. */
bool unseal(const struct unsealing *u) MUST_CHECK;

#endif
