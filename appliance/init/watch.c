/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init/watch.h"

#include "base/fd.h"
#include "base/log.h"

enum { HOUR_MS = 60 * 60 * 1000 };

/* Without the console the box still serves; it alone is no reason to wipe what sources left. */
#define NEEDED (1u << ROLE_NET | 1u << ROLE_TOR | 1u << ROLE_TORCTL | 1u << ROLE_DOOR | 1u << ROLE_KEEPER)

static void ask(struct supervisor *s, enum role r, uint64_t now_ms)
{
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_PING(&b, NULL);
	s->processes[r].asked_ms = now_ms;
	s->processes[r].answered = false;
	if (supervisor_send(s, r, &b, NULL, 0) != ERR_OK)
		return; /* it is on its way out, and watch_ended() will know */
}

/* Tor's main loop is heard through torctl: who doesn't answer there may be either. */
static void kill_hung(struct supervisor *s, enum role r)
{
	log_event(LOG_ROLE_HUNG, r, 0);
	supervisor_kill(s, r);
	if (r == ROLE_TORCTL)
		supervisor_kill(s, ROLE_TOR);
}

static uint64_t next_of(const struct process *p)
{
	if (!p->ready)
		return DEADLINE_NONE;
	return p->asked_ms + (p->answered ? LIMIT_ASK_EVERY_MS : LIMIT_ANSWER_MS);
}

static void look_at(struct supervisor *s, enum role r, uint64_t now_ms)
{
	struct process *p = &s->processes[r];

	if (now_ms < next_of(p))
		return;
	if (p->answered)
		ask(s, r, now_ms);
	else
		kill_hung(s, r);
}

enum end_reason watch_turn(struct supervisor *s, uint64_t now_ms)
{
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++) {
		const struct process *p = &s->processes[r];
		look_at(s, r, now_ms);
		if ((NEEDED & 1u << r) != 0 && p->unwell_ms != DEADLINE_NONE && now_ms >= p->unwell_ms &&
		    now_ms - p->unwell_ms >= LIMIT_UNWELL_MS)
			return END_HUNG;
	}
	if (s->dead_man_ms != 0 && now_ms >= s->desk_seen_ms + s->dead_man_ms)
		return END_DEAD_MAN;
	watchdogs_pet(&s->watchdogs, now_ms);
	return END_NONE;
}

uint64_t watch_next_ms(const struct supervisor *s)
{
	uint64_t next = s->dead_man_ms == 0 ? DEADLINE_NONE : s->desk_seen_ms + s->dead_man_ms;

	if (watchdogs_next_ms(&s->watchdogs) < next)
		next = watchdogs_next_ms(&s->watchdogs);
	for (size_t r = 0; r < ROLE_COUNT; r++) {
		const struct process *p = &s->processes[r];
		if (next_of(p) < next)
			next = next_of(p);
		if (p->unwell_ms != DEADLINE_NONE && (NEEDED & 1u << r) != 0 && p->unwell_ms + LIMIT_UNWELL_MS < next)
			next = p->unwell_ms + LIMIT_UNWELL_MS;
	}
	return next;
}

void watch_ready(struct supervisor *s, enum role r, uint64_t now_ms)
{
	s->processes[r].answered = true;
	s->processes[r].asked_ms = now_ms;
	s->processes[r].unwell_ms = DEADLINE_NONE;
}

void watch_answered(struct supervisor *s, enum role r)
{
	s->processes[r].answered = true;
}

void watch_ended(struct supervisor *s, enum role r, uint64_t now_ms)
{
	if (s->processes[r].wanted && s->processes[r].unwell_ms == DEADLINE_NONE)
		s->processes[r].unwell_ms = now_ms;
}

void watch_desk_seen(struct supervisor *s, uint64_t now_ms)
{
	s->desk_seen_ms = now_ms;
}

uint32_t watch_dead_man_hours(const struct supervisor *s, uint64_t now_ms)
{
	uint64_t end_ms = s->desk_seen_ms + s->dead_man_ms;

	if (s->dead_man_ms == 0)
		return 0;
	return now_ms >= end_ms ? 1 : (uint32_t)((end_ms - now_ms + HOUR_MS - 1) / HOUR_MS);
}
