/* SPDX-License-Identifier: GPL-3.0-or-later
 * Which relays stand behind the entry guard in circuits of the onion services (vanguards-spec): four, each for a period
 * of its own, drawn by a seed out of the consensus. The same seed, period and consensus draw the same relays, at every
 * start; a consensus that changed a little moves few of them. docs/GUARDS.md has the drawing and its test vectors.
 *
 * Memory does not grow with the consensus: for each place and class of relays the best candidates are kept. */
#ifndef TOR_VANGUARDS_H
#define TOR_VANGUARDS_H

#include "tor/consensus.h"

enum {
	VANGUARDS = 4, /* vanguards-spec, NUM_LAYER2_GUARDS */
	VANGUARD_SEED_LEN = 32,
};

struct vanguard_candidate {
	uint64_t distance; /* -log2 of its lot, 32 bits of it behind the point */
	uint64_t bandwidth;
	uint8_t id[GUARD_ID_LEN];
};

struct vanguard_place {
	uint32_t period;
	bool held; /* by `id`, since an earlier drawing */
	bool listed;
	uint8_t id[GUARD_ID_LEN];
	uint8_t counts[RELAY_CLASS_COUNT];
	struct vanguard_candidate best[RELAY_CLASS_COUNT][VANGUARDS]; /* the nearest first */
};

/* Begins as zeros, with its seed. It is secret: whoever has it knows all relays to come. */
struct vanguards {
	uint8_t seed[VANGUARD_SEED_LEN];
	struct vanguard_place places[VANGUARDS];
};

/* A new consensus, of that hour since 1970. A place whose period is over is free. */
void vanguards_begin(struct vanguards *v, uint32_t hour);
void vanguards_relay(struct vanguards *v, const struct relay *relay);
/* Its end, with the footer's weights. A place keeps its relay while that is listed as fast and stable; free ones are
 * drawn. Returns how many have one, at most VANGUARDS, and writes their identities. */
size_t vanguards_end(struct vanguards *v, const uint32_t weights[static RELAY_CLASS_COUNT],
		     uint8_t ids[VANGUARDS][GUARD_ID_LEN]);

#endif
