/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/guard_watch.h"

#include "crypto/crypto.h"
#include "base/secret.h"

enum {
	JITTER_DAYS = 12, /* guard-spec: days of guards are blurred by a tenth of their lifetime, 120 days */
	DAY_H = 24,
	CODE_DONE = 250,
	ENOUGH_RELAYS = 75, /* percent: BOOTSTRAP_STATUS_ENOUGH_DIRINFO, it has the descriptors it needs */
	READY = 100,
};

static void begin_consensus(struct guard_watch *w)
{
	consensus_begin(&w->reader);
	w->begun = false;
}

void guard_watch_init(struct guard_watch *w, struct bytes seed, bool bridges, const struct guards *kept)
{
	*w = (struct guard_watch){.kept = *kept, .bridges = bridges, .ask_consensus = true, .ask_entries = true};
	begin_consensus(w);
	w->has_seed = seed.n == VANGUARD_SEED_LEN;
	if (w->has_seed)
		memcpy(w->vanguards.seed, seed.p, seed.n);
	for (size_t i = 0; i < kept->count && i < GUARDS_PINNED; i++)
		w->pinned.at[w->pinned.count++] = (uint8_t)i;
	w->chosen = w->pinned;
}

/* ---- events */

/* "ENTRY $FINGERPRINT~NICKNAME STATUS" */
static void note_guard(struct guard_watch *w, struct bytes words)
{
	struct bytes kind, name, status;
	uint8_t id[GUARD_ID_LEN];
	size_t at;

	if (!bytes_split(&words, ' ', &kind) || !bytes_split(&words, ' ', &name) || !bytes_split(&words, ' ', &status))
		return;
	if (!bytes_eq_str(kind, "ENTRY") || name.n < 41 || name.p[0] != '$' ||
	    guard_id_parse(bytes_first(bytes_from(name, 1), 2 * GUARD_ID_LEN), id) != ERR_OK)
		return;
	w->ask_entries = true;
	at = guards_find(&w->kept, id);
	if (at < w->kept.count && bytes_eq_str(status, "DOWN"))
		w->down[at] = true;
	else if (at < w->kept.count && bytes_eq_str(status, "UP"))
		w->down[at] = false;
}

void guard_watch_event(struct guard_watch *w, struct bytes words)
{
	struct bytes event, severity, action;

	if (!bytes_split(&words, ' ', &event))
		return;
	if (bytes_eq_str(event, "GUARD")) {
		note_guard(w, words);
		return;
	}
	if (bytes_eq_str(event, "STATUS_CLIENT") && bytes_split(&words, ' ', &severity) &&
	    bytes_split(&words, ' ', &action) && bytes_eq_str(action, "CONSENSUS_ARRIVED"))
		w->ask_consensus = w->ask_entries = true;
}

void guard_watch_bootstrap(struct guard_watch *w, uint8_t percent)
{
	if (w->bootstrap < READY && percent == READY)
		w->ask_entries = true;
	w->bootstrap = percent;
}

/* ---- the consensus */

void guard_watch_consensus_line(struct guard_watch *w, struct bytes line)
{
	if (!consensus_line(&w->reader, line))
		return;
	if (!w->begun) {
		w->begun = true;
		memset(w->listing, 0, sizeof w->listing);
		vanguards_begin(&w->vanguards, w->reader.valid_after_h);
	}
	if (w->has_seed)
		vanguards_relay(&w->vanguards, &w->reader.relay);
	if (w->reader.relay.entry) {
		size_t at = guards_find(&w->kept, w->reader.relay.id);
		if (at < w->kept.count)
			w->listing[at] = true;
	}
}

/* The first three that are listed; where there is but one or none, others that are not fill up, since Tor refuses a
 * single entry. It can't reach those, so this draws no relay in. */
static void choose_entries(struct guard_watch *w)
{
	struct guard_pins c = {.count = 0};

	for (size_t i = 0; i < w->kept.count && c.count < GUARDS_PINNED; i++)
		if (w->listed[i])
			c.at[c.count++] = (uint8_t)i;
	for (size_t i = 0; i < w->kept.count && c.count < 2; i++)
		if (!w->listed[i])
			c.at[c.count++] = (uint8_t)i;
	w->chosen = c;
	w->set_entries = c.count > 0 && (c.count != w->pinned.count || memcmp(c.at, w->pinned.at, c.count) != 0);
}

static void choose_second(struct guard_watch *w)
{
	struct guard_second d = {.count = 0};

	d.count = vanguards_end(&w->vanguards, w->reader.weights, d.ids);
	w->drawn = d;
	w->set_second =
	    !w->second_told || d.count != w->second.count || memcmp(d.ids, w->second.ids, sizeof d.ids) != 0;
}

void guard_watch_consensus_end(struct guard_watch *w)
{
	if (consensus_whole(&w->reader)) {
		w->day = w->reader.valid_after_h / DAY_H;
		memcpy(w->listed, w->listing, sizeof w->listed);
		choose_entries(w);
		if (w->has_seed)
			choose_second(w);
	}
	begin_consensus(w);
}

/* ---- Tor's sample */

void guard_watch_entry_line(struct guard_watch *w, struct bytes line)
{
	struct bytes name, status;
	struct guard one = {.sampled_day = 0};

	if (!bytes_split(&line, ' ', &name) || !bytes_split(&line, ' ', &status) || name.n < 41 || name.p[0] != '$' ||
	    guard_id_parse(bytes_first(bytes_from(name, 1), 2 * GUARD_ID_LEN), one.id) != ERR_OK)
		return;
	/* Tor's sample may be larger; what is left out are its last resorts. */
	if (w->reading.count == LIMIT_GUARDS || guards_find(&w->reading, one.id) < w->reading.count)
		return;
	one.confirmed_day = !bytes_eq_str(status, "never-connected");
	w->reading.list[w->reading.count++] = one;
}

/* The day on which Tor drew it is not to be had. Ours is today, blurred as Tor blurs its own: by a number that is the
 * same for this box and relay each time. */
static uint32_t sampled_day(const struct guard_watch *w, const struct guard *g)
{
	uint8_t lot[32] = {0};

	if (w->has_seed)
		hmac_sha256(BYTES_ARRAY(w->vanguards.seed), BYTES_ARRAY(g->id), lot);
	return w->day - lot[0] % JITTER_DAYS;
}

/* Without guards of our own, Tor's are what a site file should have: those it uses first, as Tor prefers them. */
static void take_sample(struct guard_watch *w, bool confirmed)
{
	for (size_t i = 0; i < w->reading.count; i++) {
		struct guard g = w->reading.list[i];
		size_t before = guards_find(&w->sample, g.id);

		if ((g.confirmed_day != 0) != confirmed)
			continue;
		g.confirmed_day = confirmed ? w->day : 0;
		g.sampled_day = sampled_day(w, &g);
		if (before < w->sample.count && w->sample.list[before].confirmed_day != 0)
			g.confirmed_day = w->sample.list[before].confirmed_day;
		w->fresh.list[w->fresh.count++] = g;
	}
}

void guard_watch_entry_end(struct guard_watch *w)
{
	for (size_t i = 0; w->day > 0 && i < w->reading.count; i++) {
		size_t at = guards_find(&w->kept, w->reading.list[i].id);

		if (at < w->kept.count && w->kept.list[at].confirmed_day == 0 && w->reading.list[i].confirmed_day != 0)
			w->kept.list[at].confirmed_day = w->day;
	}
	if (w->day > 0 && w->kept.count == 0 && !w->bridges) {
		w->fresh.count = 0;
		take_sample(w, true);
		take_sample(w, false);
		w->sample = w->fresh;
	}
	w->reading.count = 0;
}

/* ---- commands */

void guard_watch_answered(struct guard_watch *w, unsigned code)
{
	enum guard_command asked = w->asked;
	bool sets = asked == GUARD_SET_SECOND || asked == GUARD_SET_ENTRIES;

	w->asked = GUARD_NOTHING;
	if (sets && code != CODE_DONE) {
		w->refused = asked;
		w->refused_code = code;
	} else if (asked == GUARD_SET_SECOND) {
		w->second = w->drawn;
		w->second_told = true;
	} else if (asked == GUARD_SET_ENTRIES) {
		w->pinned = w->chosen;
	}
}

static void put_nodes(struct buf *out, const char *option, const uint8_t (*ids)[GUARD_ID_LEN], size_t count)
{
	buf_str(out, count > 0 ? "SETCONF " : "RESETCONF ");
	buf_str(out, option);
	for (size_t i = 0; i < count; i++) {
		buf_str(out, i == 0 ? "=" : ",");
		guard_id_put(out, ids[i]);
	}
	buf_str(out, "\r\n");
}

static void put_entries(const struct guard_watch *w, struct buf *out)
{
	uint8_t ids[GUARDS_PINNED][GUARD_ID_LEN];

	for (size_t i = 0; i < w->chosen.count; i++)
		memcpy(ids[i], w->kept.list[w->chosen.at[i]].id, GUARD_ID_LEN);
	put_nodes(out, "EntryNodes", (const uint8_t(*)[GUARD_ID_LEN])ids, w->chosen.count);
}

enum guard_command guard_watch_command(struct guard_watch *w, struct buf *out)
{
	if (w->asked != GUARD_NOTHING)
		return GUARD_NOTHING;
	if (w->set_second && w->bootstrap >= ENOUGH_RELAYS) {
		put_nodes(out, "HSLayer2Nodes", (const uint8_t(*)[GUARD_ID_LEN])w->drawn.ids, w->drawn.count);
		w->set_second = false;
		w->asked = GUARD_SET_SECOND;
	} else if (w->set_entries) {
		put_entries(w, out);
		w->set_entries = false;
		w->asked = GUARD_SET_ENTRIES;
	} else if (w->ask_consensus) {
		buf_str(out, "GETINFO dir/status-vote/current/consensus-microdesc\r\n");
		w->ask_consensus = false;
		w->asked = GUARD_ASK_CONSENSUS;
	} else if (w->ask_entries) {
		buf_str(out, "GETINFO entry-guards\r\n");
		w->ask_entries = false;
		w->asked = GUARD_ASK_ENTRIES;
	}
	return w->asked;
}

/* ---- what init is told */

static enum guard_standing standing(const struct guard_watch *w)
{
	if (w->bridges)
		return GUARDS_BRIDGES;
	if (w->day == 0)
		return GUARDS_UNKNOWN;
	if (w->kept.count == 0)
		return w->sample.count > 0 ? GUARDS_NEW : GUARDS_UNKNOWN;
	for (size_t i = 0; i < GUARDS_PINNED && i < w->kept.count; i++)
		if (i >= w->pinned.count || w->pinned.at[i] != i)
			return GUARDS_MOVED;
	return GUARDS_SAME;
}

static bool is_waiting(const struct guard_watch *w)
{
	if (w->pinned.count == 0 || w->day == 0)
		return false;
	for (size_t i = 0; i < w->pinned.count; i++)
		if (w->listed[w->pinned.at[i]] && !w->down[w->pinned.at[i]])
			return false;
	return true;
}

void guard_watch_status(const struct guard_watch *w, struct message_GUARD_STATUS *m, struct buf *lines)
{
	const struct guards *all = w->kept.count > 0 ? &w->kept : &w->sample;
	uint32_t since = 0;

	if (all->count > 0) {
		const struct guard *first = &all->list[w->kept.count > 0 ? w->pinned.at[0] : 0];
		since = first->confirmed_day != 0 ? first->confirmed_day : first->sampled_day;
	}
	guards_put(lines, all);
	BUG_IF(lines->failed);
	*m = (struct message_GUARD_STATUS){.age_days = since > 0 && w->day > since ? w->day - since : 0,
					   .standing = (uint8_t)standing(w),
					   .waiting = is_waiting(w),
					   .guards = buf_view(lines)};
}
