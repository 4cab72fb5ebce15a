/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's own folder, and the boxes that it has:
 *
 *   identity.age      the age identity under a passphrase (stock `age -d` opens it)   secret
 *   identity.txt      or this, without one                                            secret
 *                     or neither: the networked half of an air gap
 *   identities-old/   rotated ones, in the same form                                  secret
 *   recipients.txt    what the desk seals its own copies to
 *   boxes/NAME/       one folder a box (folder.h)
 *   torrc             the owner's lines for the desk's own Tor (carrier.h)
 *   tor-state/        that Tor's
 *   air               how far the halves of a desk with an air gap have told each other (air.h)
 *   format            "courier-desk 2"; written last: without it there is no desk here
 *   lock              held by whoever speaks with a box, or changes keys
 */
#ifndef DESKFOLDER_HOME_H
#define DESKFOLDER_HOME_H

#include "age/age.h"
#include "deskfolder/folder.h"

struct home {
	struct folder folder;
	struct folder boxes[LIMIT_DESK_BOXES]; /* by name */
	size_t box_count;
	int lock_fd; /* -1: not held */
};

/* PATH must be a desk's folder. ERR_NOT_FOUND: there is none; ERR_UNSUPPORTED: one that another version of this program
 * made; ERR_TOO_BIG: the path, or more than LIMIT_DESK_BOXES. */
enum err home_open(struct home *h, const char *path) MUST_CHECK;
/* Waits until no other process holds the folder; calls `waiting` once if it must wait. ERR_IO. */
enum err home_lock(struct home *h, void (*waiting)(void)) MUST_CHECK;
void home_unlock(struct home *h);

/* [a-z0-9-], 1 to LIMIT_DESK_BOX_NAME, no '-' first. */
bool home_is_box_name(const char *name);
/* NULL: there is none of that name. */
const struct folder *home_box(const struct home *h, const char *name);
/* Makes the folders of a box, or what is missing of them. ERR_FULL: LIMIT_DESK_BOXES. ERR_IO. */
enum err home_make_box(struct home *h, const char *name, const struct folder **box) MUST_CHECK;

/* Writes `format`: the desk is whole. ERR_IO. */
enum err home_finish(const struct home *h) MUST_CHECK;

/* recipients.txt: 1 to AGE_RECIPIENTS_MAX. ERR_FORMAT; ERR_TOO_BIG; ERR_NOT_FOUND, ERR_IO. */
enum err home_recipients(const struct home *h, struct age_recipient out[static AGE_RECIPIENTS_MAX],
			 size_t *count) MUST_CHECK;

#endif
