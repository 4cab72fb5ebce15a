/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/log.h"
#include "base/fd.h"
#include "confine/confine.h"
#include "link/channel.h"

enum { SEND_MS = 5000 }; /* init reads all the time; it has no reason to be slower */

enum err role_tell_ready(void)
{
	uint8_t storage[2];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_READY(&b, NULL);
	return channel_send(ROLE_FD_UP, &b, NULL, 0, clock_ms() + SEND_MS);
}

enum err role_tell_alive(int up)
{
	uint8_t storage[2];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_PONG(&b, NULL);
	return channel_send(up, &b, NULL, 0, clock_ms() + SEND_MS);
}

int role_run(const struct role_life *life, int argc, char **argv)
{
	struct role_options o;
	enum err e;

	log_set_role(role_name(life->role));
	e = argc == 2 ? role_options_parse(argv[1], &o) : ERR_FORMAT;
	if (e == ERR_OK)
		e = life->set_up(&o);
	if (e == ERR_OK) {
		confine_finish(life->role, &o);
		e = life->serve();
	}
	if (e != ERR_OK) {
		log_event(LOG_FAILED, e, (uint64_t)errno);
		return 1;
	}
	log_event(LOG_STOPPING, 0, 0);
	return 0;
}
