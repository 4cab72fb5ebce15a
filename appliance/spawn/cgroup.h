/* SPDX-License-Identifier: GPL-3.0-or-later
 * One cgroup v2 a role, with the limits of confine/table.c. */
#ifndef SPAWN_CGROUP_H
#define SPAWN_CGROUP_H

#include "link/message.h"

/* Below `root`, a mounted cgroup2. fds[role]: the role's group, for clone; -1 for init. ERR_IO. */
enum err cgroups_make(const char *root, uint64_t memory, int fds[static ROLE_COUNT]) MUST_CHECK;

#endif
