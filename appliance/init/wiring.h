/* SPDX-License-Identifier: GPL-3.0-or-later
 * What init does with each message that it is sent. */
#ifndef INIT_WIRING_H
#define INIT_WIRING_H

#include "init/supervisor.h"

/* Takes what lies on a role's channel until it is empty. A role that breaks the protocol is killed. */
void wiring_receive(struct supervisor *s, enum role from);
/* A long-lived role ended: what it told us no longer holds. */
void wiring_role_gone(struct supervisor *s, enum role r);
/* Tells the console what changed, if it is time to. */
void wiring_tell_console(struct supervisor *s);
uint64_t wiring_next_ms(const struct supervisor *s);

#endif
