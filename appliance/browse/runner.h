/* SPDX-License-Identifier: GPL-3.0-or-later
 * An exchange with the box: `courier desk sync`, as a process of its own, and what it said. */
#ifndef BROWSE_RUNNER_H
#define BROWSE_RUNNER_H

#include <sys/types.h>

#include "base/bytes.h"
#include "limits.h"

enum { RUNNER_ARGUMENTS = 8 };

struct runner {
	const char *arguments[RUNNER_ARGUMENTS]; /* courier desk sync ...; NULL at the end */
	pid_t pid;                               /* 0: none runs */
	int fd;                                  /* what it says; -1 */
	bool ran;                                /* one has ended, with this status */
	int status;
	uint8_t said[LIMIT_BROWSE_SAID]; /* the beginning of it */
	size_t said_len;
};

/* Starts one, unless one runs. ERR_IO. */
enum err runner_start(struct runner *x) MUST_CHECK;
/* Takes what x->fd has to say; closes it at its end. */
void runner_listen(struct runner *x);
/* The process with this pid has ended so. True: it was the exchange. */
bool runner_ended(struct runner *x, pid_t pid, int status);

#endif
