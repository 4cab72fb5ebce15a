/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"
#include "desk/carrier.h"

enum { PROGRESS_EVERY_MS = 500, PROGRESS_EVERY_LOG_MS = 10 * 1000 };

static enum link_fault open_connection(void *context, int *fd)
{
	struct session *s = context;

	if (s->target.socks == NULL && s->target.direct == NULL) {
		session_end_progress(s);
		s->target.socks = carrier_socks(s->desk);
	}
	if (s->target.socks == NULL && s->target.direct == NULL)
		return LINK_TOLD;
	return link_open(&s->target, fd);
}

static void say(void *context, const char *subject, const char *sentence)
{
	struct session *s = context;

	session_end_progress(s);
	(void)desk_say(DESK_FAILED, subject, sentence);
}

/* One line that is rewritten on a terminal; a line now and then where that would be noise. */
static void progress(void *context, uint64_t bytes, const char *doing)
{
	struct session *s = context;
	uint64_t now = clock_ms();

	if (s->shown_ms == 0)
		s->shown_ms = now;
	if (now - s->shown_ms < (s->on_terminal ? PROGRESS_EVERY_MS : PROGRESS_EVERY_LOG_MS))
		return;
	s->shown_ms = now;
	fprintf(stderr, s->on_terminal ? "\r%" PRIu64 " KB %s " : "%" PRIu64 " KB %s so far\n", bytes / 1000, doing);
}

void session_end_progress(struct session *s)
{
	if (s->on_terminal && s->shown_ms != 0)
		fprintf(stderr, "\r%40s\r", "");
	s->shown_ms = 0;
}

int session_open(struct session *s, const struct folder *box, const struct desk_arguments *a)
{
	int status;

	memset(s, 0, sizeof *s);
	s->on_terminal = isatty(STDERR_FILENO) == 1;
	s->exchange.fd = -1;
	s->desk = a->folder;
	status = desk_target(box, a, &s->target);
	if (status != DESK_DONE)
		return status;
	s->exchange.folder = box;
	s->exchange.host = s->target.host;
	s->exchange.open = open_connection;
	s->exchange.say = say;
	s->exchange.progress = progress;
	s->exchange.context = s;
	return DESK_DONE;
}

void session_close(struct session *s)
{
	SECRET_WIPE(s->exchange.token);
}
