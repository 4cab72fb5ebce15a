/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk/carrier.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "desk/command.h"
#include "tor/client.h"

#define STATE "tor-state"

static struct tor_client tor;
static bool on_terminal;

static void progress(unsigned percent)
{
	if (on_terminal)
		fprintf(stderr, "\rTor starts: %u %% ", percent);
}

static void end_progress(void)
{
	if (on_terminal)
		fputs("\r                    \r", stderr);
}

/* One folder for all boxes' keys: Tor takes one. */
static enum err copy_keys(const struct home *h)
{
	char name[sizeof STATE + LIMIT_DESK_BOX_NAME + 32];
	uint8_t storage[256];
	struct bytes key;
	enum err e;

	TRY(folder_make(&h->folder, STATE));
	TRY(folder_make(&h->folder, STATE "/auth"));
	for (size_t i = 0; i < h->box_count; i++) {
		(void)snprintf(name, sizeof name, STATE "/auth/%s.auth_private", h->boxes[i].name);
		e = folder_read(&h->boxes[i], "tor/courier.auth_private", storage, sizeof storage, &key);
		if (e == ERR_NOT_FOUND) /* a box without an address yet */
			e = ERR_OK;
		else if (e == ERR_OK)
			e = folder_write(&h->folder, name, key);
		if (e != ERR_OK)
			break;
	}
out:
	SECRET_WIPE(storage);
	return e;
}

static int say_line(enum err e, size_t line)
{
	char text[160];

	(void)snprintf(text, sizeof text, "Line %zu of the desk's file torrc is refused: %s.", line,
		       e == ERR_UNSUPPORTED ? "its option is not one that may be set there"
					    : "it is not \"Option value\"");
	return desk_say(DESK_INPUT, NULL, text);
}

static enum err start(const struct home *h, const char *path)
{
	static uint8_t lines[LIMIT_TORRC];
	static char state[PATH_MAX + sizeof STATE], auth[PATH_MAX + sizeof STATE + 8];
	struct bytes extra = BYTES_LITERAL("");
	size_t line = 0;
	enum err e;

	e = folder_read(&h->folder, "torrc", lines, sizeof lines, &extra);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		goto out;
	TRY(copy_keys(h));
	(void)snprintf(state, sizeof state, "%s/" STATE, path);
	(void)snprintf(auth, sizeof auth, "%s/auth", state);
	e = tor_client_start(&tor, state, auth, extra, &line);
out:
	if (line > 0)
		(void)say_line(e, line);
	else if (e == ERR_TOO_BIG)
		(void)desk_say(DESK_INPUT, path, "This path is too long for Tor's socket. Move the desk's folder.");
	else if (e != ERR_OK)
		(void)desk_say_error("Tor could not be started", e);
	return e;
}

static void say_stuck(enum err e)
{
	char text[300];

	if (tor.state.skew_s < -3600 || tor.state.skew_s > 3600)
		(void)snprintf(text, sizeof text, "Tor can't start: this machine's clock is %" PRId32 " minutes %s.",
			       abs(tor.state.skew_s) / 60, tor.state.skew_s > 0 ? "fast" : "slow");
	else
		(void)snprintf(
		    text, sizeof text,
		    "Tor got to %u %% and %s. Is this machine online? Where Tor is blocked, Bridge lines in the "
		    "desk's file torrc help. " STATE "/log says more.",
		    tor.state.bootstrap, e == ERR_TIMEOUT ? "no further" : "gave up");
	(void)desk_say(DESK_FAILED, NULL, text);
}

const char *carrier_socks(const char *folder)
{
	static struct home h;
	static char path[PATH_MAX];
	enum err e;

	if (tor.pid != 0)
		return tor.socks;
	on_terminal = isatty(STDERR_FILENO) == 1;
	if (desk_open_home(folder, &h) != DESK_DONE)
		return NULL;
	if (realpath(folder, path) == NULL) {
		(void)desk_say(DESK_FAILED, folder, strerror(errno));
		return NULL;
	}
	e = start(&h, path);
	if (e == ERR_OK) {
		e = tor_client_wait(&tor, LIMIT_DESK_TOR_MS, progress);
		end_progress();
		if (e != ERR_OK)
			say_stuck(e);
	}
	if (e != ERR_OK) {
		tor_client_stop(&tor);
		return NULL;
	}
	return tor.socks;
}

void carrier_stop(void)
{
	tor_client_stop(&tor);
}
