/* SPDX-License-Identifier: GPL-3.0-or-later
 * Workers: one process a connection, made before the connection comes, in a slot with a uid of its own. */
#ifndef INIT_WORKERS_H
#define INIT_WORKERS_H

#include "init/supervisor.h"

void workers_init(struct supervisor *s);
/* How many visits at once a machine of so much memory serves. Before the first role starts. */
void workers_set_memory(struct supervisor *s, uint64_t memory);
/* The door wants one more of that kind. ERR_PEER: no such kind, or more than it may keep idle. */
enum err workers_want(struct supervisor *s, uint8_t kind) MUST_CHECK;
/* The door gave one its connection. ERR_PEER: no such slot. */
enum err workers_busy(struct supervisor *s, const struct message_WORKER_BUSY *m) MUST_CHECK;
/* Starts what is wanted, as far as slots, door and keeper allow. */
void workers_serve(struct supervisor *s);
/* When workers_serve has something to do that it could not do yet; DEADLINE_NONE. */
uint64_t workers_next_ms(const struct supervisor *s);
/* False: the process is no worker. */
bool workers_reaped(struct supervisor *s, pid_t pid, int status);
/* A new door knows of no wish of the last one. */
void workers_forget_wishes(struct supervisor *s);
void workers_kill(struct supervisor *s);

#endif
