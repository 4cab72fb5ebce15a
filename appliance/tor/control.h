/* SPDX-License-Identifier: GPL-3.0-or-later
 * Tor's control protocol (control-spec), as far as torctl speaks it. No system call here.
 *
 * Sent, once:   SETEVENTS STATUS_CLIENT STATUS_GENERAL HS_DESC GUARD  and  GETINFO status/bootstrap-phase
 * Sent, later:  CLOSECIRCUIT id;  GETINFO version, to hear whether Tor is there;  the commands of guard_watch.h
 * Read: the answers, each as that of the oldest command without one; the bootstrap phase matters, and guard_watch.h's;
 * and beside its events these:
 *
 *   650 STATUS_CLIENT severity BOOTSTRAP PROGRESS=n ...
 *   650 STATUS_CLIENT severity CIRCUIT_ESTABLISHED          Tor works: no complaint about the clock holds any more
 *   650 STATUS_GENERAL severity CLOCK_SKEW SKEW=n SOURCE=OR:address:port | MIN_SKEW=n SOURCE=CONSENSUS ...
 *   650 HS_DESC UPLOAD|UPLOADED|FAILED address ... */
#ifndef TOR_CONTROL_H
#define TOR_CONTROL_H

#include "tor/guard_watch.h"

enum {
	CONTROL_LINE_MAX = 16 * 1024, /* a consensus's longest, its parameters, has 2 KiB */
	CONTROL_COMMAND_MAX = 128,
	ONION_NAME_LEN = 56, /* version 3, without ".onion" */
	CONTROL_SERVICES = 2,
};

/* ---- lines out of bytes */
struct control_reader {
	uint8_t line[CONTROL_LINE_MAX];
	size_t len;
	bool after_cr;
};

/* Takes bytes off the front of *in up to the end of a line. ERR_OK: *line is it, without CR LF, and lives until the
 * next call; ERR_END: more bytes are needed; ERR_TOO_BIG; ERR_FORMAT: a NUL, a bare LF or a bare CR. */
enum err control_next_line(struct control_reader *r, struct bytes *in, struct bytes *line) MUST_CHECK;

/* ---- what the lines say */
struct control_service {
	uint8_t name[ONION_NAME_LEN];
	uint32_t asked;    /* directories that were sent the descriptor */
	uint32_t uploaded; /* those that took it */
	bool known;
	bool published; /* half of them did, once */
};

/* A command whose answer is on its way. PLAIN: that answer changes nothing, be it an error (a circuit that is closed
 * already). GUARDS: a setting of guard_watch.h. */
enum control_asked {
	CONTROL_ASKED_PLAIN,
	CONTROL_ASKED_GUARDS,
	CONTROL_ASKED_PHASE,
	CONTROL_ASKED_VERSION,
	CONTROL_ASKED_CONSENSUS,
	CONTROL_ASKED_ENTRIES,
	CONTROL_ASKED_COUNT
};

/* What the lines between "250+" or "650+" and "." are. */
enum control_data { CONTROL_NO_DATA, CONTROL_OTHER_DATA, CONTROL_CONSENSUS, CONTROL_ENTRIES };

struct control_state {
	uint8_t bootstrap; /* 0 to 100 */
	int32_t skew_s;    /* the box's clock is ahead by so much, says Tor; 0: no complaint */
	struct control_service services[CONTROL_SERVICES];
	/* A relay said something of the clock: who it is (half of SHA-256 of its address), and what. Who reads it sets
	 * has_witness back. */
	bool has_witness;
	uint8_t witness[16];
	int32_t witness_ahead_s;
	bool answered; /* control_put_ask() was; who reads it sets it back */
	enum control_data data;
	uint8_t asked[LIMIT_TOR_ASKED]; /* enum control_asked, the oldest first */
	size_t asked_count;
	bool keyed;   /* of the answer on its way: it holds what asked[0] wants */
	bool foreign; /* or what nobody asked for */
};

unsigned control_published(const struct control_state *s);
/* One line. What we don't know is let pass. ERR_FORMAT: not a line of the protocol; *s and *w are then unchanged.
 * w: who hears of guards, or NULL. */
enum err control_line(struct control_state *s, struct guard_watch *w, struct bytes line) MUST_CHECK;

/* ---- commands. Each one that is put must be sent: its answer is waited for. */
void control_put_start(struct control_state *s, struct buf *out); /* once, the first */
/* Puts nothing while the last one's answer is on its way. */
void control_put_ask(struct control_state *s, struct buf *out);
/* ERR_BUSY: Tor owes too many answers. */
enum err control_put_close_circuit(struct control_state *s, struct buf *out, uint32_t circuit) MUST_CHECK;
/* guard_watch_command(); false: nothing to send now. */
bool control_put_guards(struct control_state *s, struct guard_watch *w, struct buf *out);

#endif
