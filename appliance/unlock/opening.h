/* SPDX-License-Identifier: GPL-3.0-or-later
 * From the bytes of the boot medium to a site that a box may run: the file is found, opened with the operator's
 * passphrase, and checked. */
#ifndef UNLOCK_OPENING_H
#define UNLOCK_OPENING_H

#include "site/file.h"
#include "unlock/interview.h"

/* *s becomes views into `medium`, where a sealed file's text takes its place. A sealed file: asks for the passphrase
 * as often as it takes, each time later (LIMIT_UNLOCK_WAIT_MS). ERR_END: the console is gone. ERR_NOT_FOUND: there is
 * no site file, or one that says that the box shall make its keys itself (then it is in *s). All other errors: *fault
 * says why this file opens no box, and *s is zero. */
enum err opening_take(uint8_t *medium, size_t n, struct interview *i, struct site *s,
		      struct site_fault *fault) MUST_CHECK;

#endif
