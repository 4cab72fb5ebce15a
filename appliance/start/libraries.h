/* SPDX-License-Identifier: GPL-3.0-or-later
 * The tables of Tor, OpenSSL, libevent and zlib, which a worker starts without (relocate.c, layout.ld). */
#ifndef START_LIBRARIES_H
#define START_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In a worker: makes these tables usable, for a third of a millisecond. Anywhere else, and the second time: nothing.
 * Before the first use of one of these libraries; what crypto/crypto.c does needs none of it. */
void libraries_ready(void);

/* ---- between relocate.c and libraries.c */

struct libraries_range {
	uintptr_t start, end;
	bool read_only; /* once it is relocated */
};

/* The program's relative relocations. All zero where relocate.c did not run. */
struct libraries_relocations {
	uintptr_t base;
	const uint64_t *packed;
	size_t count;
	struct libraries_range ranges[2];
	bool pending; /* those inside the ranges are not done */
};

extern __attribute__((visibility("hidden"))) struct libraries_relocations libraries_relocations;

/* Those inside the ranges, or those outside. Before anything is set up, too. */
__attribute__((visibility("hidden"))) void libraries_apply(const struct libraries_relocations *r, bool inside);

#endif
