/* SPDX-License-Identifier: GPL-3.0-or-later
 * The names that a policy may use for values. Only what some policy uses. */
#ifndef SECCOMP_CONSTANTS_H
#define SECCOMP_CONSTANTS_H

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define CONSTANT(name) {#name, (uint64_t)(name)}

static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
    CONSTANT(PROT_READ),
    CONSTANT(PROT_EXEC),
    CONSTANT(MAP_PRIVATE),
    CONSTANT(MAP_ANONYMOUS),
    CONSTANT(MAP_FIXED),
    CONSTANT(MADV_DONTDUMP),
    CONSTANT(MADV_WIPEONFORK),
    CONSTANT(MREMAP_MAYMOVE),
    CONSTANT(AF_UNIX),
    CONSTANT(AF_INET),
    CONSTANT(AF_INET6),
    CONSTANT(AF_NETLINK),
    CONSTANT(SOCK_STREAM),
    CONSTANT(SOCK_DGRAM),
    CONSTANT(SOL_SOCKET),
    CONSTANT(SO_REUSEADDR),
    CONSTANT(SHUT_WR),
    CONSTANT(MSG_DONTWAIT),
    CONSTANT(MSG_NOSIGNAL),
    CONSTANT(F_GETFL),
    CONSTANT(F_SETFL),
    CONSTANT(F_SETFD),
    CONSTANT(SIOCOUTQNSD),
    CONSTANT(TIOCSETD),
    CONSTANT(FALLOC_FL_PUNCH_HOLE),
    CONSTANT(FALLOC_FL_KEEP_SIZE),
    CONSTANT(CLONE_VM),
    CONSTANT(CLONE_FS),
    CONSTANT(CLONE_FILES),
    CONSTANT(CLONE_SIGHAND),
    CONSTANT(CLONE_THREAD),
    CONSTANT(CLONE_SYSVSEM),
    CONSTANT(CLONE_SETTLS),
    CONSTANT(CLONE_PARENT_SETTID),
    CONSTANT(CLONE_CHILD_CLEARTID),
    CONSTANT(CLONE_DETACHED),
};

#undef CONSTANT

#endif
