/* SPDX-License-Identifier: GPL-3.0-or-later
 * Tor as a client, for the workstation: a process of its own, begun with nothing of its parent's memory, that ends when
 * the parent does. Its state (guards, consensus) stays in a folder:
 *
 *   data/  Tor's DataDirectory     torrc, log  written anew each time     socks  its SOCKS port, for the folder's owner
 */
#ifndef TOR_CLIENT_H
#define TOR_CLIENT_H

#include <sys/types.h>

#include "tor/control.h"

enum { TOR_CLIENT_SOCKS_MAX = 5 + 108 }; /* "unix:" and sockaddr_un's path */

struct tor_client {
	pid_t pid;                        /* 0: none runs */
	int control;                      /* when its last copy closes, Tor ends */
	int folder;                       /* the state */
	char socks[TOR_CLIENT_SOCKS_MAX]; /* "unix:PATH": its SOCKS port */
	struct control_reader reader;
	struct control_state state;
	struct guard_watch *guards; /* who hears of its guards, from tor_client_start() on; NULL: nobody */
};

/* Starts it. state: absolute, made if it isn't there. auth: absolute, a folder of *.auth_private files for
 * ClientOnionAuthDir. extra: torrc lines as torrc.h allows them; on their errors *line is the number, else 0.
 * ERR_TOO_BIG: the state's path is too long for a socket in it. ERR_IO (errno). On error nothing runs.
 * tor_client_stop() in any case. */
enum err tor_client_start(struct tor_client *c, const char *state, const char *auth, struct bytes extra,
			  size_t *line) MUST_CHECK;
/* Until Tor can build circuits. `progress` is called at each change of c->state.bootstrap and may be NULL. ERR_TIMEOUT:
 * no change for stall_ms; ERR_END: Tor gave up; ERR_IO, ERR_FORMAT. */
enum err tor_client_wait(struct tor_client *c, uint64_t stall_ms, void (*progress)(unsigned percent)) MUST_CHECK;
/* After that: until Tor has drawn entry guards and uses one. c->guards->sample is what it drew, the used ones first.
 * The same errors. */
enum err tor_client_sample(struct tor_client *c, uint64_t stall_ms) MUST_CHECK;
/* Ends it and waits for its end. Harmless on a zeroed one. */
void tor_client_stop(struct tor_client *c);

/* The process: `@tor-client STATE AUTH`, the control connection on descriptor 3. */
int tor_client_main(int argc, char **argv);

#endif
