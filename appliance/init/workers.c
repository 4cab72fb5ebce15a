/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init/workers.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "confine/table.h"
#include "link/channel.h"
#include "spawn/spawn.h"

enum { POOLS = sizeof((struct supervisor *)0)->pools / sizeof(struct worker_pool) };

void workers_init(struct supervisor *s)
{
	s->pools[0] = (struct worker_pool){.role = ROLE_VISIT,
					   .slots = s->visits,
					   .slot_count = LIMIT_VISIT_SLOTS,
					   .idle_max = LIMIT_IDLE_VISITS,
					   .delay_ms = LIMIT_RESTART_FIRST_MS};
	s->pools[1] = (struct worker_pool){.role = ROLE_COLLECT,
					   .slots = s->collects,
					   .slot_count = LIMIT_COLLECT_SLOTS,
					   .idle_max = LIMIT_IDLE_COLLECTS,
					   .delay_ms = LIMIT_RESTART_FIRST_MS};
}

void workers_set_memory(struct supervisor *s, uint64_t memory)
{
	uint64_t fits = memory / LIMIT_VISIT_MEMORY;

	s->pools[0].slot_count = fits < LIMIT_VISIT_SLOTS_LEAST ? LIMIT_VISIT_SLOTS_LEAST
				 : fits > LIMIT_VISIT_SLOTS     ? LIMIT_VISIT_SLOTS
								: (uint16_t)fits;
}

static struct worker_pool *pool_of(struct supervisor *s, uint8_t kind)
{
	for (size_t i = 0; i < POOLS; i++)
		if (s->pools[i].role == kind)
			return &s->pools[i];
	return NULL;
}

/* Slots are used in turn, so that what the door may still say about a slot's last worker doesn't meet its next. */
static struct worker *free_slot(struct worker_pool *pool, uint16_t *slot)
{
	for (uint16_t i = 0; i < pool->slot_count; i++) {
		uint16_t at = (uint16_t)((pool->next + i) % pool->slot_count);
		if (pool->slots[at].pid == 0) {
			pool->next = (uint16_t)(at + 1);
			*slot = at;
			return &pool->slots[at];
		}
	}
	return NULL;
}

/* The keeper's end goes first: it knows the channel before the door can say on it which circuit it serves. */
static enum err introduce(struct supervisor *s, enum role r, uint16_t slot, const int door[static 2],
			  const int keeper[static 2])
{
	uint8_t storage[32];
	struct buf b = buf_over(storage, sizeof storage);
	const int offer[2] = {door[0], keeper[1]};
	enum err e;

	message_put_PEER(&b, &(struct message_PEER){.kind = (uint8_t)r, .slot = slot});
	TRY(supervisor_send(s, ROLE_KEEPER, &b, &keeper[0], 1));
	b = buf_over(storage, sizeof storage);
	message_put_WORKER_OFFER(&b, &(struct message_WORKER_OFFER){.kind = (uint8_t)r, .slot = slot});
	TRY(supervisor_send(s, ROLE_DOOR, &b, offer, 2));
out:
	return e;
}

/* If anything fails after the process is there, its channel to the door closes with our copies, and it ends by itself.
 */
static enum err start_worker(struct supervisor *s, struct worker_pool *pool, struct worker *w, uint16_t slot)
{
	struct spawn_plan plan;
	int door[2] = {-1, -1};   /* the door's end, the worker's */
	int keeper[2] = {-1, -1}; /* the keeper's end, the worker's */
	bool close_part;
	enum err e;

	TRY(channel_pair(door));
	TRY(channel_pair(keeper));
	supervisor_plan(s, pool->role, slot, &plan);
	/* One that was taken over has no business on the operator's terminal; how it ends is what there is to know. */
	plan.mute = true;
	TRY(parts_hand_out(&s->parts, pool->role, &plan.fds[ROLE_FD_PART - ROLE_FD_UP], &close_part));
	BUG_IF(close_part);
	plan.fds[ROLE_FD_UP - ROLE_FD_UP] = door[1]; /* NOLINT(misc-redundant-expression): a place by its name */
	plan.fds[ROLE_FD_KEEPER - ROLE_FD_UP] = keeper[1];
	TRY(spawn_role(&plan, &w->pid));
	w->busy = false;
	TRY(introduce(s, pool->role, slot, door, keeper));
out:
	for (int i = 0; i < 2; i++) {
		if (door[i] >= 0)
			close(door[i]);
		if (keeper[i] >= 0)
			close(keeper[i]);
	}
	return e;
}

static void hold(struct worker_pool *pool)
{
	pool->start_ms = clock_ms() + pool->delay_ms;
	pool->delay_ms *= 2;
	if (pool->delay_ms > LIMIT_RESTART_LAST_MS)
		pool->delay_ms = LIMIT_RESTART_LAST_MS;
}

void workers_serve(struct supervisor *s)
{
	if (!s->processes[ROLE_KEEPER].ready || !s->processes[ROLE_DOOR].ready)
		return;
	for (size_t i = 0; i < POOLS; i++) {
		struct worker_pool *pool = &s->pools[i];
		while (pool->wanted > 0 && clock_ms() >= pool->start_ms) {
			uint16_t slot;
			struct worker *w = free_slot(pool, &slot);
			enum err e;
			if (w == NULL)
				break;
			e = start_worker(s, pool, w, slot);
			if (e == ERR_OK) {
				pool->wanted--;
				continue;
			}
			log_event(LOG_FAILED, e, 0);
			hold(pool);
		}
	}
}

uint64_t workers_next_ms(const struct supervisor *s)
{
	uint64_t next = DEADLINE_NONE;

	if (!s->processes[ROLE_KEEPER].ready || !s->processes[ROLE_DOOR].ready)
		return next;
	for (size_t i = 0; i < POOLS; i++)
		if (s->pools[i].wanted > 0 && s->pools[i].start_ms > clock_ms() && s->pools[i].start_ms < next)
			next = s->pools[i].start_ms;
	return next;
}

enum err workers_want(struct supervisor *s, uint8_t kind)
{
	struct worker_pool *pool = pool_of(s, kind);

	if (pool == NULL || pool->wanted >= pool->idle_max)
		return ERR_PEER;
	pool->wanted++;
	return ERR_OK;
}

enum err workers_busy(struct supervisor *s, const struct message_WORKER_BUSY *m)
{
	struct worker_pool *pool = pool_of(s, m->kind);

	if (pool == NULL || m->slot >= pool->slot_count)
		return ERR_PEER;
	pool->slots[m->slot].busy = true;
	pool->slots[m->slot].circuit = m->circuit;
	pool->delay_ms = LIMIT_RESTART_FIRST_MS;
	pool->start_ms = 0;
	return ERR_OK;
}

/* One that died by a signal may have been attacked: its circuit goes. */
static void crashed(struct supervisor *s, const struct worker *w)
{
	s->state.crashes++;
	s->state_changed = true;
	if (w->busy)
		supervisor_close_circuit(s, w->circuit);
}

static void tell_gone(struct supervisor *s, enum role r, uint16_t slot)
{
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_WORKER_GONE(&b, &(struct message_WORKER_GONE){.kind = (uint8_t)r, .slot = slot});
	if (supervisor_send(s, ROLE_DOOR, &b, NULL, 0) != ERR_OK)
		return; /* there is no door; the next one knows no workers */
}

static void reaped(struct supervisor *s, struct worker_pool *pool, struct worker *w, int status)
{
	if (s->end != END_NONE) {
		/* killed by us */
	} else if (WIFSIGNALED(status)) {
		log_event(LOG_CHILD_KILLED, pool->role, (uint64_t)WTERMSIG(status));
		crashed(s, w);
	} else if (WEXITSTATUS(status) != 0) {
		log_event(LOG_CHILD_EXITED, pool->role, (uint64_t)WEXITSTATUS(status));
	}
	/* Dying before there is a connection is no source's doing; don't do it again and again at full speed. */
	if (!w->busy && status != 0 && clock_ms() >= pool->start_ms)
		hold(pool);
	*w = (struct worker){.pid = 0};
}

bool workers_reaped(struct supervisor *s, pid_t pid, int status)
{
	for (size_t i = 0; i < POOLS; i++)
		for (uint16_t slot = 0; slot < s->pools[i].slot_count; slot++)
			if (s->pools[i].slots[slot].pid == pid) {
				reaped(s, &s->pools[i], &s->pools[i].slots[slot], status);
				tell_gone(s, s->pools[i].role, slot);
				return true;
			}
	return false;
}

void workers_forget_wishes(struct supervisor *s)
{
	for (size_t i = 0; i < POOLS; i++)
		s->pools[i].wanted = 0;
}

void workers_kill(struct supervisor *s)
{
	for (size_t i = 0; i < POOLS; i++)
		for (uint16_t slot = 0; slot < s->pools[i].slot_count; slot++)
			if (s->pools[i].slots[slot].pid > 0)
				kill(s->pools[i].slots[slot].pid, SIGKILL);
}
