/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk sync */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "desk/command.h"
#include "desk/session.h"

static const char usage[] =
    "usage: courier desk sync DIR [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Collects what came for this desk, tells the box that it is safe here, and sends the replies that wait.\n"
    "Interrupted, it goes on where it was; run twice, it changes nothing; two at once, one waits.\n"
    "\n"
    "  --socks ADDR:PORT   Tor's SocksPort (127.0.0.1:9050). Tor's torrc needs `ClientOnionAuthDir DIR/tor`\n"
    "  --direct ADDR:PORT  a workbench, without Tor; unix:PATH works too\n"
    "\n"
    "Examples:\n"
    "  courier desk sync ~/desk\n"
    "  courier desk sync ~/desk --socks 127.0.0.1:9150\n";

int desk_sync(int argc, char **argv)
{
	struct desk_arguments a;
	struct session s;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_LINK, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = session_open(&s, &a);
	if (status == DESK_DONE) {
		status = (int)exchange_run(&s.exchange);
		session_end_progress(&s);
		printf("%" PRIu64 " new file%s, %" PRIu64 " repl%s sent.\n", s.exchange.items,
		       s.exchange.items == 1 ? "" : "s", s.exchange.sent, s.exchange.sent == 1 ? "y" : "ies");
	}
	session_close(&s);
	return status;
}
