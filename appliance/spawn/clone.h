/* SPDX-License-Identifier: GPL-3.0-or-later
 * A child that borrows our memory until it execs or ends: a tenth of what fork costs, and we wait for it. */
#ifndef SPAWN_CLONE_H
#define SPAWN_CLONE_H

#include <stdint.h>
#include <sys/types.h>

/* Runs body(context) on a stack of its own in a new process made with CLONE_VM | CLONE_VFORK | flags; the child ends
 * with the status that body returns, if that returns. The child must not rely on errno being its own. cgroup:
 * descriptor of the cgroup to start it in, or -1. Returns the pid, or -1 and errno. */
pid_t clone_borrowing(uint64_t flags, int cgroup, int (*body)(void *context), void *context);

#endif
