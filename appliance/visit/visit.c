/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/visit.h"

#include <errno.h>

#include "base/log.h"
#include "base/fd.h"
#include "confine/confine.h"
#include "link/channel.h"
#include "visit/serve.h"

/* Too large for a stack; never touched whole. */
static struct visit the_visit;

static enum err set_up(int argc, char **argv, struct role_options *options)
{
	struct bytes fields;
	enum err e;

	if (argc != 2)
		return ERR_FORMAT;
	TRY(role_options_parse(argv[1], options));
	TRY(role_part(options, MESSAGE_PART_VISIT, &fields));
	TRY(visit_set_part(&the_visit, fields));
out:
	return e;
}

int visit_main(int argc, char **argv)
{
	struct role_options options;
	struct incoming in;
	enum err e;

	log_set_role("visit");
	TRY(set_up(argc, argv, &options));
	confine_finish(ROLE_VISIT, &options);
	e = channel_receive(ROLE_FD_UP, 1u << ROLE_DOOR, ROLE_VISIT, STATE_UP, the_visit.store.answer, DEADLINE_NONE,
			    &in);
	if (e == ERR_END)
		return 0; /* the door has gone: nobody will come */
	if (e == ERR_OK && in.type != MESSAGE_CONNECTION)
		e = ERR_PEER;
	if (e == ERR_OK)
		visit_serve(&the_visit, in.fds[0], ROLE_FD_KEEPER, ROLE_FD_UP);
out:
	if (e != ERR_OK)
		log_event(LOG_FAILED, (uint64_t)e, (uint64_t)errno);
	return e == ERR_OK ? 0 : 1;
}
