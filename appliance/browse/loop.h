/* SPDX-License-Identifier: GPL-3.0-or-later
 * Connections of the inbox: a socket on 127.0.0.1 and nowhere else, one request a connection, and a wait that nobody
 * can block. A connection is served once its request's whole head is here; until then it costs a descriptor. */
#ifndef BROWSE_LOOP_H
#define BROWSE_LOOP_H

#include <signal.h>

#include "browse/browse.h"

/* Binds 127.0.0.1:*port (0: any) and listens; *port is then the one. ERR_IO with errno. */
enum err loop_listen(uint16_t *port, int *fd) MUST_CHECK;
/* Serves until a signal's handler sets *stop. The signals are blocked but for the waits here, which have the mask
 * `waiting`; SIGCHLD is one of them. A line on `terminal` (-1: none) calls offer(). At the end transfers and an
 * exchange that are on their way are ended. */
void loop_run(struct browse *b, int listen_fd, int terminal, const sigset_t *waiting, const volatile sig_atomic_t *stop,
	      void (*offer)(struct browse *b));

#endif
