/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site refresh */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/random.h"
#include "base/secret.h"
#include "site/guards.h"
#include "sitefile/hold.h"
#include "sitetool/choose.h"
#include "sitetool/command.h"
#include "sitetool/options.h"

static const char usage[] =
    "usage: courier site refresh SITE --from FILE | --choose-guards\n"
    "\n"
    "Keeps the entry guards of a site file in order. A box without them draws new ones at each start, and sooner or "
    "later\n"
    "a hostile one (docs/GUARDS.md).\n"
    "\n"
    "  --from FILE        what the box said of its guards: boxes/NAME/guards in a desk's folder, after `courier desk "
    "sync`.\n"
    "                     Fills a site file that has none; of one that has some, notes which were used, and drops "
    "those\n"
    "                     that are too old. It never exchanges a guard for another.\n"
    "  --choose-guards    draws new ones now, through Tor, from this computer. After a box was taken over\n"
    "  --passphrase-file FILE, --passphrase-fd N\n"
    "                     the passphrase is the first line of a file or of a descriptor, instead of asking for it\n"
    "\n"
    "Then put the site file on the stick, and start the box anew.\n"
    "\n"
    "Example:\n"
    "  courier site refresh box.site --from DESK/boxes/box/guards\n";

static uint8_t collected_text[4 * LIMIT_GUARDS_TEXT]; /* with comments */
static struct site collected;

static int read_collected(const char *path)
{
	struct site_fault fault = {0};
	struct bytes rest, line, key, value;
	size_t n;
	enum err e = fd_read_file(path, collected_text, sizeof collected_text, &n);

	if (e != ERR_OK)
		return site_say(SITE_FAILED, path, e == ERR_TOO_BIG ? "This is too big." : strerror(errno));
	rest = bytes_of(collected_text, n);
	while (bytes_split(&rest, '\n', &line)) {
		fault.line++;
		line = bytes_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!site_split_line(line, &key, &value) || !bytes_eq_str(key, "guard"))
			return site_say(SITE_INPUT, path,
					"This is not a desk's file of guards: each line is \"guard = ...\".");
		if (!site_take_guard(value, &collected, &fault))
			return site_say_fault(path, &fault);
	}
	if (collected.guards.count == 0)
		return site_say(SITE_INPUT, path,
				"It has no guards. Has the desk synced with the box since it started?");
	return SITE_DONE;
}

static int write_guards(struct hold *hold)
{
	static const char *const keys[] = {"guard-seed", "guard"};
	uint8_t storage[LIMIT_GUARDS_TEXT + (LIMIT_GUARDS + 1) * 64];
	struct buf with = buf_over(storage, sizeof storage);
	struct buf out = site_room();

	site_write_guards(&with, &hold->site);
	BUG_IF(with.failed);
	hold_replace_lines(&out, buf_view(&hold->text), keys, 2, buf_view(&with));
	SECRET_WIPE(storage);
	return out.failed ? site_say(SITE_INPUT, hold->path, "The site file would be bigger than 256 KiB.")
			  : hold_replace(hold, buf_view(&out));
}

static int refresh(struct hold *hold, const char *from)
{
	struct guards_refreshed r;
	int status = SITE_DONE;

	if (from != NULL)
		status = read_collected(from);
	if (status != SITE_DONE)
		return status;
	/* First: with it the days of new guards are blurred. */
	if (!hold->site.has_guard_seed) {
		random_fill(hold->site.guard_seed, sizeof hold->site.guard_seed);
		hold->site.has_guard_seed = true;
	}
	if (from == NULL) {
		status = choose_guards(&hold->site);
		r = (struct guards_refreshed){.taken = hold->site.guards.count};
	} else {
		r = site_refresh_guards(&hold->site.guards, &collected.guards, clock_day());
	}
	if (status == SITE_DONE)
		status = write_guards(hold);
	if (status != SITE_DONE)
		return status;
	printf("guards in the site file: %zu (%zu new, %zu used for the first time, %zu dropped: too old)\n",
	       hold->site.guards.count, r.taken, r.confirmed, r.dropped);
	if (hold->site.guards.count == 0)
		puts("The box draws new ones at its next start. Sync with it then, and refresh the site file again.");
	return SITE_DONE;
}

int site_refresh(int argc, char **argv)
{
	struct site_arguments a;
	struct hold *hold = hold_static();
	bool go_on;
	int status = site_options(argc, argv, SITE_TAKES_REFRESH, usage, &a, &go_on);

	if (!go_on)
		return status;
	if (a.choose_guards == (a.from != NULL))
		return site_say(SITE_USAGE, "", "One of --from and --choose-guards is needed.");
	status = hold_open(a.path, &a.phrase, hold);
	if (status == SITE_DONE)
		status = refresh(hold, a.from);
	hold_drop(hold);
	site_room_wipe();
	return status;
}
