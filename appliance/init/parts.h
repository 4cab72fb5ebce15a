/* SPDX-License-Identifier: GPL-3.0-or-later
 * The roles' parts of the site file, between unlock and the roles. init keeps each whole and does not look inside. */
#ifndef INIT_PARTS_H
#define INIT_PARTS_H

#include "base/secret.h"
#include "link/message.h"

struct part {
	struct secret_area kept; /* never handed out; fd -1: there is none */
	uint32_t len;
	int shared; /* workers' parts, which hold no secret: one sealed, read-only copy for all of them; or -1 */
};

struct parts {
	struct part of[ROLE_COUNT];
	bool hidden; /* the areas are memfd_secret */
};

void parts_init(struct parts *p);
/* Keeps a copy. ERR_EXISTS: the role has one; ERR_PEER: no part for such a role; ERR_NO_MEMORY, ERR_IO. */
enum err parts_keep(struct parts *p, enum role r, struct bytes part) MUST_CHECK;
/* A descriptor for the role's next process, and whether the caller closes it. A long-lived role gets a copy in secret
 * memory of its own, so that what it does to it touches neither us nor its successor. -1 if the role has no part. */
enum err parts_hand_out(const struct parts *p, enum role r, int *fd, bool *close_it) MUST_CHECK;
void parts_wipe(struct parts *p);

#endif
