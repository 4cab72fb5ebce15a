/* SPDX-License-Identifier: GPL-3.0-or-later
 * What init looks at while it serves: whether the long-lived roles answer, and how long no desk was here. Times are
 * those of clock_ms(), given by the caller. */
#ifndef INIT_WATCH_H
#define INIT_WATCH_H

#include "init/supervisor.h"

/* Asks the roles that are ready (PING), kills one that has not answered for LIMIT_ANSWER_MS, so that it starts again,
 * tells the watchdogs that all is well, and says when to end: END_HUNG, one that the box can't do without did not get
 * ready for LIMIT_UNWELL_MS (READY comes before a role's first byte from outside: so nobody there can have the box wipe
 * itself); END_DEAD_MAN. END_NONE: go on. */
enum end_reason watch_turn(struct supervisor *s, uint64_t now_ms);
/* When watch_turn has something to do. */
uint64_t watch_next_ms(const struct supervisor *s);
/* The role is ready, answered, or ended. */
void watch_ready(struct supervisor *s, enum role r, uint64_t now_ms);
void watch_answered(struct supervisor *s, enum role r);
void watch_ended(struct supervisor *s, enum role r, uint64_t now_ms);
/* A desk was let in, or the site file was opened: the dead man's switch counts anew. */
void watch_desk_seen(struct supervisor *s, uint64_t now_ms);
/* Begun hours until the dead man's switch; 0: there is none. */
uint32_t watch_dead_man_hours(const struct supervisor *s, uint64_t now_ms);

#endif
