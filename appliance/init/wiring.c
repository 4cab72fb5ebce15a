/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init/wiring.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "console/console.h"
#include "init/watch.h"
#include "init/workers.h"
#include "link/channel.h"
#include "link/wire.h"
#include "net/net.h"

enum {
	SECOND_WAVE_MS = 1000,
	TELL_EVERY_MS = 250,
	HOUR_MS = 60 * 60 * 1000,
	DAY_MS = 24 * HOUR_MS,
	/* More than a channel holds (LIMIT_MESSAGE, channel.c): all that a role said before now is heard in one turn,
	 * and a role that never stops talking doesn't keep init from the others, the power button or the end. */
	MESSAGES_PER_TURN = 1024,
};

/* ---- what each role may tell */

/* torctl holds Tor's owning control connection; a torctl that has an older one must go first. */
static void hand_on_tor_control(struct supervisor *s)
{
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);

	if (s->tor_control < 0 || !s->processes[ROLE_TORCTL].ready)
		return;
	if (s->torctl_has_control) {
		supervisor_kill(s, ROLE_TORCTL);
		return;
	}
	message_put_TORCTL_START(&b, NULL);
	if (supervisor_send(s, ROLE_TORCTL, &b, &s->tor_control, 1) == ERR_OK)
		s->torctl_has_control = true;
	/* No copy stays here: when torctl dies, Tor ends with it, and both start afresh. */
	close(s->tor_control);
	s->tor_control = -1;
}

/* On a small machine those that start together hold each other up. These wait until the door is open, or for a second.
 */
#define SECOND_WAVE (1u << ROLE_TORCTL | 1u << ROLE_CONSOLE)

static void start_second_wave(struct supervisor *s)
{
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		if ((s->roles & SECOND_WAVE & 1u << r) != 0 && s->processes[r].start_ms != DEADLINE_NONE)
			supervisor_want(s, r, 0);
}

static enum err on_ready(struct supervisor *s, enum role from, struct incoming *in)
{
	(void)in;
	if (s->processes[from].ready)
		return ERR_PEER;
	s->processes[from].ready = true;
	watch_ready(s, from, clock_ms());
	s->state_changed = true;
	if (from == ROLE_TORCTL)
		hand_on_tor_control(s);
	if (s->processes[ROLE_DOOR].ready && s->processes[ROLE_KEEPER].ready && !s->opened) {
		s->opened = true;
		log_event(LOG_DOOR_OPEN, 0, 0);
		start_second_wave(s);
		if (s->on_open != NULL)
			s->on_open(s);
	}
	return ERR_OK;
}

static enum err on_pong(struct supervisor *s, enum role from, struct incoming *in)
{
	(void)in;
	watch_answered(s, from);
	return ERR_OK;
}

static enum err on_worker_wanted(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_WORKER_WANTED m;
	enum err e = message_get_WORKER_WANTED(in->fields, &m);

	(void)from;
	return e == ERR_OK ? workers_want(s, m.kind) : e;
}

static enum err on_worker_busy(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_WORKER_BUSY m;
	enum err e = message_get_WORKER_BUSY(in->fields, &m);

	(void)from;
	return e == ERR_OK ? workers_busy(s, &m) : e;
}

static enum err on_tor_control(struct supervisor *s, enum role from, struct incoming *in)
{
	(void)from;
	if (s->tor_control >= 0)
		close(s->tor_control);
	s->tor_control = in->fds[0];
	in->fds[0] = -1;
	hand_on_tor_control(s);
	return ERR_OK;
}

static enum err on_tor_status(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_TOR_STATUS m;
	enum err e = message_get_TOR_STATUS(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	s->state.bootstrap = m.bootstrap;
	s->state.published = m.published;
	s->state.skew_s = m.skew_s;
	return ERR_OK;
}

static enum err on_guard_status(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_GUARD_STATUS m;
	enum err e = message_get_GUARD_STATUS(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	if (m.standing >= GUARD_STANDING_COUNT)
		return ERR_PEER;
	s->state.guard_age_days = m.age_days;
	s->state.guard_standing = m.standing;
	s->state.guard_waiting = m.waiting;
	memset(s->guards, 0, sizeof s->guards);
	memcpy(s->guards, m.guards.p, m.guards.n);
	return ERR_OK;
}

static enum err go_forward(struct supervisor *s, int64_t to_s, enum clock_state by)
{
	int64_t now_s = (int64_t)time(NULL);

	if (s->set_clock == NULL || !clock_may_go(now_s, to_s))
		return ERR_UNSUPPORTED;
	if (!s->set_clock(to_s))
		return ERR_IO;
	log_event(LOG_CLOCK_SET, (uint64_t)(to_s - now_s), by);
	s->state.clock = (uint8_t)by;
	return ERR_OK;
}

static enum err on_clock_report(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_CLOCK_REPORT m;
	int64_t now_s = (int64_t)time(NULL);
	uint32_t forward_s;
	enum err e = message_get_CLOCK_REPORT(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	forward_s = clock_hear(&s->clock, m.relay, (int32_t)m.ahead_s, now_s, clock_ms());
	if (forward_s == 0)
		return ERR_OK;
	e = go_forward(s, now_s + forward_s, CLOCK_OF_RELAYS);
	if (e != ERR_OK)
		log_event(LOG_FAILED, e, (uint64_t)errno);
	return ERR_OK; /* not torctl's fault */
}

/* A person may err: what can't be is not set, and the rule of three relays is still there. */
static enum err on_clock_set(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_CLOCK_SET m;
	enum err e = message_get_CLOCK_SET(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	e = m.unix_s > INT64_MAX ? ERR_UNSUPPORTED : go_forward(s, (int64_t)m.unix_s, CLOCK_OF_OPERATOR);
	if (e != ERR_OK)
		log_event(LOG_FAILED, e, (uint64_t)errno);
	return ERR_OK;
}

static enum err on_net_status(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_NET_STATUS m;
	enum err e = message_get_NET_STATUS(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	s->state.net_state = m.state;
	memcpy(s->state.address, m.address, sizeof s->state.address);
	memcpy(s->state.address6, m.address6, sizeof s->state.address6);
	memcpy(s->state.mac, m.mac, sizeof s->state.mac);
	s->state.cards = m.cards;
	s->state.dropped = m.dropped;
	/* A Tor that starts without a network waits long before it tries again. */
	if (m.state == NET_STATE_UP && (s->roles & 1u << ROLE_TOR) != 0 && !s->processes[ROLE_TOR].wanted)
		supervisor_want(s, ROLE_TOR, 0);
	return ERR_OK;
}

static enum err on_store_status(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_STORE_STATUS m;
	enum err e = message_get_STORE_STATUS(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	s->state.conversations = m.conversations;
	s->state.messages = m.messages;
	s->state.desk_day = m.desk_day;
	/* A keeper that started again counts from 0. */
	if (m.desk_visits > s->desk_visits)
		watch_desk_seen(s, clock_ms());
	s->desk_visits = m.desk_visits;
	s->state.used = m.used;
	s->state.capacity = m.capacity;
	return ERR_OK;
}

/* Of a desk that has another token now, or none. */
static enum err on_circuit_close(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_CIRCUIT_CLOSE m;
	enum err e = message_get_CIRCUIT_CLOSE(in->fields, &m);

	(void)from;
	if (e == ERR_OK)
		supervisor_close_circuit(s, m.circuit);
	return e;
}

static enum err on_console_order(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_CONSOLE_ORDER m;
	enum err e = message_get_CONSOLE_ORDER(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	if (m.order >= CONSOLE_ORDER_COUNT)
		return ERR_PEER;
	s->end = m.order == CONSOLE_REBOOT ? END_REBOOT : END_POWER_OFF;
	return ERR_OK;
}

/* Our own: nobody else sees it. */
static enum err take_own_part(struct supervisor *s, struct bytes part)
{
	struct wire_reader w = wire_reader_over(part);
	struct message_PART_INIT m;
	enum err e;

	if (wire_get_u16(&w) != MESSAGE_PART_INIT)
		return ERR_PEER;
	e = message_get_PART_INIT(w.rest, &m);
	if (e != ERR_OK)
		return e;
	s->dead_man_ms = (uint64_t)m.dead_man_hours * HOUR_MS;
	s->arm_stick = m.pulled_stick != 0;
	return ERR_OK;
}

static enum err on_site_part(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_SITE_PART m;
	enum err e = message_get_SITE_PART(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	if (s->unlocked)
		return ERR_PEER;
	return m.role == ROLE_INIT ? take_own_part(s, m.part) : parts_keep(&s->parts, (enum role)m.role, m.part);
}

/* What the operator armed counts from here. A workstation has neither. */
static void arm(struct supervisor *s)
{
	if (s->workbench)
		s->dead_man_ms = 0;
	watch_desk_seen(s, clock_ms());
	if (!s->arm_stick || s->workbench)
		return;
	if (sticks_arm(&s->sticks, clock_ms()) != ERR_OK)
		supervisor_note(s, "A pulled stick is not noticed: the kernel tells nothing of devices.");
}

static void start_all(struct supervisor *s)
{
	s->unlocked = true;
	supervisor_forget_site(s);
	arm(s);
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		if ((s->roles & 1u << r) != 0 && r != ROLE_TOR && r != ROLE_CONSOLE)
			supervisor_want(s, r, (SECOND_WAVE & 1u << r) != 0 ? SECOND_WAVE_MS : 0);
	if ((s->roles & 1u << ROLE_CONSOLE) != 0)
		supervisor_replace_console(s, SECOND_WAVE_MS);
}

static enum err on_site_done(struct supervisor *s, enum role from, struct incoming *in)
{
	uint64_t count = 0;

	(void)from;
	(void)in;
	if (s->unlocked)
		return ERR_PEER;
	for (size_t r = 0; r < ROLE_COUNT; r++)
		count += s->parts.of[r].len > 0;
	log_event(LOG_SITE_LOADED, count, 0);
	start_all(s);
	return ERR_OK;
}

/* Without a site there is no door; the console still shows why. */
static enum err on_site_fault(struct supervisor *s, enum role from, struct incoming *in)
{
	struct message_SITE_FAULT m;
	enum err e = message_get_SITE_FAULT(in->fields, &m);

	(void)from;
	if (e != ERR_OK)
		return e;
	if (s->unlocked)
		return ERR_PEER;
	log_event(LOG_SITE_REFUSED, m.line, 0);
	s->fault_line = m.line;
	for (size_t i = 0; i < m.sentence.n; i++)
		s->fault[i] = m.sentence.p[i] < ' ' || m.sentence.p[i] > '~' ? '?' : m.sentence.p[i];
	s->fault[m.sentence.n] = 0;
	supervisor_no_site(s, (const char *)s->fault);
	return ERR_OK;
}

/* ---- the channel */

/* Which role may send what was checked by messages.def before. */
static enum err (*const handlers[MESSAGE_COUNT])(struct supervisor *s, enum role from, struct incoming *in) = {
    [MESSAGE_READY] = on_ready,
    [MESSAGE_PONG] = on_pong,
    [MESSAGE_WORKER_WANTED] = on_worker_wanted,
    [MESSAGE_WORKER_BUSY] = on_worker_busy,
    [MESSAGE_TOR_CONTROL] = on_tor_control,
    [MESSAGE_TOR_STATUS] = on_tor_status,
    [MESSAGE_GUARD_STATUS] = on_guard_status,
    [MESSAGE_CLOCK_REPORT] = on_clock_report,
    [MESSAGE_CLOCK_SET] = on_clock_set,
    [MESSAGE_NET_STATUS] = on_net_status,
    [MESSAGE_STORE_STATUS] = on_store_status,
    [MESSAGE_CIRCUIT_CLOSE] = on_circuit_close,
    [MESSAGE_CONSOLE_ORDER] = on_console_order,
    [MESSAGE_SITE_PART] = on_site_part,
    [MESSAGE_SITE_DONE] = on_site_done,
    [MESSAGE_SITE_FAULT] = on_site_fault,
};

void wiring_receive(struct supervisor *s, enum role from)
{
	struct process *p = &s->processes[from];

	for (int i = 0; i < MESSAGES_PER_TURN && p->channel >= 0; i++) {
		struct incoming in = {.type = MESSAGE_COUNT};
		enum err e = channel_receive(p->channel, 1u << from, ROLE_INIT, STATE_UP, s->storage, 0, &in);
		if (e == ERR_TIMEOUT)
			return;
		if (e == ERR_OK) {
			s->state_changed |= in.type != MESSAGE_PONG;
			e = handlers[in.type] != NULL ? handlers[in.type](s, from, &in) : ERR_PEER;
			incoming_close(&in);
		}
		if (from == ROLE_UNLOCK)
			secret_wipe(s->storage, sizeof s->storage);
		if (e == ERR_OK)
			continue;
		if (e != ERR_END)
			log_event(LOG_PEER_DROPPED, from, in.type);
		/* A role without its channel is of no use; one that is ending anyway doesn't mind. */
		supervisor_kill(s, from);
	}
}

void wiring_role_gone(struct supervisor *s, enum role r)
{
	if (r == ROLE_DOOR)
		workers_forget_wishes(s);
	if (r == ROLE_TORCTL)
		s->torctl_has_control = false;
	if (r == ROLE_KEEPER)
		s->facts_len = 0;
	if (r == ROLE_TORCTL || r == ROLE_TOR)
		s->state.bootstrap = s->state.published = s->state.guard_waiting = 0;
	if (r == ROLE_NET)
		s->state.net_state = NET_STATE_NO_CARD;
	s->state_changed = true;
}

uint64_t wiring_next_ms(const struct supervisor *s)
{
	return s->state_changed && s->processes[ROLE_CONSOLE].ready ? s->state_sent_ms + TELL_EVERY_MS : DEADLINE_NONE;
}

void wiring_hand_on_ask(struct supervisor *s)
{
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);

	if (s->ask < 0 || s->unlocked || !s->processes[ROLE_CONSOLE].ready)
		return;
	message_put_ASK_CHANNEL(&b, NULL);
	/* A console that can't take it was killed, and unlock sees its channel end. */
	(void)!supervisor_send(s, ROLE_CONSOLE, &b, &s->ask, 1);
	close(s->ask);
	s->ask = -1;
}

void wiring_tell_console(struct supervisor *s)
{
	uint8_t storage[1024 + 256]; /* the notes, and all numbers */
	struct buf b = buf_over(storage, sizeof storage);

	s->state_changed |= s->state.dead_man_hours != watch_dead_man_hours(s, clock_ms());
	if (clock_ms() < wiring_next_ms(s))
		return;
	s->state.dead_man_hours = watch_dead_man_hours(s, clock_ms());
	s->state.door_open = s->processes[ROLE_DOOR].ready && s->processes[ROLE_KEEPER].ready;
	s->state.boot_notes = buf_view(&s->notes);
	s->state.busy = 0;
	for (size_t i = 0; i < LIMIT_VISIT_SLOTS; i++)
		s->state.busy = (uint16_t)(s->state.busy + s->visits[i].busy);
	message_put_CONSOLE_STATE(&b, &s->state);
	s->state_sent_ms = clock_ms();
	s->state_changed = supervisor_send(s, ROLE_CONSOLE, &b, NULL, 0) != ERR_OK;
}

void wiring_tell_keeper(struct supervisor *s)
{
	struct message_BOX_FACTS now = {
	    .uptime_days = (uint32_t)((clock_ms() - s->began_ms) / DAY_MS),
	    .restarts = s->state.restarts,
	    .crashes = s->state.crashes,
	    .skew_s = s->state.skew_s,
	    .guard_age_days = s->state.guard_age_days,
	    .guard_standing = s->state.guard_standing,
	    .guard_waiting = s->state.guard_waiting,
	    .measured = s->state.measured,
	};
	uint8_t storage[2 + LIMIT_BOX_FACTS]; /* and its number */
	struct buf b = buf_over(storage, sizeof storage);

	/* Reading the whole program takes a while: not before sources are served. */
	if (!s->opened || !s->processes[ROLE_KEEPER].ready)
		return;
	if (!s->binary_known && spawn_program_hash(s->state.binary) != ERR_OK)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
	s->state_changed |= !s->binary_known;
	s->binary_known = true;
	memcpy(now.binary, s->state.binary, sizeof now.binary);
	memcpy(now.guards, s->guards, sizeof now.guards);
	memcpy(now.pcr4, s->state.pcr4, sizeof now.pcr4);
	memcpy(now.pcr11, s->state.pcr11, sizeof now.pcr11);
	message_put_BOX_FACTS(&b, &now);
	BUG_IF(b.failed);
	if (bytes_eq(buf_view(&b), bytes_of(s->facts, s->facts_len)))
		return;
	if (supervisor_send(s, ROLE_KEEPER, &b, NULL, 0) == ERR_OK) {
		memcpy(s->facts, b.p, b.len);
		s->facts_len = b.len;
	}
}
