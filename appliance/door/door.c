/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/door.h"

#include "confine/confine.h"
#include "door/busy.h"
#include "door/serve.h"

static struct door_setup setup = {.up = ROLE_FD_UP, .listeners = {ROLE_FD_A, ROLE_FD_B}};

static enum err set_up(const struct role_options *o)
{
	setup.proxy_lines = o->proxy_lines;
	if (o->visit_slots == 0)
		return ERR_FORMAT;
	setup.visit_slots = (uint16_t)o->visit_slots;
	(void)busy_page();
	return ERR_OK;
}

static enum err serve(void)
{
	return door_serve(&setup);
}

int door_main(int argc, char **argv)
{
	return role_run(&(struct role_life){ROLE_DOOR, set_up, serve}, argc, argv);
}
