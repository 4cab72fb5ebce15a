/* SPDX-License-Identifier: GPL-3.0-or-later
 * Starting one process of a role. */
#ifndef SPAWN_SPAWN_H
#define SPAWN_SPAWN_H

#include <sys/types.h>

#include "confine/enter.h"

/* Descriptors of ours are at least this, so that those of a role (0 to 7) can be put in place without care for order.
 */
enum { OWN_FD_FIRST = 16, SPAWN_FDS = 5 };

struct spawn_plan {
	struct confine_entry entry;
	struct role_options options;
	int fds[SPAWN_FDS]; /* what the role finds at ROLE_FD_UP and up; -1: nothing */
	int cgroup;         /* -1: ours */
	bool mute;          /* its log lines go to /dev/null */
};

/* Takes descriptors 0 to 15: what is opened from here on is at least OWN_FD_FIRST. 0 and 1 become /dev/null, 2 stays,
 * all others become close-on-exec. Opens this very program for spawn_role. Call it once, with /proc in place. ERR_IO.
 */
enum err spawn_prepare(void) MUST_CHECK;
/* SHA-256 of this very program. ERR_IO, ERR_NO_MEMORY. */
enum err spawn_program_hash(uint8_t hash[static 32]) MUST_CHECK;
/* The plan's descriptors stay ours. The process is running, or already dead because it could not be confined (status
 * 120). ERR_IO. */
enum err spawn_role(const struct spawn_plan *plan, pid_t *pid) MUST_CHECK;

#endif
