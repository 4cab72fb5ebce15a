/* SPDX-License-Identifier: GPL-3.0-or-later
 * A consensus of the microdescriptor flavour (dir-spec, "Consensus flavors"), line by line as it comes: eight thousand
 * relays in 2.5 MB, of which nothing is kept but the relay that is being read. Tor has checked its signatures. Pure; no
 * system call here. */
#ifndef TOR_CONSENSUS_H
#define TOR_CONSENSUS_H

#include "tor/guards.h"

/* Which weight of the footer holds for a relay between others: its class. */
enum relay_class { RELAY_MIDDLE, RELAY_GUARD, RELAY_EXIT, RELAY_BOTH, RELAY_CLASS_COUNT };

struct relay {
	uint8_t id[GUARD_ID_LEN];
	uint32_t bandwidth; /* 0 also if it is not said */
	bool guard;
	bool exit; /* and not BadExit */
	bool fast;
	bool stable;
	bool entry; /* what Tor takes for an entry guard: Guard, Fast, Stable, Valid and V2Dir */
};

struct consensus_reader {
	struct relay relay;
	bool in_relay;
	bool in_footer;
	bool failed; /* not a consensus: nothing of it counts */
	uint32_t relay_count;
	uint32_t valid_after_h;              /* hours since 1970-01-01T00:00Z; 0 before that line */
	uint32_t weights[RELAY_CLASS_COUNT]; /* 0 to 10000; 10000 where the footer names none */
};

void consensus_begin(struct consensus_reader *r);
/* One line. True: r->relay is whole now, and stays until the next call. */
bool consensus_line(struct consensus_reader *r, struct bytes line);
/* After the last line: was it a whole one? */
bool consensus_whole(const struct consensus_reader *r);

enum relay_class relay_class(const struct relay *relay);

#endif
