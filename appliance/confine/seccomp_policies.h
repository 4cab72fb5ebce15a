/* SPDX-License-Identifier: GPL-3.0-or-later
 * The filters that seccomp/compile.c makes out of seccomp/ROLE.policy. */
#ifndef CONFINE_SECCOMP_POLICIES_H
#define CONFINE_SECCOMP_POLICIES_H

#include <linux/filter.h>

#include "link/message.h"

struct seccomp_policy {
	const struct sock_filter *code; /* NULL: the role has none and can't be confined */
	size_t count;
};

extern const struct seccomp_policy seccomp_policies[ROLE_COUNT];

#endif
