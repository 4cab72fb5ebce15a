/* SPDX-License-Identifier: GPL-3.0-or-later
 * The process that becomes Tor. */
#include "tor/tor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tor_api.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret.h"
#include "confine/confine.h"
#include "link/channel.h"
#include "tor/files.h"

enum {
	SEND_MS = 5000,
	WATCHER_STACK = 128 * 1024, /* holds one link message */
};

/* Tor's main loop doesn't know of init's channel, so a thread waits on it. After STOP, or the channel's end, there is
 * nothing to save, and the kernel closes Tor's connections. That the loop turns, torctl hears. */
static void *watch(void *unused)
{
	static uint8_t storage[LIMIT_MESSAGE];
	struct incoming in;
	enum err e;

	(void)unused;
	do {
		e = channel_receive(ROLE_FD_UP, 1u << ROLE_INIT, ROLE_TOR, STATE_UP, storage, DEADLINE_NONE, &in);
		if (e == ERR_OK)
			e = in.type == MESSAGE_PING ? role_tell_alive(ROLE_FD_UP) : ERR_END; /* STOP */
	} while (e == ERR_OK);
	if (e == ERR_END)
		log_event(LOG_STOPPING, 0, 0);
	else
		log_event(LOG_FAILED, e, (uint64_t)errno);
	_exit(e == ERR_END ? 0 : 1);
}

static enum err start_watcher(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	enum err e = ERR_NO_MEMORY;

	if (pthread_attr_init(&attributes) != 0)
		return e;
	if (pthread_attr_setstacksize(&attributes, WATCHER_STACK) == 0 &&
	    pthread_create(&thread, &attributes, watch, NULL) == 0)
		e = ERR_OK;
	pthread_attr_destroy(&attributes);
	return e;
}

/* The keys are Tor's from here on, in its files; the copy on the stack goes. */
static enum err take_part(const struct role_options *o)
{
	struct message_PART_TOR part;
	struct bytes fields;
	enum err e;

	TRY(role_part(o, MESSAGE_PART_TOR, &fields));
	TRY(message_get_PART_TOR(fields, &part));
	umask(077);
	TRY(tor_files_write(ROLE_FD_A, &part));
out:
	SECRET_WIPE(part);
	return e;
}

static enum err configure(tor_main_configuration_t **configuration)
{
	/* A torrc of our own, and no other: neither the system's nor a home directory's. */
	/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): the path is one argument */
	static char *arguments[] = {"tor", "-f", TOR_DIRECTORY "/torrc", "--defaults-torrc", "/dev/null", NULL};
	tor_main_configuration_t *c = tor_main_configuration_new();
	uint8_t storage[16];
	struct buf b = buf_over(storage, sizeof storage);
	int control;
	enum err e;

	if (c == NULL || tor_main_configuration_set_command_line(c, 5, arguments) != 0)
		return ERR_LIBRARY;
	control = tor_main_configuration_setup_control_socket(c);
	if (control < 0)
		return ERR_LIBRARY;
	message_put_TOR_CONTROL(&b, NULL);
	e = channel_send(ROLE_FD_UP, &b, &control, 1, clock_ms() + SEND_MS);
	/* Ours has to go: Tor ends when the last copy closes. */
	close(control);
	*configuration = c;
	return e;
}

int tor_role_main(int argc, char **argv)
{
	tor_main_configuration_t *configuration = NULL;
	struct role_options o;
	enum err e;

	log_set_role("tor");
	e = argc == 2 ? role_options_parse(argv[1], &o) : ERR_FORMAT;
	if (e == ERR_OK)
		e = take_part(&o);
	if (e == ERR_OK)
		e = configure(&configuration);
	if (e == ERR_OK) {
		close(ROLE_FD_A);
		confine_finish(ROLE_TOR, &o);
		e = start_watcher();
	}
	if (e == ERR_OK)
		e = role_tell_ready();
	if (e != ERR_OK) {
		log_event(LOG_FAILED, e, (uint64_t)errno);
		return 1;
	}
	/* Comes back when the control connection was closed, or when Tor can't go on: either way init starts afresh. */
	log_event(LOG_FAILED, ERR_END, (uint64_t)(unsigned)tor_run_main(configuration));
	return 1;
}
