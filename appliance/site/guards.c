/* SPDX-License-Identifier: GPL-3.0-or-later
 * The site file's guard capsule: the lines `guard-seed` and `guard`. */
#include "site/guards.h"

#include "site/take.h"
#include "tor/torrc.h"

enum { LIFETIME_DAYS = 120, CONFIRMED_DAYS = 60 };

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

static bool is_too_old(const struct guard *g, uint32_t today)
{
	return g->sampled_day + LIFETIME_DAYS < today &&
	       (g->confirmed_day == 0 || g->confirmed_day + CONFIRMED_DAYS < today);
}

struct guards_refreshed site_refresh_guards(struct guards *kept, const struct guards *collected, uint32_t today)
{
	struct guards_refreshed r = {.taken = 0};
	size_t count = 0;

	if (kept->count == 0) {
		*kept = *collected;
		r.taken = collected->count;
	}
	for (size_t i = 0; i < kept->count; i++) {
		struct guard g = kept->list[i];
		size_t at = guards_find(collected, g.id);

		if (at < collected->count && g.confirmed_day == 0 && collected->list[at].confirmed_day != 0) {
			g.confirmed_day = collected->list[at].confirmed_day;
			r.confirmed++;
		}
		if (is_too_old(&g, today))
			r.dropped++;
		else
			kept->list[count++] = g;
	}
	if (count < 2) {
		r.dropped += count;
		count = 0;
	}
	kept->count = count;
	return r;
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
