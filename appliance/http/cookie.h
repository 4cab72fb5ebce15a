/* SPDX-License-Identifier: GPL-3.0-or-later
 * The Cookie field (RFC 6265, clause 4.2). */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include "base/bytes.h"

/* The value of the one cookie whose pair begins with `name`, "s=" with its sign; a view into `field`. {NULL, 0} if
 * there is none, or more than one: then nobody can tell which is ours. */
struct bytes cookie_value(struct bytes field, const char *name);

#endif
