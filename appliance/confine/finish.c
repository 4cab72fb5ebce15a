/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "confine/seccomp_policies.h"
#include "confine/table.h"

/* Landlock's own header differs between the kernels we are built on; these numbers don't (linux/landlock.h). */
enum {
	FS_RIGHTS_1 = 0x1fff, /* execute, write, read, list, remove and make of every kind */
	FS_REFER_2 = 1 << 13,
	FS_TRUNCATE_3 = 1 << 14,
	FS_IOCTL_DEV_5 = 1 << 15,
	FS_EXECUTE = 1 << 0,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	NET_BIND_TCP_4 = 1 << 0,
	NET_CONNECT_TCP_4 = 1 << 1,
	SCOPE_ABSTRACT_UNIX_6 = 1 << 0,
	SCOPE_SIGNAL_6 = 1 << 1,
	RULE_PATH_BENEATH = 1,
	QUERY_VERSION = 1,
};
/* What a role may do inside its own directory: plain files and directories, nothing that runs or is a device. */
static const uint64_t own_files =
    (FS_RIGHTS_1 | FS_REFER_2 | FS_TRUNCATE_3) &
    ~(FS_EXECUTE | FS_MAKE_CHAR | FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_BLOCK | FS_MAKE_SYM);

struct landlock_ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* from ABI 4 */
	uint64_t scoped;             /* from ABI 6 */
};

struct landlock_path {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

__attribute__((noreturn)) static void unconfined(void)
{
	log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
	_exit(EXIT_UNCONFINED);
}

static void verify_ids(enum role r, const struct role_options *o)
{
	uid_t ids[3];
	gid_t groups[3];
	uint32_t want;

	if (!o->own_ids)
		return;
	want = confinement_uid(r, o->slot);
	errno = EPERM;
	if (getresuid(&ids[0], &ids[1], &ids[2]) != 0 || getresgid(&groups[0], &groups[1], &groups[2]) != 0 ||
	    getgroups(0, NULL) != 0)
		unconfined();
	for (int i = 0; i < 3; i++)
		if (ids[i] != want || groups[i] != want)
			unconfined();
}

/* Gives up what the table doesn't name, and looks. The role needs none of them for entering another program. */
static void drop_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
	    {(uint32_t)keep, (uint32_t)keep, 0},
	    {(uint32_t)(keep >> 32), (uint32_t)(keep >> 32), 0},
	};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 || syscall(SYS_capset, &header, data) != 0 ||
	    syscall(SYS_capget, &header, data) != 0)
		unconfined();
	errno = EPERM;
	if ((data[0].permitted | data[0].effective) != (uint32_t)keep || data[0].inheritable != 0 ||
	    (data[1].permitted | data[1].effective) != (uint32_t)(keep >> 32) || data[1].inheritable != 0)
		unconfined();
}

static void allow_own_directory(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path rule = {.allowed_access = rights};

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
	if (rule.parent_fd < 0 || syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0)
		unconfined();
	close(rule.parent_fd);
}

static uint64_t file_rights(long abi)
{
	return FS_RIGHTS_1 | (abi >= 2 ? FS_REFER_2 : 0) | (abi >= 3 ? FS_TRUNCATE_3 : 0) |
	       (abi >= 5 ? FS_IOCTL_DEV_5 : 0);
}

/* Everything the kernel can take away is taken away but the role's own directory. Returns the ABI found; the
 * appliance's kernel is known to have 6, a workstation's may have none, which the workbench says at its start. */
static long restrict_by_landlock(const struct confinement *c, const struct role_options *o)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
	struct landlock_ruleset rules = {0};
	size_t rules_len = sizeof rules.handled_access_fs;
	int fd;

	if (abi < 1 && o->workbench)
		return 0;
	if (abi < 1)
		unconfined();
	rules.handled_access_fs = file_rights(abi);
	if (abi >= 4) {
		rules.handled_access_net = NET_BIND_TCP_4 | (c->connects_tcp ? 0u : NET_CONNECT_TCP_4);
		rules_len += sizeof rules.handled_access_net;
	}
	if (abi >= 6) {
		rules.scoped = SCOPE_ABSTRACT_UNIX_6 | SCOPE_SIGNAL_6;
		rules_len = sizeof rules;
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, rules_len, 0);
	if (fd < 0)
		unconfined();
	for (size_t i = 0; i < ROLE_MOUNTS_MAX && c->mounts[i].path != NULL; i++)
		if (c->mounts[i].landlock)
			allow_own_directory(fd, c->mounts[i].path, own_files & rules.handled_access_fs);
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		unconfined();
	close(fd);
	return abi;
}

static void load_filter(enum role r)
{
	const struct seccomp_policy *policy = &seccomp_policies[r];
	/* The kernel's type has no const; it only reads. */
	struct sock_fprog program = {.len = (unsigned short)policy->count,
				     .filter = (struct sock_filter *)(uintptr_t)policy->code};

	errno = ENOENT;
	if (policy->code == NULL || policy->count > BPF_MAXINSNS ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		unconfined();
}

void confine_finish(enum role r, const struct role_options *o)
{
	const struct confinement *c;
	long abi;

	BUG_IF((unsigned)r >= ROLE_COUNT);
	c = &confinements[r];
	verify_ids(r, o);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		unconfined();
	drop_capabilities(c->capabilities);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		unconfined();
	abi = restrict_by_landlock(c, o);
	/* Workers come by the thousand; their starts are no news. */
	if (r != ROLE_VISIT && r != ROLE_COLLECT)
		log_event(LOG_CONFINED, (uint64_t)abi, 0);
	load_filter(r);
}
