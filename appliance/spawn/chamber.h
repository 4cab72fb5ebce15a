/* SPDX-License-Identifier: GPL-3.0-or-later
 * The namespaces that roles live in: made once, held as descriptors, entered by setns. A role's root is an empty,
 * read-only tmpfs with the mounts of confine/table.c and nothing else: no /proc, no devices, no path to any program. */
#ifndef SPAWN_CHAMBER_H
#define SPAWN_CHAMBER_H

#include "confine/enter.h"

struct chambers {
	bool own_ids;
	uint64_t store; /* bytes of the store's tmpfs */
	/* Namespaces that all roles share. The empty network has not even a loopback device that is up. */
	int network;
	int host_name;
	int control_groups; /* -1: the kernel refuses one */
	int mounts[ROLE_COUNT];
	int roots[ROLE_COUNT]; /* the chamber itself: setns alone leads to its namespace's root, not to that of a chroot
				*/
};

/* All of them. door: two unix stream sockets, not bound yet, that become MOUNT_DOOR's "source" and "desk" and listen
 * (-1, -1: there are other listeners). ERR_IO. */
enum err chambers_make(struct chambers *c, bool own_ids, uint64_t store, const int door[static 2]) MUST_CHECK;
/* Into a plan's entry. */
void chambers_enter(const struct chambers *c, enum role r, struct confine_entry *entry);
/* A role's first mount anew and empty; what was there is gone. *fd: the directory. ERR_IO. */
enum err chambers_renew(const struct chambers *c, enum role r, int *fd) MUST_CHECK;
/* Overwrites with zeros and removes every file below the role's own mounts. Its processes must be dead. */
void chambers_wipe(const struct chambers *c, enum role r);

#endif
