/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/shut.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Landlock's own header differs between the kernels we are built on; these numbers don't (linux/landlock.h). */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_RIGHTS_1 = 0x1fff, /* of every kind, as of the first version */
	FS_REFER_2 = 1 << 13,
	FS_TRUNCATE_3 = 1 << 14,
	RULE_PATH_BENEATH = 1,
	QUERY_VERSION = 1,
};

struct landlock_path {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

static enum err allow(int rules, const char *path, uint64_t rights)
{
	struct landlock_path rule = {.allowed_access = rights, .parent_fd = open(path, O_PATH | O_CLOEXEC)};
	long result;

	if (rule.parent_fd < 0)
		return ERR_IO;
	result = syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	return result == 0 ? ERR_OK : ERR_IO;
}

static enum err restrict_files(const char *desk_folder)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
	uint64_t all = FS_RIGHTS_1 | (version >= 2 ? FS_REFER_2 : 0u) | (version >= 3 ? FS_TRUNCATE_3 : 0u);
	uint64_t own = all & ~(uint64_t)(FS_EXECUTE | FS_MAKE_CHAR | FS_MAKE_FIFO | FS_MAKE_BLOCK);
	enum err e;
	int rules;

	/* A kernel without it, or where it is off: all else stands. */
	if (version < 1)
		return ERR_OK;
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (rules < 0)
		return ERR_IO;
	TRY(allow(rules, desk_folder, own));
	TRY(allow(rules, "/proc/self/exe", FS_EXECUTE | FS_READ_FILE));
	TRY(allow(rules, "/dev/null", FS_READ_FILE | FS_WRITE_FILE));
	e = syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? ERR_OK : ERR_IO;
out:
	(void)close(rules);
	return e;
}

enum err shut_in(const char *desk_folder)
{
	const struct rlimit none = {0};

	if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return ERR_IO;
	return restrict_files(desk_folder);
}
