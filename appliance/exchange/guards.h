/* SPDX-License-Identifier: GPL-3.0-or-later
 * Which entry guards a box has, kept for its site file: the box itself forgets them (docs/GUARDS.md). */
#ifndef EXCHANGE_GUARDS_H
#define EXCHANGE_GUARDS_H

#include "deskfolder/folder.h"

#define GUARDS_KEY "guard = " /* before each line of the file, as in a site file */

/* From the box's answer to GET /v1/status, sound JSON, into its file `guards`; `courier site refresh --from` reads it.
 * A box that tells none, or nonsense, changes nothing. ERR_IO. */
enum err guards_keep(const struct folder *box, struct bytes answer) MUST_CHECK;

#endif
