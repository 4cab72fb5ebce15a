/* SPDX-License-Identifier: GPL-3.0-or-later
 * The Tor that a desk carries: started at the first connection that needs it, one for a command, ended with it. Its
 * state is DIR/tor-state; DIR/torrc may hold lines of its owner's, as tor/torrc.h allows them. */
#ifndef DESK_CARRIER_H
#define DESK_CARRIER_H

/* Its SOCKS port for link.h; starts it if it doesn't run, with the keys of all boxes of the desk in `folder`, whose
 * lock the caller holds. NULL: what is wrong has been said. */
const char *carrier_socks(const char *folder);
void carrier_stop(void);

#endif
