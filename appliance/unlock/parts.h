/* SPDX-License-Identifier: GPL-3.0-or-later
 * What each role gets of a site file, and nothing more: the PART_* messages of messages.def. */
#ifndef UNLOCK_PARTS_H
#define UNLOCK_PARTS_H

#include "link/message.h"
#include "site/file.h"

/* The roles that have a part, in the order in which they are sent. */
extern const enum role site_part_roles[];
extern const size_t site_part_role_count;

/* Appends the whole PART_* message of `to`. A role without a part is a bug. ERR_TOO_BIG: the file's own maxima let it
 * pass, the message's don't (out is then to be thrown away). */
enum err site_part(const struct site *s, enum role to, struct buf *out) MUST_CHECK;

#endif
