/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sitetool/choose.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "site/guards.h"
#include "sitefile/say.h"
#include "tor/client.h"

static struct tor_client client;
static struct guard_watch watch;
static uint8_t torrc[LIMIT_TORRC];

static void say_progress(unsigned percent)
{
	fprintf(stderr, "Tor %u %%\n", percent);
}

static int failed(enum err e, size_t line)
{
	if (line > 0)
		return site_say(SITE_INPUT, "", "A line for Tor is none that a client may have.");
	if (e == ERR_IO || e == ERR_TOO_BIG)
		return site_say(SITE_FAILED, "Tor", strerror(errno));
	return site_say(SITE_FAILED, "Tor",
			"It could not reach its network from here. Try again, or leave guards out: `courier site "
			"refresh` puts in those that the box draws.");
}

/* The folder is Tor's alone, and goes with it. */
static int run(struct site *s, const char *folder)
{
	char state[64];
	char auth[64];
	struct buf extra = buf_over(torrc, sizeof torrc);
	const struct guards none = {.count = 0};
	size_t line;
	enum err e;

	(void)snprintf(state, sizeof state, "%s/tor", folder);
	(void)snprintf(auth, sizeof auth, "%s/auth", folder);
	if (mkdir(auth, 0700) != 0)
		return site_say(SITE_FAILED, auth, strerror(errno));
	for (size_t i = 0; i < s->torrc_count; i++) {
		buf_put(&extra, s->torrc[i]);
		buf_byte(&extra, '\n');
	}
	guard_watch_init(&watch, bytes_of(s->guard_seed, s->has_guard_seed ? sizeof s->guard_seed : 0), false, &none);
	e = tor_client_start(&client, state, auth, buf_view(&extra), &line);
	client.guards = &watch;
	if (e == ERR_OK)
		e = tor_client_wait(&client, LIMIT_DESK_TOR_MS, say_progress);
	if (e == ERR_OK)
		e = tor_client_sample(&client, LIMIT_DESK_TOR_MS);
	tor_client_stop(&client);
	if (e == ERR_OK)
		s->guards = watch.sample;
	SECRET_WIPE(watch);
	return e == ERR_OK ? SITE_DONE : failed(e, line);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int choose_guards(struct site *s)
{
	char folder[] = "/tmp/courier-guards-XXXXXX";
	int status;

	if (site_uses_bridges(s))
		return site_say(SITE_USAGE, "--choose-guards",
				"Bridges take the guards' place: leave one of the two out.");
	if (s->network == SITE_NETWORK_NONE)
		return site_say(
		    SITE_USAGE, "--choose-guards",
		    "A box without IPv4 draws its guards itself: this computer may reach some that it can't.");
	if (mkdtemp(folder) == NULL)
		return site_say(SITE_FAILED, folder, strerror(errno));
	status = run(s, folder);
	if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		return site_say(SITE_FAILED, folder, strerror(errno));
	return status;
}
