/* SPDX-License-Identifier: GPL-3.0-or-later
 * The time of day: never before the day of the build, never past that day and LIMIT_CLOCK_AHEAD_S, never set back.
 * These functions decide; who calls them sets the clock. Seconds since 1970, UTC. */
#ifndef MACHINE_CLOCK_H
#define MACHINE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CLOCK_RELAY_LEN = 16,
	CLOCK_REPORTS = 16, /* kept: Tor has nine authorities, and hears one or two others */
	CLOCK_WITNESSES = 3,
};

struct clock_report {
	uint8_t relay[CLOCK_RELAY_LEN];
	uint32_t behind_s;
	uint64_t at_ms;
};

/* What relays said of our clock. All zero: nothing yet. */
struct clock_watch {
	struct clock_report reports[CLOCK_REPORTS];
	size_t count;
};

/* May the clock go from now_s to wanted_s? */
bool clock_may_go(int64_t now_s, int64_t wanted_s);
/* A relay says that our clock is ahead by so much, or behind if it is negative. Returns the seconds to go forward: once
 * three relays say within LIMIT_CLOCK_AGREE_MS that it is behind, and differ by LIMIT_CLOCK_AGREE_S at most, by the
 * least of the three; everything heard is forgotten then. 0: stay. */
uint32_t clock_hear(struct clock_watch *w, const uint8_t relay[static CLOCK_RELAY_LEN], int32_t ahead_s, int64_t now_s,
		    uint64_t now_ms);

#endif
