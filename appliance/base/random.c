/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/err.h"

void random_fill(void *p, size_t n)
{
	uint8_t *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		BUG_IF(got <= 0);
		at += got;
		n -= (size_t)got;
	}
}

uint32_t random_below(uint32_t bound)
{
	/* Values past the last full multiple of bound would favour the small ones: draw again. */
	uint32_t limit;
	uint32_t v;

	BUG_IF(bound == 0);
	limit = UINT32_MAX - UINT32_MAX % bound;
	do
		random_fill(&v, sizeof v);
	while (v >= limit);
	return v % bound;
}
