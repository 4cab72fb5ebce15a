/* SPDX-License-Identifier: GPL-3.0-or-later
 * The guard capsule in a site file (docs/GUARDS.md): the seed that second relays are drawn with, and entry guards. */
#ifndef SITE_GUARDS_H
#define SITE_GUARDS_H

#include "site/file.h"

/* One value each; false with the sentence in *fault. */
bool site_take_guard_seed(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_guard(struct bytes text, struct site *s, struct site_fault *fault);
/* None, or two at least. */
bool site_guards_are_whole(const struct site *s, struct site_fault *fault);

/* By its lines for Tor: then the bridges are its entries, and the guards stay unused. */
bool site_uses_bridges(const struct site *s);

void site_write_guards(struct buf *out, const struct site *s);

#endif
