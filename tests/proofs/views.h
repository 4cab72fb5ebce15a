/* SPDX-License-Identifier: GPL-3.0-or-later
 * What proofs say of views. */
#ifndef VIEWS_H
#define VIEWS_H

#include "proof.h"

/* A view into `all`; an empty one may be anywhere. */
static bool within(struct bytes part, struct bytes all)
{
	return part.n == 0 || (part.p >= all.p && part.n <= all.n && part.p + part.n <= all.p + all.n);
}

/* All that lies behind the first taken bytes. */
static bool is_rest(struct bytes rest, struct bytes all)
{
	return rest.n <= all.n && (rest.n == 0 || rest.p + rest.n == all.p + all.n);
}

#endif
