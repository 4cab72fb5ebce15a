/* SPDX-License-Identifier: GPL-3.0-or-later
 * The guard capsule in a site file (docs/GUARDS.md): the seed that layer-2 guards are drawn with, and entry guards. */
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

/* What became of a site file's guards. */
struct guards_refreshed {
	size_t taken;     /* there were none: the collected ones */
	size_t confirmed; /* used for the first time, says the box */
	size_t dropped;   /* too old: guard-spec's 120 days since they were drawn, and 60 since they were used first */
};
/* kept: the site file's; collected: what the box said of them. A box that was taken over can't exchange one for
 * another: collected ones are only taken where the file has none. If fewer than two are left, none is. */
struct guards_refreshed site_refresh_guards(struct guards *kept, const struct guards *collected, uint32_t today);

void site_write_guards(struct buf *out, const struct site *s);

#endif
