/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk sync */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "desk/session.h"

static const char usage[] =
    "usage: courier desk sync DIR [--box NAME] [--socks ADDR:PORT | --direct ADDR:PORT] [--notify COMMAND]\n"
    "\n"
    "Collects what came for this desk, tells the box that it is safe here, and sends what waits: replies, and what\n"
    "shall be forgotten or muted. A box that was restarted gets its conversations back first. Interrupted, it goes on\n"
    "where it was; run twice, it changes nothing; two at once, one waits.\n"
    "\n"
    "It starts the desk's own Tor, for as long as it runs. Where Tor is blocked, bridge lines in DIR/torrc help.\n"
    "\n"
    "  --box NAME          only this box\n"
    "  --socks ADDR:PORT   the SocksPort of a Tor that runs already, whose torrc needs\n"
    "                      `ClientOnionAuthDir DIR/boxes/NAME/tor`\n"
    "  --direct ADDR:PORT  a workbench, without Tor; unix:PATH works too\n"
    "  --notify COMMAND    run by the shell if something new came; COURIER_NEW is the number of its files\n"
    "\n"
    "Examples:\n"
    "  courier desk sync ~/desk\n"
    "  courier desk sync ~/desk --notify 'notify-send \"$COURIER_NEW new\"'\n"
    "  courier desk sync ~/desk --socks 127.0.0.1:9150\n";

static uint64_t new_items;

static int sync_box(const struct folder *box, const struct desk_arguments *a, bool several)
{
	static struct session s;
	int status = session_open(&s, box, a);

	if (status == DESK_DONE) {
		status = (int)exchange_run(&s.exchange);
		session_end_progress(&s);
		new_items += s.exchange.items;
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

/* The shell takes it as it was typed; nothing that a source wrote is in it. */
static int notify(const char *command, int status)
{
	char count[24];

	(void)snprintf(count, sizeof count, "%" PRIu64, new_items);
	if (setenv("COURIER_NEW", count, 1) == 0 &&
	    system(command) == 0) /* NOLINT(cert-env33-c): that is what was asked for */
		return status;
	return worse(status,
		     desk_say(DESK_FAILED, "--notify", "The command failed. The sync itself did what it says."));
}

int desk_sync(int argc, char **argv)
{
	static struct home h;
	struct desk_arguments a;
	const struct folder *box;
	bool go_on;
	int status = desk_parse(argc, argv, DESK_TAKES_LINK | DESK_TAKES_BOX | DESK_TAKES_NOTIFY, usage, &a, &go_on);

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
	return a.notify != NULL && new_items > 0 ? notify(a.notify, status) : status;
}
