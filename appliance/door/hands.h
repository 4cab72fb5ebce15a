/* SPDX-License-Identifier: GPL-3.0-or-later
 * A port's workers: who of those that wait gets one, and what they are told. For port.c; what the loop calls of it
 * (port_settle, port_offer, port_gone) is in port.h. */
#ifndef DOOR_HANDS_H
#define DOOR_HANDS_H

#include "door/port.h"

void hands_open(struct port *p);
/* Those that have a connection, or are lost with one. */
size_t hands_busy(const struct port *p);
/* fds: two for each slot. A worker has nothing to say: its channel ends, or it breaks the table. With a connection, it
 * stays its circuit's until init says that it is gone: one that was taken over could close the channel and go on. */
void hands_see_ends(struct port *p, const struct pollfd *fds);
/* When one has to be hurried; DEADLINE_NONE. */
uint64_t hands_next_ms(const struct port *p);

#endif
