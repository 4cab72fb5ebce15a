/* SPDX-License-Identifier: GPL-3.0-or-later
 * A box without keys of its own on the boot medium: it makes them at each start, and asks the operator for the rest. */
#ifndef UNLOCK_EPHEMERAL_H
#define UNLOCK_EPHEMERAL_H

#include "site/file.h"
#include "unlock/interview.h"

/* Completes *s, which is empty or holds what a configuration said: keys, salt, name, and a desk where there is none.
 * Its views then point into static storage, too. ERR_END: the console is gone; ERR_STATE: there is none. SECRET_WIPE()
 * *s, and call ephemeral_wipe(). */
enum err ephemeral_make(struct interview *i, struct site *s, struct site_fault *fault) MUST_CHECK;
void ephemeral_wipe(void);

#endif
