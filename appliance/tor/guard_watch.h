/* SPDX-License-Identifier: GPL-3.0-or-later
 * What torctl knows of Tor's guards, and what it does about them (docs/GUARDS.md). Fed with Tor's answers and events by
 * control.c, it says which command to send next. No system call here.
 *
 * Asked, after each STATUS_CLIENT CONSENSUS_ARRIVED, each GUARD event and the bootstrap's end:
 *   GETINFO entry-guards      Tor's sample, in its order: "$FINGERPRINT~NICKNAME STATUS [WHEN]" a line
 *   GETINFO dir/status-vote/current/consensus-microdesc         after a new consensus only
 * Set, when it is another than Tor has:
 *   SETCONF EntryNodes=...    of the site file's guards the first three that the consensus lists
 *   SETCONF HSLayer2Nodes=... the relays that the seed draws; the first time once Tor has what it needs to build
 * circuits, since each such setting closes the circuits that are not in use yet. Tor asks for relays' descriptors by
 * such circuits, and for lost ones again after ten seconds. Until then the torrc lets services have no layer-2 guard,
 * and so no circuit
 *
 * One of these at a time. A setting is Tor's when Tor has said 250. One that it refuses is set again after the next
 * consensus, if that still asks for it; until then Tor has the one before, and this is what init is told. */
#ifndef TOR_GUARD_WATCH_H
#define TOR_GUARD_WATCH_H

#include "link/message.h"
#include "tor/vanguards.h"

enum { GUARD_COMMAND_MAX = 512 };

enum guard_command { GUARD_NOTHING, GUARD_SET_SECOND, GUARD_SET_ENTRIES, GUARD_ASK_CONSENSUS, GUARD_ASK_ENTRIES };

struct guard_pins {
	uint8_t at[GUARDS_PINNED]; /* places in `kept` */
	size_t count;
};

struct guard_second {
	uint8_t ids[VANGUARDS][GUARD_ID_LEN];
	size_t count;
};

struct guard_watch {
	/* ---- from the site file */
	struct guards kept; /* its guards */
	bool bridges;
	bool has_seed;

	/* ---- Tor's sample */
	struct guards sample;    /* as Tor said last, those with a circuit first; days as we learned them */
	struct guards reading;   /* the answer on its way; confirmed_day 1: it has been used */
	struct guards fresh;     /* the next `sample` */
	bool down[LIMIT_GUARDS]; /* of `kept` */

	/* ---- the consensus */
	struct consensus_reader reader;
	bool begun;                 /* its first relay has been seen */
	bool listing[LIMIT_GUARDS]; /* of `kept`: as entries, in the one on its way */
	bool listed[LIMIT_GUARDS];  /* in the last one */
	uint32_t day;               /* of the last one; 0: none yet */
	struct vanguards vanguards;

	/* ---- what Tor has, and what it is to have */
	struct guard_pins pinned, chosen;
	struct guard_second second, drawn;
	bool second_told;  /* Tor has `second`; before, no relay at all (torrc.h) */
	uint8_t bootstrap; /* percent */
	bool set_entries, set_second, ask_entries, ask_consensus;
	enum guard_command asked; /* its answer is on its way */
	/* Tor refused a setting: which, and by which answer. Who reads it sets it back. */
	enum guard_command refused;
	unsigned refused_code;
};

/* seed: VANGUARD_SEED_LEN bytes, or none. kept: what the site file holds; the first are Tor's entries already. */
void guard_watch_init(struct guard_watch *w, struct bytes seed, bool bridges, const struct guards *kept);

/* The words behind "650 ". */
void guard_watch_event(struct guard_watch *w, struct bytes words);
/* How far Tor is, in percent. */
void guard_watch_bootstrap(struct guard_watch *w, uint8_t percent);

/* One line of the answer's data, and its end. */
void guard_watch_consensus_line(struct guard_watch *w, struct bytes line);
void guard_watch_consensus_end(struct guard_watch *w);
void guard_watch_entry_line(struct guard_watch *w, struct bytes line);
void guard_watch_entry_end(struct guard_watch *w);
/* The answer to the last command is complete. code: 250, or what it was refused with. */
void guard_watch_answered(struct guard_watch *w, unsigned code);

/* Appends one command; GUARD_NOTHING if there is none to send, or an answer is still on its way. */
enum guard_command guard_watch_command(struct guard_watch *w, struct buf *out);

/* For GUARD_STATUS. lines has room for LIMIT_GUARDS_TEXT and is m->guards' storage. */
void guard_watch_status(const struct guard_watch *w, struct message_GUARD_STATUS *m, struct buf *lines);

#endif
