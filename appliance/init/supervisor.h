/* SPDX-License-Identifier: GPL-3.0-or-later
 * Starts the roles, carries descriptors and news between them, starts again what died, and ends everything. PID 1 and
 * the workbench differ in what they put into struct supervisor. */
#ifndef INIT_SUPERVISOR_H
#define INIT_SUPERVISOR_H

#include <sys/types.h>

#include "init/parts.h"
#include "machine/clock.h"
#include "machine/stick.h"
#include "machine/watchdog.h"
#include "spawn/chamber.h"
#include "spawn/spawn.h"

enum end_reason {
	END_NONE,
	END_STOP,      /* SIGINT or SIGTERM; the appliance's Ctrl-Alt-Del */
	END_POWER_OFF, /* the power button, or the console's key */
	END_REBOOT,
	END_SITE_REFUSED, /* only where end_without_site */
	END_FAILED,
	END_SELF_TEST,
	END_STICK,    /* the boot stick was pulled */
	END_DEAD_MAN, /* no desk came for too long */
	END_HUNG,     /* a role that the box can't do without doesn't come back */
	END_REASON_COUNT,
};

struct process {
	pid_t pid;   /* 0: it does not run */
	int channel; /* our end; -1 */
	bool wanted; /* to be started again when it ends */
	bool ready;
	bool replaced;     /* ended by us, so that another one takes its place: no restart that anybody counts */
	uint64_t start_ms; /* when to start it; DEADLINE_NONE: not yet, or running */
	uint64_t started_ms;
	uint64_t delay_ms; /* before the next start */
	uint64_t asked_ms; /* PING was sent, or READY came */
	bool answered;
	uint64_t unwell_ms; /* since when it is wanted and not ready; DEADLINE_NONE: it is, or was not wanted */
};

/* A worker's slot: its uid. */
struct worker {
	pid_t pid;        /* 0: free */
	bool busy;        /* it has a connection */
	uint32_t circuit; /* of that connection */
};

struct worker_pool {
	enum role role;
	struct worker *slots;
	uint16_t slot_count;
	uint16_t next;     /* the longest unused slot is likely there */
	uint16_t idle_max; /* what the door may ask for beforehand */
	uint16_t wanted;   /* asked for and not offered yet */
	uint64_t start_ms; /* not before */
	uint64_t delay_ms; /* the wait after one that died before it had a connection */
};

struct supervisor {
	/* ---- filled in by the caller; what it owns, it closes */
	bool workbench;
	bool proxy_lines;
	bool end_without_site;
	uint32_t roles;    /* 1 << enum role: the long-lived ones that run here */
	uint64_t capacity; /* of the store */
	uint32_t turns;    /* codenames derived at once: supervisor_turns() */
	uint64_t keys_len; /* of the keeper's secret area */
	struct chambers chambers;
	int listeners[2]; /* source door, desk door */
	int terminals[2]; /* console; -1: none */
	/* Closes and opens them, between two consoles; or NULL */
	void (*renew_terminals)(struct supervisor *s);
	int ipv6_switch;         /* net; -1: none */
	int site;                /* the site file, read once; an empty file: there is none */
	int cgroups[ROLE_COUNT]; /* -1 each: none */
	int power;               /* a descriptor to watch, or -1 */
	bool (*power_pressed)(int power);
	bool (*set_clock)(int64_t unix_s);           /* NULL: the clock is not ours */
	struct watchdogs watchdogs;                  /* none: count 0 */
	void (*on_open)(const struct supervisor *s); /* the door is open, told once; or NULL */

	/* ---- its own */
	struct process processes[ROLE_COUNT];
	struct worker visits[LIMIT_VISIT_SLOTS];
	struct worker collects[LIMIT_COLLECT_SLOTS];
	struct worker_pool pools[2];
	struct parts parts;
	struct secret_area keys; /* the keeper's; outlives every keeper */
	int tor_control;         /* on its way from tor to torctl; -1 */
	bool torctl_has_control;
	int ask;            /* the console's end of unlock's channel, on its way there; -1 */
	bool unlock_failed; /* which is said once */
	bool unlocked;
	bool opened;
	struct clock_watch clock;
	bool arm_stick; /* says the site file */
	struct sticks sticks;
	uint64_t dead_man_ms; /* 0: off */
	uint64_t desk_seen_ms;
	uint32_t desk_visits; /* as the keeper said last */
	enum end_reason end;
	struct message_CONSOLE_STATE state;
	bool state_changed;
	uint64_t state_sent_ms;
	uint64_t began_ms;
	bool binary_known; /* state.binary was asked for, once the door was open; zeros if it can't be read */
	uint8_t facts[2 + LIMIT_BOX_FACTS]; /* the record BOX_FACTS, as the keeper was told it last */
	size_t facts_len;                   /* 0: it was told nothing yet */
	uint8_t guards[LIMIT_GUARDS_TEXT];  /* GUARD_STATUS's, for the facts */
	struct buf notes;                   /* text for the console, over notes_storage */
	uint8_t notes_storage[1024];
	uint16_t fault_line; /* why the site file was refused */
	uint8_t fault[201];  /* a sentence, NUL-terminated, printable */
	int signals;         /* signalfd; -1 */
	uint8_t storage[LIMIT_MESSAGE];
};

/* A line on the console's page. Before or during supervise(). */
void supervisor_note(struct supervisor *s, const char *line);
/* Blocks SIGCHLD, SIGINT and SIGTERM and takes them by a descriptor. Before anything is started. ERR_IO. */
/* How many codenames a machine with so much memory and its cores derives at once; 1 to LIMIT_TURNS. */
uint32_t supervisor_turns(uint64_t memory);
enum err supervisor_init(struct supervisor *s) MUST_CHECK;
/* Empties the descriptor of signals. False: among them was one that asks for the end. */
bool supervisor_hear_signals(struct supervisor *s) MUST_CHECK;
/* Runs until there is a reason to end. Never returns END_NONE. */
enum end_reason supervise(struct supervisor *s);
/* The door first, then everybody; those that don't end are killed. Then zeros over all secrets and files. */
void supervisor_end(struct supervisor *s);

/* ---- between supervisor.c, wiring.c and workers.c */
/* To a role that is ready; one that can't take it is killed. ERR_STATE: it is not there. */
enum err supervisor_send(struct supervisor *s, enum role to, const struct buf *record, const int *fds,
			 int fd_count) MUST_CHECK;
void supervisor_kill(struct supervisor *s, enum role r);
/* By torctl; without Tor there is none. */
void supervisor_close_circuit(struct supervisor *s, uint32_t circuit);
/* Unlock isn't started again. Closes the last descriptor of the site file: where it lay in memory alone, it is gone
 * now. */
void supervisor_forget_site(struct supervisor *s);
/* There is no site file that could be used: what was read of it is wiped, and only the console starts, to say why. */
void supervisor_no_site(struct supervisor *s, const char *why);
/* The console that heard unlock's questions ends, and one with its part of the site file takes its place. */
void supervisor_replace_console(struct supervisor *s, uint64_t after_ms);
/* Starts it that much later, unless it runs; from now on it is started again whenever it ends. */
void supervisor_want(struct supervisor *s, enum role r, uint64_t after_ms);
/* Options and entry for one process of a role. */
void supervisor_plan(const struct supervisor *s, enum role r, uint32_t slot, struct spawn_plan *plan);

#endif
