/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk sync */
#include <inttypes.h>
#include <stdio.h>

#include "desk/session.h"

static const char usage[] =
    "usage: courier desk sync DIR [--box NAME] [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "Collects what came for this desk, tells the box that it is safe here, and sends what "
    "waits: replies, and what shall\n"
    "be forgotten or muted. A box that was restarted gets its conversations back first. "
    "Interrupted, it goes on where it\n"
    "was; run twice, it changes nothing; two at once, one waits.\n"
    "\n"
    "  --box NAME          only this box\n"
    "  --socks ADDR:PORT   the SocksPort of a Tor that runs already; its torrc needs\n"
    "                      `ClientOnionAuthDir DIR/boxes/NAME/tor`. Without it the desk starts its own "
    "Tor, for\n"
    "                      as long as this command runs; where Tor is blocked, Bridge lines in "
    "DIR/torrc help\n"
    "  --direct ADDR:PORT  a workbench, without Tor; unix:PATH works too\n"
    "\n"
    "Examples:\n"
    "  courier desk sync ~/desk\n"
    "  courier desk sync ~/desk --socks 127.0.0.1:9150\n";

static int sync_box(const struct folder *box, const struct desk_arguments *a, bool several)
{
	static struct session s;
	int status = session_open(&s, box, a);

	if (status == DESK_DONE) {
		status = (int)exchange_run(&s.exchange);
		session_end_progress(&s);
		if (several)
			printf("%s: ", box->name);
		if (s.exchange.restored > 0)
			printf("The box was restarted: %" PRIu64 " conversation%s given back. ", s.exchange.restored,
			       s.exchange.restored == 1 ? "" : "s");
		printf("%" PRIu64 " new file%s, %" PRIu64 " repl%s sent.\n", s.exchange.items,
		       s.exchange.items == 1 ? "" : "s", s.exchange.sent, s.exchange.sent == 1 ? "y" : "ies");
	}
	session_close(&s);
	return status;
}

/* What several boxes come to: a refusal must be seen, and then a failure. */
static int worse(int a, int b)
{
	if (a == DESK_REFUSED || b == DESK_REFUSED)
		return DESK_REFUSED;
	return a != DESK_DONE ? a : b;
}

int desk_sync(int argc, char **argv)
{
	static struct home h;
	struct desk_arguments a;
	const struct folder *box;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_LINK | DESK_TAKES_BOX, usage, &a, &go_on);

	if (!go_on)
		return status;
	status = desk_open_home(a.folder, &h);
	if (status == DESK_DONE && a.box != NULL)
		status = desk_choose_box(&h, &a, &box);
	if (status == DESK_DONE)
		status = desk_lock(&h);
	if (status == DESK_DONE && a.box != NULL)
		status = sync_box(box, &a, false);
	else if (status == DESK_DONE)
		for (size_t i = 0; i < h.box_count; i++)
			status = worse(status, sync_box(&h.boxes[i], &a, h.box_count > 1));
	home_unlock(&h);
	return status;
}
