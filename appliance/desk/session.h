/* SPDX-License-Identifier: GPL-3.0-or-later
 * A command's dealings with a box: its token, the way there, and an exchange that speaks to people. The desk's folder
 * is locked by the caller. */
#ifndef DESK_SESSION_H
#define DESK_SESSION_H

#include "desk/command.h"
#include "exchange/exchange.h"

struct session {
	const char *desk; /* its folder, for the Tor that it carries */
	struct link_target target;
	struct exchange exchange;
	uint64_t shown_ms; /* when progress was last shown; 0: never */
	bool on_terminal;
};

/* An enum desk_status; what went wrong has been said. `box` lives as long as the session. session_close() in any case.
 */
int session_open(struct session *s, const struct folder *box, const struct desk_arguments *a);
void session_end_progress(struct session *s);
void session_close(struct session *s);

#endif
