/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/clock.h"

#include <string.h>

#include "start/built.h"
#include "limits.h"

bool clock_may_go(int64_t now_s, int64_t wanted_s)
{
	return wanted_s > now_s && wanted_s >= built_unix_s && wanted_s <= built_unix_s + LIMIT_CLOCK_AHEAD_S;
}

static void forget(struct clock_watch *w, size_t i)
{
	w->count--;
	memmove(&w->reports[i], &w->reports[i + 1], (w->count - i) * sizeof w->reports[0]);
}

/* A relay counts once, with its last word; old words count no more. */
static void tidy(struct clock_watch *w, const uint8_t relay[static CLOCK_RELAY_LEN], uint64_t now_ms)
{
	size_t i = 0;

	while (i < w->count)
		if (now_ms - w->reports[i].at_ms > LIMIT_CLOCK_AGREE_MS ||
		    memcmp(w->reports[i].relay, relay, CLOCK_RELAY_LEN) == 0)
			forget(w, i);
		else
			i++;
}

/* Kept in order: those that ask for the shortest way come first. A full list drops its last, the boldest. */
static void keep(struct clock_watch *w, const struct clock_report *new)
{
	size_t at = 0;

	while (at < w->count && w->reports[at].behind_s <= new->behind_s)
		at++;
	if (at == CLOCK_REPORTS)
		return;
	if (w->count == CLOCK_REPORTS)
		w->count--;
	memmove(&w->reports[at + 1], &w->reports[at], (w->count - at) * sizeof *new);
	w->reports[at] = *new;
	w->count++;
}

uint32_t clock_hear(struct clock_watch *w, const uint8_t relay[static CLOCK_RELAY_LEN], int32_t ahead_s, int64_t now_s,
		    uint64_t now_ms)
{
	struct clock_report new = {.at_ms = now_ms};

	tidy(w, relay, now_ms);
	if (ahead_s >= 0 || !clock_may_go(now_s, now_s - (int64_t)ahead_s))
		return 0;
	memcpy(new.relay, relay, sizeof new.relay);
	new.behind_s = (uint32_t)-(int64_t)ahead_s;
	keep(w, &new);
	for (size_t i = 0; i + CLOCK_WITNESSES <= w->count; i++)
		if (w->reports[i + CLOCK_WITNESSES - 1].behind_s - w->reports[i].behind_s <= LIMIT_CLOCK_AGREE_S) {
			w->count = 0;
			return w->reports[i].behind_s;
		}
	return 0;
}
