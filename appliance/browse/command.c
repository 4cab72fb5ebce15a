/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "browse/loop.h"
#include "browse/shut.h"
#include "desk/command.h"

static const char usage[] =
    "usage: courier desk serve DIR [--port N] [--passphrase-fd N] [--socks ADDR:PORT | --direct ADDR:PORT]\n"
    "\n"
    "The conversations in a browser on this machine: read, answer, save attachments, exchange. It asks for the\n"
    "passphrase once, and shows a link that opens the inbox one time, in one browser; Enter shows a further one.\n"
    "Ctrl-C ends it. It listens on 127.0.0.1 and nowhere else, and only this machine's own user is answered.\n"
    "\n"
    "  --port N            a port of your choice; else any that is free\n"
    "  --passphrase-fd N   the passphrase is the first line of descriptor N, instead of asking on the terminal\n"
    "  --socks, --direct   how an exchange reaches the box; `courier desk sync --help` says more\n"
    "\n"
    "Example:\n"
    "  courier desk serve ~/desk\n";

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	stop = number;
}

static void on_child(int number)
{
	(void)number; /* it ends the wait */
}

/* The signals come during the waits alone. */
static enum err take_signals(sigset_t *waiting)
{
	const struct sigaction end = {.sa_handler = on_signal};
	const struct sigaction child = {.sa_handler = on_child};
	const struct sigaction ignored = {.sa_handler = SIG_IGN};
	sigset_t ours;

	if (sigemptyset(&ours) != 0 || sigaddset(&ours, SIGINT) != 0 || sigaddset(&ours, SIGTERM) != 0 ||
	    sigaddset(&ours, SIGHUP) != 0 || sigaddset(&ours, SIGCHLD) != 0 ||
	    sigprocmask(SIG_BLOCK, &ours, waiting) != 0 || sigaction(SIGINT, &end, NULL) != 0 ||
	    sigaction(SIGTERM, &end, NULL) != 0 || sigaction(SIGHUP, &end, NULL) != 0 ||
	    sigaction(SIGCHLD, &child, NULL) != 0 || sigaction(SIGPIPE, &ignored, NULL) != 0)
		return ERR_IO;
	return ERR_OK;
}

static void offer(struct browse *b)
{
	char key[LOGIN_TEXT_LEN + 1] = {0};
	struct buf text = buf_over(key, sizeof key - 1);

	login_offer(&b->login, &text);
	BUG_IF(text.failed);
	printf("Open this in a browser on this machine. It works once:\n\n    http://127.0.0.1:%u/enter?key=%s\n\n"
	       "Enter shows a new link; Ctrl-C ends the inbox.\n",
	       b->port, key);
	fflush(stdout);
	SECRET_WIPE(key);
}

static bool read_port(const char *text, uint16_t *port)
{
	uint64_t n = 0;

	if (text != NULL && (bytes_decimal(bytes_str(text), UINT16_MAX, &n) != ERR_OK || n == 0))
		return false;
	*port = (uint16_t)n;
	return true;
}

static void set_exchange(struct runner *x, const struct desk_arguments *a)
{
	size_t n = 0;

	x->fd = -1;
	x->arguments[n++] = "courier";
	x->arguments[n++] = "desk";
	x->arguments[n++] = "sync";
	x->arguments[n++] = a->folder;
	if (a->socks != NULL || a->direct != NULL) {
		x->arguments[n++] = a->socks != NULL ? "--socks" : "--direct";
		x->arguments[n++] = a->socks != NULL ? a->socks : a->direct;
	}
}

static int serve(struct browse *b, const struct desk_arguments *a)
{
	sigset_t waiting;
	int listen_fd;

	if (!read_port(a->port, &b->port))
		return desk_say(DESK_USAGE, a->port, "A port is a number from 1 to 65535.");
	set_exchange(&b->exchange, a);
	if (shut_in(a->folder) != ERR_OK || take_signals(&waiting) != ERR_OK ||
	    loop_listen(&b->port, &listen_fd) != ERR_OK)
		return desk_say(DESK_FAILED, a->port, strerror(errno));
	login_begin(&b->login, b->port);
	offer(b);
	loop_run(b, listen_fd, STDIN_FILENO, &waiting, &stop, offer);
	(void)close(listen_fd);
	return DESK_DONE;
}

int browse_main(int argc, char **argv)
{
	struct desk_arguments a;
	struct browse *b;
	bool go_on;
	int status =
	    desk_parse(argc, argv, DESK_TAKES_LINK | DESK_TAKES_PASSPHRASE | DESK_TAKES_PORT, usage, &a, &go_on);

	if (!go_on)
		return status;
	/* Megabytes, which no other command has to carry. */
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return desk_say(DESK_FAILED, NULL, strerror(errno));
	status = desk_open_inbox(a.folder, &b->inbox);
	if (status == DESK_DONE)
		status = desk_unlock(&b->inbox, &a);
	if (status == DESK_DONE)
		status = serve(b, &a);
	browse_wipe(b);
	free(b);
	return status;
}
