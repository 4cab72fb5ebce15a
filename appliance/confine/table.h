/* SPDX-License-Identifier: GPL-3.0-or-later
 * What each role may do: one row a role. Its system calls are in seccomp/ROLE.policy. */
#ifndef CONFINE_TABLE_H
#define CONFINE_TABLE_H

#include "link/message.h"

/* The network that a role sees. */
enum role_net {
	NET_EMPTY, /* no interface, not even loopback; shared by all that have nothing to say to a network */
	NET_CARD,  /* the one with the card */
};

enum { ROLE_MOUNTS_MAX = 2, MIB = 1024 * 1024 };

/* A tmpfs inside the role's otherwise empty, read-only root. Always nosuid, nodev, noexec. */
struct role_mount {
	const char *path; /* NULL ends the list */
	enum { MOUNT_OWN, MOUNT_DOOR, MOUNT_STORE } what;
	/* MOUNT_OWN    0700, the role's own, of size_mib
	 * MOUNT_DOOR   read-only; holds the door's two sockets, which only this role may connect to
	 * MOUNT_STORE  as MOUNT_OWN, of the store's capacity */
	uint32_t size_mib;
	bool landlock; /* may open, make and remove files below it after confine_finish */
};

struct confinement {
	uint32_t uid;   /* and gid; a worker's is uid + slot */
	uint32_t slots; /* how many ids belong to the role */
	/* 1 << CAP_*. What the role has when it starts; all others are dropped, from the bounding set too. */
	uint64_t setup_capabilities;
	uint64_t capabilities; /* what of these confine_finish leaves */
	enum role_net net;
	bool connects_tcp; /* Landlock, where the kernel can: may connect to TCP ports. No role binds one. */
	struct role_mount mounts[ROLE_MOUNTS_MAX];
	/* rlimits; core is 0 for all */
	uint32_t files;
	uint32_t processes; /* threads count */
	uint32_t locked_mib;
	uint32_t space_mib; /* address space; the store's capacity comes on top for the role that maps it */
	/* cgroup v2 of the role, all slots together */
	uint32_t memory_percent; /* of the machine's; the store is counted where it is written: at the keeper */
	uint32_t pids;
	uint32_t cpu_weight; /* 100 is the middle */
};

/* ROLE_INIT's row is empty: nothing confines it. */
extern const struct confinement confinements[ROLE_COUNT];

/* All capabilities that some role starts with. */
uint64_t confinement_capabilities(void);
/* The id of a role's process in that slot (0 for those without slots). A slot that isn't the role's is a bug. */
uint32_t confinement_uid(enum role r, uint32_t slot);

#endif
