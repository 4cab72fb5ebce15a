/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "confine/table.h"

#include <linux/capability.h>

/* Debian's policy keeps 30000 to 59999 for nobody: on a workstation no account has these. They fit in the 65,536
 * that containers get. */
enum {
	UID_UNLOCK = 47000,
	UID_NET = 47001,
	UID_TOR = 47002,
	UID_TORCTL = 47003,
	UID_DOOR = 47004,
	UID_KEEPER = 47005,
	UID_CONSOLE = 47006,
	UID_COLLECT = 47100,
	UID_VISIT = 47200,
};

#define CAP(name) (1ull << CAP_##name)

// clang-format off: a table is read by its columns
const struct confinement confinements[ROLE_COUNT] = {
	[ROLE_UNLOCK] = {
		.uid = UID_UNLOCK,
		.slots = 1,
		.files = 16,
		.processes = 1,
		.locked_mib = 4,
		.space_mib = 192, /* scrypt at 2^16 takes 64 MiB, at 2^17 128 */
		.memory_percent = 85, /* nothing else runs yet; of 128 MB it takes two thirds */
		.pids = 2,
		.cpu_weight = 100,
	},
	[ROLE_NET] = {
		.uid = UID_NET,
		.slots = 1,
		/* opens packet sockets; then only gives the card its fence and its address */
		.setup_capabilities = CAP(NET_ADMIN) | CAP(NET_RAW),
		.capabilities = CAP(NET_ADMIN),
		.net = NET_CARD,
		.files = 16,
		.processes = 1,
		.locked_mib = 1,
		.space_mib = 64,
		.memory_percent = 10,
		.pids = 2,
		.cpu_weight = 100,
	},
	[ROLE_TOR] = {
		.uid = UID_TOR,
		.slots = 1,
		.net = NET_CARD,
		.connects_tcp = true,
		.mounts = {
			{.path = "/tor", .what = MOUNT_OWN, .size_mib = 64, .landlock = true},
			{.path = "/door", .what = MOUNT_DOOR, .size_mib = 1},
		},
		.files = 2048,   /* tor asks for 1000 connections at least */
		.processes = 16, /* it has three threads */
		.locked_mib = 1,
		.space_mib = 1024,
		.memory_percent = 60,
		.pids = 16,
		.cpu_weight = 100,
	},
	[ROLE_TORCTL] = {
		.uid = UID_TORCTL,
		.slots = 1,
		.files = 16,
		.processes = 1,
		.locked_mib = 1,
		.space_mib = 64,
		.memory_percent = 10,
		.pids = 2,
		.cpu_weight = 100,
	},
	[ROLE_DOOR] = {
		.uid = UID_DOOR,
		.slots = 1,
		.files = 1536, /* two for each idle worker, one for each busy one and each connection that waits */
		.processes = 1,
		.locked_mib = 1,
		.space_mib = 64,
		.memory_percent = 10,
		.pids = 2,
		.cpu_weight = 400, /* a door that lags makes everybody wait */
	},
	[ROLE_VISIT] = {
		.uid = UID_VISIT,
		.slots = LIMIT_VISIT_SLOTS,
		.files = 16,
		.processes = 1,
		.locked_mib = 1,
		.space_mib = 96, /* Argon2id takes 19 MiB */
		.memory_percent = 50,
		.pids = LIMIT_VISIT_SLOTS + 8,
		.cpu_weight = 100,
	},
	[ROLE_COLLECT] = {
		.uid = UID_COLLECT,
		.slots = LIMIT_COLLECT_SLOTS,
		.files = 16,
		.processes = 1,
		.locked_mib = 1,
		.space_mib = 64,
		.memory_percent = 20,
		.pids = LIMIT_COLLECT_SLOTS + 4,
		.cpu_weight = 100,
	},
	[ROLE_KEEPER] = {
		.uid = UID_KEEPER,
		.slots = 1,
		.mounts = {{.path = "/store", .what = MOUNT_STORE}},
		.files = LIMIT_KEEPER_PEERS + 24,
		.processes = 1,
		.locked_mib = LIMIT_KEEPER_SECRET / MIB + 4,
		.space_mib = 64,
		.memory_percent = 75, /* the store, LIMIT_STORE_PERCENT, is counted here */
		.pids = 2,
		.cpu_weight = 200,
	},
	[ROLE_CONSOLE] = {
		.uid = UID_CONSOLE,
		.slots = 1,
		.files = 16,
		.processes = 1,
		.locked_mib = 1,
		.space_mib = 64,
		.memory_percent = 10,
		.pids = 2,
		.cpu_weight = 200, /* the operator's keys come before the sources' */
	},
};
// clang-format on

uint64_t confinement_capabilities(void)
{
	uint64_t all = 0;

	for (size_t r = 0; r < ROLE_COUNT; r++)
		all |= confinements[r].setup_capabilities;
	return all;
}

uint32_t confinement_uid(enum role r, uint32_t slot)
{
	BUG_IF((unsigned)r >= ROLE_COUNT || slot >= confinements[r].slots);
	return confinements[r].uid + slot;
}
