/* SPDX-License-Identifier: GPL-3.0-or-later
 * What init does with each message that it is sent. */
#ifndef INIT_WIRING_H
#define INIT_WIRING_H

#include "init/supervisor.h"

/* Takes all that lay on a role's channel when it was called, and not much more: whoever talks without end is heard
 * again in the next turn. A role that breaks the protocol is killed. */
void wiring_receive(struct supervisor *s, enum role from);
/* A long-lived role ended: what it told us no longer holds. */
void wiring_role_gone(struct supervisor *s, enum role r);
/* Gives the console its end of unlock's channel, once both are there. */
void wiring_hand_on_ask(struct supervisor *s);
/* Tells the console what changed, if it is time to. */
void wiring_tell_console(struct supervisor *s);
/* Tells the keeper what desks may know of the machine, if it is other than it was. */
void wiring_tell_keeper(struct supervisor *s);
uint64_t wiring_next_ms(const struct supervisor *s);

#endif
