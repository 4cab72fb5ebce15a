/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "start/libraries.h"

#include <sys/mman.h>

#include "base/err.h"

struct libraries_relocations libraries_relocations;

static inline bool is_inside(const struct libraries_relocations *r, const uintptr_t *where)
{
	uintptr_t at = (uintptr_t)where;

	return (at >= r->ranges[0].start && at < r->ranges[0].end) ||
	       (at >= r->ranges[1].start && at < r->ranges[1].end);
}

/* The packed form: an even entry is a place; an odd one says by its bits which of the next 63 words are places. */
__attribute__((no_stack_protector)) void libraries_apply(const struct libraries_relocations *r, bool inside)
{
	uintptr_t *where = NULL;

	for (size_t i = 0; i < r->count; i++) {
		if ((r->packed[i] & 1) == 0) {
			where = (uintptr_t *)(r->base + r->packed[i]);
			if (is_inside(r, where) == inside)
				*where += r->base;
			where++;
			continue;
		}
		for (uint64_t bits = r->packed[i] >> 1; bits != 0; bits &= bits - 1) {
			uintptr_t *at = where + __builtin_ctzll(bits);
			if (is_inside(r, at) == inside)
				*at += r->base; /* NOLINT(clang-analyzer-core.NullDereference): the first entry is an
						   address */
		}
		where += 63;
	}
}

static void protect(const struct libraries_relocations *r, int protection)
{
	for (size_t i = 0; i < sizeof r->ranges / sizeof r->ranges[0]; i++)
		if (r->ranges[i].read_only)
			BUG_IF(mprotect((void *)r->ranges[i].start, r->ranges[i].end - r->ranges[i].start,
					protection) != 0);
}

void libraries_ready(void)
{
	struct libraries_relocations *r = &libraries_relocations;

	if (!r->pending)
		return;
	r->pending = false;
	protect(r, PROT_READ | PROT_WRITE);
	libraries_apply(r, true);
	protect(r, PROT_READ);
}
