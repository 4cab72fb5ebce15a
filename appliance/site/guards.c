/* SPDX-License-Identifier: GPL-3.0-or-later
 * The site file's guard capsule: the lines `guard-seed` and `guard`. */
#include "site/guards.h"

#include "site/take.h"
#include "tor/torrc.h"

bool site_take_guard_seed(struct bytes text, struct site *s, struct site_fault *fault)
{
	size_t n = 0;

	if (base64_decode(text, true, s->guard_seed, sizeof s->guard_seed, &n) != ERR_OK || n != sizeof s->guard_seed)
		return take_refused(
		    fault, "The guard-seed is the base64 of 32 bytes. A character may have been lost or changed.");
	s->has_guard_seed = true;
	return true;
}

bool site_take_guard(struct bytes text, struct site *s, struct site_fault *fault)
{
	struct guard one;

	if (guard_parse(text, &one) != ERR_OK)
		return take_refused(
		    fault,
		    "A guard is a relay's fingerprint of 40 digits 0-9A-F, the day it was drawn, and the day of the "
		    "first connection if there was one, as YYYY-MM-DD.");
	if (guards_find(&s->guards, one.id) < s->guards.count)
		return take_refused(fault, "This guard is there already.");
	if (s->guards.count == LIMIT_GUARDS)
		return take_refused(fault, "A site file has at most 20 guards.");
	s->guards.list[s->guards.count++] = one;
	return true;
}

bool site_guards_are_whole(const struct site *s, struct site_fault *fault)
{
	return s->guards.count != 1 ||
	       take_refused(fault, "One guard alone would give the box's place away, and Tor refuses it. Keep two or "
				   "more, or none: then the box draws new ones.");
}

bool site_uses_bridges(const struct site *s)
{
	bool uses = false;

	/* Tor takes the last of several lines. */
	for (size_t i = 0; i < s->torrc_count; i++)
		if (torrc_is_option(s->torrc[i], "UseBridges"))
			uses = !bytes_eq_str(bytes_trim(bytes_from(s->torrc[i], sizeof "UseBridges" - 1)), "0");
	return uses;
}

void site_write_guards(struct buf *out, const struct site *s)
{
	if (s->has_guard_seed) {
		buf_str(out, "guard-seed = ");
		base64_encode(out, BYTES_ARRAY(s->guard_seed), true);
		buf_byte(out, '\n');
	}
	for (size_t i = 0; i < s->guards.count; i++) {
		buf_str(out, "guard = ");
		guard_put(out, &s->guards.list[i]);
		buf_byte(out, '\n');
	}
}
