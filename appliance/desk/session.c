/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/secret.h"

enum { PROGRESS_EVERY_MS = 500, PROGRESS_EVERY_LOG_MS = 10 * 1000 };

static enum link_fault open_connection(void *context, int *fd)
{
	struct session *s = context;

	return link_open(&s->target, fd);
}

static void say(void *context, const char *subject, const char *sentence)
{
	struct session *s = context;

	session_end_progress(s);
	(void)desk_say(DESK_FAILED, subject, sentence);
}

/* One line that is rewritten on a terminal; a line now and then where that would be noise. */
static void progress(void *context, uint64_t bytes)
{
	struct session *s = context;
	uint64_t now = clock_ms();

	if (s->shown_ms == 0)
		s->shown_ms = now;
	if (now - s->shown_ms < (s->on_terminal ? PROGRESS_EVERY_MS : PROGRESS_EVERY_LOG_MS))
		return;
	s->shown_ms = now;
	fprintf(stderr, s->on_terminal ? "\r%" PRIu64 " KB " : "%" PRIu64 " KB collected so far\n", bytes / 1000);
}

void session_end_progress(struct session *s)
{
	if (s->on_terminal && s->shown_ms != 0)
		fputs("\r               \r", stderr);
	s->shown_ms = 0;
}

int session_open(struct session *s, const struct folder *box, const struct desk_arguments *a)
{
	int status;

	*s = (struct session){.on_terminal = isatty(STDERR_FILENO) == 1};
	status = desk_target(box, a, &s->target);
	if (status != DESK_DONE)
		return status;
	if (folder_token(box, "token", s->token) != ERR_OK)
		return desk_say(DESK_INPUT, box->path,
				"The file token is missing or damaged. Take it from your copy of the folder.");
	s->exchange = (struct exchange){
	    .folder = box,
	    .host = s->target.host,
	    .token = s->token,
	    .open = open_connection,
	    .say = say,
	    .progress = progress,
	    .context = s,
	};
	return DESK_DONE;
}

void session_close(struct session *s)
{
	SECRET_WIPE(s->token);
}
