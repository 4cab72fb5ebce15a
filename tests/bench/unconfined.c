/* SPDX-License-Identifier: GPL-3.0-or-later
 * For the bench alone: the shipped objects with workers that have no sandbox, beside which the sandbox's cost is seen.
 * image/binary-check looks for the words below: they may be in no image. */
#include <unistd.h>

#include "confine/enter.h"

int __real_confine_enter(const struct confine_entry *entry);
int __wrap_confine_enter(const struct confine_entry *entry);
void __real_confine_finish(enum role r, const struct role_options *o);
void __wrap_confine_finish(enum role r, const struct role_options *o);

static bool is_worker(enum role r)
{
	return r == ROLE_VISIT || r == ROLE_COLLECT;
}

int __wrap_confine_enter(const struct confine_entry *entry)
{
	return is_worker(entry->role) ? 0 : __real_confine_enter(entry);
}

void __wrap_confine_finish(enum role r, const struct role_options *o)
{
	static const char said[] = "BENCH without a sandbox\n";

	if (!is_worker(r))
		__real_confine_finish(r, o);
	else if (write(STDERR_FILENO, said, sizeof said - 1) < 0)
		_exit(1);
}
