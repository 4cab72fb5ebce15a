/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "init/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "confine/table.h"
#include "init/watch.h"
#include "init/wiring.h"
#include "init/workers.h"
#include "link/channel.h"

enum {
	END_DOOR_MS = 500, /* to close its connections */
	END_ROLES_MS = 1000,
	END_KILLED_MS = 5000,
};

static const uint8_t no_site_part_name[] = "no site file";

void supervisor_note(struct supervisor *s, const char *line)
{
	size_t before = s->notes.len;

	if (s->notes.len > 0)
		buf_byte(&s->notes, '\n');
	buf_str(&s->notes, line);
	if (s->notes.failed) {
		s->notes.len = before; /* the first lines are the ones that explain */
		s->notes.failed = false;
	}
	s->state_changed = true;
}

uint32_t supervisor_turns(uint64_t memory)
{
	uint64_t workers = memory / 100 * confinements[ROLE_VISIT].memory_percent;
	uint64_t turns = workers / ((uint64_t)LIMIT_TURNS_MIB << 20);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cores >= 1 && (uint64_t)cores < turns)
		turns = (uint64_t)cores;
	return turns < 1 ? 1 : turns < LIMIT_TURNS ? (uint32_t)turns : LIMIT_TURNS;
}

enum err supervisor_init(struct supervisor *s)
{
	sigset_t taken;

	s->notes = buf_over(s->notes_storage, sizeof s->notes_storage);
	s->keys.fd = -1;
	s->tor_control = -1;
	s->ask = -1;
	s->began_ms = clock_ms();
	for (size_t r = 0; r < ROLE_COUNT; r++) {
		s->processes[r] = (struct process){.channel = -1,
						   .start_ms = DEADLINE_NONE,
						   .delay_ms = LIMIT_RESTART_FIRST_MS,
						   .unwell_ms = DEADLINE_NONE};
		s->cgroups[r] = -1;
	}
	parts_init(&s->parts);
	sticks_init(&s->sticks);
	workers_init(s);
	sigemptyset(&taken);
	sigaddset(&taken, SIGCHLD);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGTERM);
	if (sigprocmask(SIG_SETMASK, &taken, NULL) != 0)
		return ERR_IO;
	s->signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? ERR_IO : ERR_OK;
}

/* ---- starting */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void supervisor_plan(const struct supervisor *s, enum role r, uint32_t slot, struct spawn_plan *plan)
{
	*plan = (struct spawn_plan){
	    .options = {.slot = slot,
			.workbench = s->workbench,
			.clock_unset = s->state.clock == CLOCK_OF_BUILD,
			.proxy_lines = s->proxy_lines,
			.visit_slots = s->pools[0].slot_count,
			.hidden_memory = s->parts.hidden,
			.own_ids = s->chambers.own_ids,
			.part_len = s->parts.of[r].len,
			.capacity = s->capacity,
			.turns = s->turns},
	    .cgroup = s->cgroups[r],
	};
	for (int i = 0; i < SPAWN_FDS; i++)
		plan->fds[i] = -1;
	chambers_enter(&s->chambers, r, &plan->entry);
	confine_plan(&plan->entry, r, slot, s->capacity);
}

/* A channel between the unlock that starts and the console, which gets its end once it is ready. Returns unlock's end;
 * -1 where nobody can be asked. */
static int ask_begin(struct supervisor *s)
{
	int ends[2];

	close_fd(&s->ask);
	if ((s->roles & 1u << ROLE_CONSOLE) == 0 || channel_pair(ends) != ERR_OK)
		return -1;
	s->ask = ends[0];
	s->state_changed = true;
	return ends[1];
}

/* The descriptors of confine/confine.h that aren't the channel or the part. *made: one to close after the start, or -1.
 */
static enum err give_descriptors(struct supervisor *s, enum role r, struct spawn_plan *plan, int *made)
{
	int *a = &plan->fds[ROLE_FD_A - ROLE_FD_UP];
	int *b = &plan->fds[ROLE_FD_B - ROLE_FD_UP];
	enum err e;

	*made = -1;
	if (r == ROLE_UNLOCK) {
		*a = s->site;
		*b = *made = ask_begin(s);
	} else if (r == ROLE_DOOR) {
		*a = s->listeners[0];
		*b = s->listeners[1];
	} else if (r == ROLE_NET) {
		*a = s->ipv6_switch;
	} else if (r == ROLE_CONSOLE) {
		*a = s->terminals[0];
		*b = s->terminals[1];
	} else if (r == ROLE_KEEPER) {
		*a = s->keys.fd;
	} else if (r == ROLE_TOR) {
		/* Nothing of the last Tor, whatever became of it, is there for the next. */
		e = chambers_renew(&s->chambers, r, made);
		if (e != ERR_OK)
			return e;
		*a = *made;
	}
	return ERR_OK;
}

static enum err start(struct supervisor *s, enum role r)
{
	struct process *p = &s->processes[r];
	struct spawn_plan plan;
	bool close_part = false;
	int made = -1;
	int ends[2];
	enum err e;

	if (channel_pair(ends) != ERR_OK)
		return ERR_IO;
	supervisor_plan(s, r, 0, &plan);
	plan.fds[ROLE_FD_UP - ROLE_FD_UP] = ends[1]; /* NOLINT(misc-redundant-expression): a place by its name */
	/* From its beginning, for each that reads it; a pipe, on a workstation, is read once. */
	e = r == ROLE_UNLOCK && s->site >= 0 && lseek(s->site, 0, SEEK_SET) < 0 && errno != ESPIPE ? ERR_IO : ERR_OK;
	TRY(e);
	TRY(parts_hand_out(&s->parts, r, &plan.fds[ROLE_FD_PART - ROLE_FD_UP], &close_part));
	TRY(give_descriptors(s, r, &plan, &made));
	TRY(spawn_role(&plan, &p->pid));
	p->channel = ends[0];
	p->started_ms = clock_ms();
	ends[0] = -1;
out:
	if (ends[0] >= 0)
		close(ends[0]);
	close(ends[1]);
	if (made >= 0)
		close(made);
	if (close_part)
		close(plan.fds[ROLE_FD_PART - ROLE_FD_UP]);
	return e;
}

void supervisor_want(struct supervisor *s, enum role r, uint64_t after_ms)
{
	s->processes[r].wanted = true;
	if (s->processes[r].pid != 0)
		return;
	s->processes[r].start_ms = clock_ms() + after_ms;
	watch_ended(s, r, s->processes[r].start_ms); /* not there yet */
}

static void start_later(struct process *p)
{
	p->start_ms = clock_ms() + p->delay_ms;
	p->delay_ms *= 2;
	if (p->delay_ms > LIMIT_RESTART_LAST_MS)
		p->delay_ms = LIMIT_RESTART_LAST_MS;
}

static void start_what_is_due(struct supervisor *s)
{
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++) {
		struct process *p = &s->processes[r];
		enum err e;
		if (p->start_ms > clock_ms())
			continue;
		p->start_ms = DEADLINE_NONE;
		e = start(s, r);
		if (e == ERR_OK)
			continue;
		log_event(LOG_FAILED, e, (uint64_t)errno);
		start_later(p);
	}
}

static enum err make_keys(struct supervisor *s)
{
	enum err e = secret_area_new(s->keys_len, &s->keys);

	if (e == ERR_OK && !s->keys.hidden)
		log_event(LOG_SECRET_FALLBACK, 0, 0);
	s->parts.hidden = s->keys.hidden;
	return e;
}

void supervisor_forget_site(struct supervisor *s)
{
	s->processes[ROLE_UNLOCK].wanted = false;
	close_fd(&s->site);
	close_fd(&s->ask);
}

/* Half a site opens nothing; what came of it goes. */
static void forget_parts(struct supervisor *s)
{
	parts_wipe(&s->parts);
	parts_init(&s->parts);
	s->dead_man_ms = 0;
	s->arm_stick = false;
}

void supervisor_no_site(struct supervisor *s, const char *why)
{
	uint8_t storage[512];
	struct buf b = buf_over(storage, sizeof storage);
	struct message_PART_CONSOLE part = {.name = bytes_of(no_site_part_name, sizeof no_site_part_name - 1)};

	supervisor_forget_site(s);
	forget_parts(s);
	if (s->end_without_site) {
		s->end = END_SITE_REFUSED;
		return;
	}
	s->unlocked = true;
	supervisor_note(s, "The site file can't be used; nothing is open:");
	supervisor_note(s, why);
	message_put_PART_CONSOLE(&b, &part);
	if (parts_keep(&s->parts, ROLE_CONSOLE, buf_view(&b)) == ERR_OK)
		supervisor_replace_console(s, 0);
}

void supervisor_replace_console(struct supervisor *s, uint64_t after_ms)
{
	struct process *p = &s->processes[ROLE_CONSOLE];

	p->replaced = p->pid != 0;
	if (p->replaced)
		p->delay_ms = after_ms;
	supervisor_kill(s, ROLE_CONSOLE);
	supervisor_want(s, ROLE_CONSOLE, after_ms);
}

/* ---- talking and ending */

enum err supervisor_send(struct supervisor *s, enum role to, const struct buf *record, const int *fds, int fd_count)
{
	struct process *p = &s->processes[to];
	enum err e;

	if (p->channel < 0 || !p->ready)
		return ERR_STATE;
	/* init waits for nobody: one whose channel is full has not looked at it for hundreds of messages. */
	e = channel_send(p->channel, record, fds, fd_count, 0);
	if (e == ERR_TIMEOUT)
		log_event(LOG_PEER_DROPPED, to, MESSAGE_COUNT);
	if (e != ERR_OK)
		supervisor_kill(s, to);
	return e;
}

void supervisor_close_circuit(struct supervisor *s, uint32_t circuit)
{
	uint8_t storage[16];
	struct buf b = buf_over(storage, sizeof storage);

	if (!s->torctl_has_control)
		return;
	message_put_CIRCUIT_CLOSE(&b, &(struct message_CIRCUIT_CLOSE){.circuit = circuit});
	if (supervisor_send(s, ROLE_TORCTL, &b, NULL, 0) != ERR_OK)
		return; /* torctl is gone, and with its control connection Tor and every circuit */
}

void supervisor_kill(struct supervisor *s, enum role r)
{
	struct process *p = &s->processes[r];

	if (p->channel >= 0)
		close(p->channel);
	p->channel = -1;
	p->ready = false;
	/* unlock ends by itself once it said all; it does nothing after its channel closed. */
	if (p->pid > 0 && r != ROLE_UNLOCK)
		kill(p->pid, SIGKILL);
}

/* It said neither that the site is loaded nor why not. With status 0 it lost the console, and asks again as soon as
 * there is one; else it is tried again, and the operator is told. */
static void unlock_failed(struct supervisor *s, int status)
{
	if (s->end_without_site) {
		supervisor_no_site(s, "the process that reads it failed");
		return;
	}
	forget_parts(s);
	if (status != 0 && !s->unlock_failed)
		supervisor_note(s, "The site file can't be read: the process that does it failed, and is tried again.");
	s->unlock_failed |= status != 0;
}

static void role_ended(struct supervisor *s, enum role r, int status)
{
	struct process *p = &s->processes[r];

	log_event(WIFSIGNALED(status) ? LOG_CHILD_KILLED : LOG_CHILD_EXITED, r,
		  (uint64_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
	p->pid = 0;
	supervisor_kill(s, r);
	wiring_role_gone(s, r);
	watch_ended(s, r, clock_ms());
	if (r == ROLE_UNLOCK && !s->unlocked && s->end == END_NONE)
		unlock_failed(s, status);
	if (!p->wanted || s->end != END_NONE)
		return;
	if (r == ROLE_CONSOLE && s->renew_terminals != NULL)
		s->renew_terminals(s);
	if (p->replaced) {
		p->replaced = false;
		p->start_ms = clock_ms() + p->delay_ms;
		p->delay_ms = LIMIT_RESTART_FIRST_MS;
		return;
	}
	if (clock_ms() - p->started_ms > LIMIT_CALM_MS)
		p->delay_ms = LIMIT_RESTART_FIRST_MS;
	s->state.restarts++;
	log_event(LOG_CHILD_RESTART, r, p->delay_ms);
	start_later(p);
}

/* Children of children that lost their parent come here too; they are nobody's. */
static void reap(struct supervisor *s)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0)
			return;
		for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
			if (s->processes[r].pid == pid) {
				role_ended(s, r, status);
				pid = 0;
				break;
			}
		if (pid > 0 && workers_reaped(s, pid, status))
			s->state_changed = true;
	}
}

bool supervisor_hear_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;
	bool go_on = true;

	while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo != SIGCHLD)
			go_on = false;
	return go_on;
}

static void take_signals(struct supervisor *s)
{
	if (!supervisor_hear_signals(s) && s->end == END_NONE)
		s->end = END_STOP;
	/* What a role said before it died, or the door about a worker that died, is heard first. */
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		wiring_receive(s, r);
	reap(s);
}

/* ---- the loop */

static int time_to_wait(const struct supervisor *s)
{
	uint64_t next = workers_next_ms(s);
	uint64_t now;

	if (wiring_next_ms(s) < next)
		next = wiring_next_ms(s);
	if (watch_next_ms(s) < next)
		next = watch_next_ms(s);
	for (size_t r = 0; r < ROLE_COUNT; r++)
		if (s->processes[r].start_ms < next)
			next = s->processes[r].start_ms;
	if (next == DEADLINE_NONE)
		return -1;
	now = clock_ms();
	return next <= now ? 0 : next - now > INT32_MAX ? INT32_MAX : (int)(next - now);
}

static void wait_once(struct supervisor *s, int timeout_ms)
{
	struct pollfd fds[3 + ROLE_COUNT];

	fds[0] = (struct pollfd){.fd = s->signals, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = s->power, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = s->sticks.events, .events = POLLIN};
	for (size_t r = 0; r < ROLE_COUNT; r++)
		fds[3 + r] = (struct pollfd){.fd = s->processes[r].channel, .events = POLLIN};
	if (poll(fds, sizeof fds / sizeof fds[0], timeout_ms) < 0)
		return;
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		if (fds[3 + r].revents != 0)
			wiring_receive(s, r);
	if (fds[1].revents != 0 && s->power_pressed(s->power) && s->end == END_NONE)
		s->end = END_POWER_OFF;
	if (fds[2].revents != 0 && sticks_pulled(&s->sticks, clock_ms()) && s->end == END_NONE)
		s->end = END_STICK;
	if (fds[0].revents != 0)
		take_signals(s);
}

enum end_reason supervise(struct supervisor *s)
{
	enum err e = make_keys(s);

	if (e != ERR_OK) {
		log_event(LOG_FAILED, e, (uint64_t)errno);
		return END_FAILED;
	}
	supervisor_want(s, ROLE_UNLOCK, 0);
	if ((s->roles & 1u << ROLE_CONSOLE) != 0)
		supervisor_want(s, ROLE_CONSOLE, 0);
	while (s->end == END_NONE) {
		start_what_is_due(s);
		workers_serve(s);
		wiring_hand_on_ask(s);
		wiring_tell_console(s);
		wiring_tell_keeper(s);
		wait_once(s, time_to_wait(s));
		if (s->end == END_NONE)
			s->end = watch_turn(s, clock_ms());
	}
	log_event(LOG_POWER_DOWN, (uint64_t)s->end, 0);
	return s->end;
}

static bool any_left(const struct supervisor *s, uint32_t roles)
{
	for (size_t r = 0; r < ROLE_COUNT; r++)
		if ((roles & 1u << r) != 0 && s->processes[r].pid > 0)
			return true;
	for (size_t i = 0; roles == UINT32_MAX && i < LIMIT_VISIT_SLOTS; i++)
		if (s->visits[i].pid > 0)
			return true;
	for (size_t i = 0; roles == UINT32_MAX && i < LIMIT_COLLECT_SLOTS; i++)
		if (s->collects[i].pid > 0)
			return true;
	return false;
}

static void tell_to_stop(struct supervisor *s, uint32_t roles)
{
	uint8_t storage[8];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_STOP(&b, NULL);
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		if ((roles & 1u << r) != 0 && s->processes[r].ready && supervisor_send(s, r, &b, NULL, 0) != ERR_OK)
			continue; /* it was killed instead */
}

static void wait_for(struct supervisor *s, uint32_t roles, uint64_t ms)
{
	uint64_t until = clock_ms() + ms;

	while (any_left(s, roles) && clock_ms() < until)
		wait_once(s, 20);
}

void supervisor_end(struct supervisor *s)
{
	const uint32_t door = 1u << ROLE_DOOR;

	if (s->end == END_NONE)
		s->end = END_STOP;
	tell_to_stop(s, door);
	wait_for(s, door, END_DOOR_MS);
	workers_kill(s);
	tell_to_stop(s, ~door);
	wait_for(s, ~door & ~(1u << ROLE_UNLOCK), END_ROLES_MS);
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++) {
		supervisor_kill(s, r);
		if (s->processes[r].pid > 0)
			kill(s->processes[r].pid, SIGKILL);
	}
	wait_for(s, UINT32_MAX, END_KILLED_MS);
	close_fd(&s->tor_control);
	close_fd(&s->ask);
	secret_area_free(&s->keys);
	parts_wipe(&s->parts);
	for (enum role r = ROLE_INIT + 1; r < ROLE_COUNT; r++)
		chambers_wipe(&s->chambers, r);
}
