/* SPDX-License-Identifier: GPL-3.0-or-later
 * Confinement of a role. The order is the same for every role:
 *   before exec, by init's child (confine_enter): prepared namespaces -> uid/gid, verified -> capabilities and
 *   bounding set emptied but for the table -> no_new_privs -> rlimits;
 *   after exec, by the role itself, once its set-up is done (confine_finish): not dumpable, no capability left but the
 *   table's -> Landlock -> seccomp filter last.
 * confine_finish() is called before the first byte from outside is read. */
#ifndef CONFINE_CONFINE_H
#define CONFINE_CONFINE_H

#include "link/message.h"

/* The descriptors that a role finds when it starts. 0 and 1 are /dev/null, 2 takes log lines. */
enum role_fd {
	ROLE_FD_UP = 3,     /* channel to init; a worker's: to the door */
	ROLE_FD_KEEPER = 4, /* a worker's channel to the keeper */
	ROLE_FD_PART = 5,   /* the role's PART_* message, a copy of its own (role_part); absent for roles without */
	/* unlock: site file   door: source listener   keeper: secret area for its keys   tor: its directory
	 * console: serial line   net: the kernel's switch for IPv6 */
	ROLE_FD_A = 6,
	ROLE_FD_B = 7, /* door: desk listener   console: screen   unlock: channel to the console, where there is one */
};

/* What the argument vector tells a role: argv[1] = "key=value,key=value" of numbers only (never a secret). */
struct role_options {
	uint32_t slot;        /* workers: their slot */
	bool clock_unset;     /* unlock: the machine's clock is wrong, and nobody has set it yet */
	bool workbench;       /* started by `courier workbench` */
	bool proxy_lines;     /* door: a PROXY line stands before each connection */
	uint32_t visit_slots; /* door: 1 .. LIMIT_VISIT_SLOTS, by the machine's memory */
	bool hidden_memory;   /* descriptors of secret areas are memfd_secret */
	bool own_ids;         /* the role runs under its own uid and gid, which confine_finish verifies */
	uint32_t part_len;    /* bytes of the PART_* message at ROLE_FD_PART */
	uint64_t capacity;    /* keeper: bytes of its tmpfs */
	uint32_t turns;       /* keeper: codenames derived at once */
};

enum err role_options_parse(const char *text, struct role_options *o) MUST_CHECK;

/* Maps ROLE_FD_PART, checks that it holds a PART_* message of type `want` for this role, and points *fields into
 * it (stays mapped for the process's life; read only use). ERR_FORMAT, ERR_IO. */
enum err role_part(const struct role_options *o, enum message want, struct bytes *fields) MUST_CHECK;

enum { EXIT_UNCONFINED = 120 }; /* status of a role that couldn't be confined */

/* The second half, see above. Never returns an error: a role that can't be confined ends here (EXIT_UNCONFINED). */
void confine_finish(enum role r, const struct role_options *o);

/* Says READY to init. */
enum err role_tell_ready(void) MUST_CHECK;
/* Answers init's PING on that channel. */
enum err role_tell_alive(int up) MUST_CHECK;

/* The life of a role that stays. */
struct role_life {
	enum role role;
	enum err (*set_up)(const struct role_options *o); /* reads its part, opens what it needs: not confined yet */
	enum err (*serve)(void);                          /* confined; until init says STOP or is gone */
};

/* A role's main function: options, set-up, confinement, service. 0: stopped in order; 1: failed, which is logged. */
int role_run(const struct role_life *life, int argc, char **argv);

#endif
