/* SPDX-License-Identifier: GPL-3.0-or-later
 * The first half of a role's confinement, between clone and exec. For init alone. */
#ifndef CONFINE_ENTER_H
#define CONFINE_ENTER_H

#include "confine/confine.h"

enum { ENTRY_NAMESPACES_MAX = 4, ENTRY_LIMITS = 5 };

/* Everything is worked out before the clone: the child shares its parent's memory until it execs. */
struct confine_entry {
	enum role role;
	int namespaces[ENTRY_NAMESPACES_MAX]; /* descriptors, in this order; -1: stay */
	int root;                             /* of the mount namespace: becomes root and working directory; -1: stay */
	bool own_ids;                         /* change to `uid`; else everything runs as the user who started us */
	uint32_t uid;                         /* and gid */
	struct {
		int what; /* RLIMIT_* */
		uint64_t value;
	} limits[ENTRY_LIMITS];
};

/* Fills in uid and limits by the table; `store` bytes are mapped on top by the role that holds the store. A limit is
 * never above the one that this process has itself. */
void confine_plan(struct confine_entry *entry, enum role r, uint32_t slot, uint64_t store);

/* Called once by the supervisor, before it starts anybody: its children's bounding set loses what no role keeps, and
 * uid 0 stops to mean any capability across exec. ERR_IO. */
enum err confine_supervisor(void) MUST_CHECK;

/* In the child. Touches no memory of its parent's but its own stack (no errno, no locks). 0, or the step that failed
 * (from 1): the child then ends with EXIT_UNCONFINED. */
int confine_enter(const struct confine_entry *entry);

#endif
