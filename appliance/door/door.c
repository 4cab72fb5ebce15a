/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/door.h"

#include <errno.h>

#include "base/log.h"
#include "confine/confine.h"
#include "door/busy.h"
#include "door/serve.h"

int door_main(int argc, char **argv)
{
	struct door_setup setup = {.up = ROLE_FD_UP, .listeners = {ROLE_FD_A, ROLE_FD_B}};
	struct role_options o;
	enum err e;

	log_set_role("door");
	e = argc == 2 ? role_options_parse(argv[1], &o) : ERR_FORMAT;
	if (e == ERR_OK) {
		setup.proxy_lines = o.proxy_lines;
		(void)busy_page();
		confine_finish(ROLE_DOOR, &o);
		e = door_serve(&setup);
	}
	if (e != ERR_OK) {
		log_event(LOG_FAILED, e, (uint64_t)errno);
		return 1;
	}
	log_event(LOG_STOPPING, 0, 0);
	return 0;
}
