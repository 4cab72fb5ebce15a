/* SPDX-License-Identifier: GPL-3.0-or-later
 * Before the first byte from outside: does this machine compute what it should, and does its kernel have what the
 * promises rest on? */
#ifndef MACHINE_SELFTEST_H
#define MACHINE_SELFTEST_H

#include <stddef.h>

/* Known answers of every primitive, memfd_secret, randomness, seccomp and Landlock. In a child, so that a crash there
 * is a failed test; takes some milliseconds, and LIMIT_SELF_TEST_MS at most. NULL: all is well. Else what failed, a few
 * words for a sentence. Needs memory and room for locked memory. */
const char *self_test(void);

#endif
