/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "confine/enter.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "confine/table.h"

enum step {
	STEP_NONE,
	STEP_NAMESPACE,
	STEP_ROOT,
	STEP_BOUNDING_SET,
	STEP_IDS,
	STEP_CAPABILITIES,
	STEP_NO_NEW_PRIVS,
	STEP_RLIMITS,
};

/* The C library's wrappers write errno and take locks, which belong to the parent here. */
static long raw(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = 0;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static bool drop_bounding_set(uint64_t had, uint64_t keep)
{
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		if ((had >> c & 1) != 0 && (keep >> c & 1) == 0 && raw(SYS_prctl, PR_CAPBSET_DROP, c, 0, 0) != 0)
			return false;
	return true;
}

static bool set_ids(uint32_t id, bool keep_capabilities)
{
	if (keep_capabilities && raw(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0) != 0)
		return false;
	return raw(SYS_setgroups, 0, 0, 0, 0) == 0 && raw(SYS_setresgid, id, id, id, 0) == 0 &&
	       raw(SYS_setresuid, id, id, id, 0) == 0;
}

/* Those that are kept pass through exec as ambient ones. */
static bool set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	uint32_t half[2] = {(uint32_t)keep, (uint32_t)(keep >> 32)};
	struct __user_cap_data_struct data[2] = {{half[0], half[0], half[0]}, {half[1], half[1], half[1]}};

	if (raw(SYS_capset, (long)&header, (long)data, 0, 0) != 0)
		return false;
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		if ((keep >> c & 1) != 0 && raw(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0) != 0)
			return false;
	return true;
}

static bool set_limits(const struct confine_entry *entry)
{
	for (int i = 0; i < ENTRY_LIMITS; i++) {
		const uint64_t limit[2] = {entry->limits[i].value, entry->limits[i].value}; /* soft, hard */
		if (raw(SYS_prlimit64, 0, entry->limits[i].what, (long)limit, 0) != 0)
			return false;
	}
	return true;
}

void confine_plan(struct confine_entry *entry, enum role r, uint32_t slot, uint64_t store)
{
	const struct confinement *c = &confinements[r];
	uint64_t space = (uint64_t)c->space_mib * MIB;

	entry->role = r;
	entry->uid = confinement_uid(r, slot);
	for (size_t i = 0; i < ROLE_MOUNTS_MAX; i++)
		if (c->mounts[i].path != NULL && c->mounts[i].what == MOUNT_STORE)
			space += store + store / 16; /* its map, and the keeper's lists of what is in it */
	entry->limits[0].what = RLIMIT_CORE;
	entry->limits[0].value = 0;
	entry->limits[1].what = RLIMIT_NPROC;
	entry->limits[1].value = c->processes;
	entry->limits[2].what = RLIMIT_NOFILE;
	entry->limits[2].value = c->files;
	entry->limits[3].what = RLIMIT_AS;
	entry->limits[3].value = space;
	entry->limits[4].what = RLIMIT_MEMLOCK;
	entry->limits[4].value = (uint64_t)c->locked_mib * MIB;
	for (int i = 0; i < ENTRY_LIMITS; i++) {
		struct rlimit ours;
		if (getrlimit(entry->limits[i].what, &ours) == 0 && entry->limits[i].value > ours.rlim_max)
			entry->limits[i].value = ours.rlim_max;
	}
}

int confine_enter(const struct confine_entry *entry)
{
	const struct confinement *c = &confinements[entry->role];

	for (int i = 0; i < ENTRY_NAMESPACES_MAX; i++)
		if (entry->namespaces[i] >= 0 && raw(SYS_setns, entry->namespaces[i], 0, 0, 0) != 0)
			return STEP_NAMESPACE;
	if (entry->root >= 0 &&
	    (raw(SYS_fchdir, entry->root, 0, 0, 0) != 0 || raw(SYS_chroot, (long)".", 0, 0, 0) != 0))
		return STEP_ROOT;
	/* Before the ids, because it takes CAP_SETPCAP. */
	if (!drop_bounding_set(confinement_capabilities(), c->setup_capabilities))
		return STEP_BOUNDING_SET;
	if (entry->own_ids && !set_ids(entry->uid, c->setup_capabilities != 0))
		return STEP_IDS;
	if (!set_capabilities(c->setup_capabilities))
		return STEP_CAPABILITIES;
	if (raw(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0) != 0)
		return STEP_NO_NEW_PRIVS;
	if (!set_limits(entry))
		return STEP_RLIMITS;
	return STEP_NONE;
}

enum err confine_supervisor(void)
{
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		if ((confinement_capabilities() >> c & 1) == 0 && prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0)
			return ERR_IO;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0) != 0)
		return ERR_IO;
	return ERR_OK;
}
