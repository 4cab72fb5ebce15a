/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/advice.h"

#include "console/status.h"
#include "net/net.h"

enum {
	SLOW_MINUTES = 3, /* an address or a step of Tor's start usually takes seconds */
	AWAY_DAYS = 7,    /* a desk that collects on working days is never away for so long */
	ENDS_SOON_HOURS = 24,
	FULL_PERCENT = 80,
	SKEW_S = 60,  /* less than that hinders nobody */
	CRASHES = 10, /* one may be a bug's; many are somebody's doing */
};

/* ---- what may be amiss */

static bool no_card(const struct screen_state *s)
{
	return s->box.net_state == NET_STATE_NO_CARD;
}

static bool no_cable(const struct screen_state *s)
{
	return s->box.net_state == NET_STATE_NO_CARRIER;
}

static bool no_address(const struct screen_state *s)
{
	return s->box.net_state == NET_STATE_ASKING && s->still_minutes >= SLOW_MINUTES;
}

static bool is_up(const struct screen_state *s)
{
	return s->box.net_state == NET_STATE_UP;
}

static bool clock_is_fast(const struct screen_state *s)
{
	return (int32_t)s->box.skew_s > SKEW_S;
}

static bool clock_is_slow(const struct screen_state *s)
{
	return (int32_t)s->box.skew_s < -SKEW_S;
}

static bool clock_is_wrong(const struct screen_state *s)
{
	return clock_is_fast(s) || clock_is_slow(s);
}

static bool clock_is_unknown(const struct screen_state *s)
{
	return s->box.clock == CLOCK_OF_BUILD && !clock_is_wrong(s);
}

static bool guards_wait(const struct screen_state *s)
{
	return is_up(s) && s->box.guard_waiting != 0;
}

static bool tor_is_stuck(const struct screen_state *s)
{
	return is_up(s) && s->box.bootstrap < 100 && s->still_minutes >= SLOW_MINUTES && !clock_is_wrong(s) &&
	       !guards_wait(s);
}

static bool is_unpublished(const struct screen_state *s)
{
	return is_up(s) && s->box.bootstrap >= 100 && s->box.published < 2 && s->still_minutes >= SLOW_MINUTES;
}

static bool tor_starts(const struct screen_state *s)
{
	return is_up(s) && (s->box.bootstrap < 100 || s->box.published < 2) && !tor_is_stuck(s) && !is_unpublished(s) &&
	       !guards_wait(s);
}

static bool is_full(const struct screen_state *s)
{
	return s->box.capacity > 0 && s->box.used / FULL_PERCENT >= s->box.capacity / 100;
}

static bool desk_is_away(const struct screen_state *s)
{
	return status_desk_away_days(s) >= AWAY_DAYS;
}

static bool ends_soon(const struct screen_state *s)
{
	return s->box.dead_man_hours > 0 && s->box.dead_man_hours <= ENDS_SOON_HOURS;
}

static bool many_crashes(const struct screen_state *s)
{
	return s->box.crashes >= CRASHES;
}

static bool many_restarts(const struct screen_state *s)
{
	return s->box.restarts >= CRASHES;
}

static bool has_notes(const struct screen_state *s)
{
	return s->box.boot_notes.n > 0;
}

static bool new_guards(const struct screen_state *s)
{
	return s->box.guard_standing == GUARDS_NEW && s->box.bootstrap >= 100;
}

static const struct {
	bool (*holds)(const struct screen_state *s);
	const char *text;
} advice[] = {
    {no_card,
     "The box sees no wired network card. Plug in another one; many of those for USB work, too. There is no Wi-Fi."},
    {no_cable, "Plug the network cable in at both ends, and see that the router is on."},
    {no_address, "The network gives no address. Restart the router; if it gives none by itself (DHCP), write a fixed "
		 "one into the site file, as `network`."},
    {clock_is_fast,
     "The clock is fast, and the box never sets it back; Tor may refuse to work. Have the desk collect if it "
     "can, restart (r), and set the clock in the firmware's setup to UTC."},
    {clock_is_slow,
     "The clock is slow. The box puts it right once three relays agree. If it stays slow for an hour, restart "
     "(r) and set the clock in the firmware's setup to UTC."},
    {clock_is_unknown,
     "The machine's clock stood before the day of this image. Tor works once three relays told the time; "
     "at the next restart set the clock in the firmware's setup to UTC, and change the battery."},
    {guards_wait, "None of the box's entry guards answers. It waits for them and takes no others: that is safer. If "
		  "the network works for others, give it a day."},
    {tor_is_stuck, "Tor gets no further. See that this network lets other computers out, and that it doesn't block "
		   "Tor; where it does, put a bridge into the site file."},
    {is_unpublished,
     "Tor works, but the address is not published: nobody can reach the box. Tor tries again by itself; if "
     "it stays so for an hour, restart (r)."},
    {tor_starts, "The box is connecting; that takes a minute or two. Until then nobody can reach it."},
    {ends_soon, "Within a day the box wipes itself, unless a desk visits it: have one collect (courier desk sync)."},
    {is_full, "The store is nearly full; then senders are turned away. Have the desk collect and delete: courier desk "
	      "sync."},
    {desk_is_away, "No desk has been here for a week. Ask it to collect (courier desk sync): what it has not collected "
		   "is lost at a power cut."},
    {many_crashes, "Workers crash again and again: somebody may be attacking the box. What is stored is safe; ask for "
		   "a newer image."},
    {many_restarts,
     "Parts of the box fail and start again. Restart it (r) once the desk has collected; if that doesn't "
     "help, try other hardware."},
    {new_guards, "Tor drew new entry guards at this start. So that it keeps them next time: courier site refresh "
		 "(docs/GUARDS.md)."},
    {has_notes, "The start noted something: press m."},
};

void advice_draw(const struct screen_state *s, struct screen *out, size_t row)
{
	struct sheet_box box = {
	    .row = row, .rows = SHEET_KEYS_ROW - 1 - row, .column = 2, .columns = SCREEN_COLUMNS - 2};
	size_t said = 0;

	for (size_t i = 0; i < sizeof advice / sizeof advice[0] && box.rows > 0; i++) {
		size_t used;
		if (!advice[i].holds(s))
			continue;
		used = sheet_wrap(out, box, bytes_str(advice[i].text));
		box.row += used;
		box.rows -= used;
		said++;
	}
	if (said == 0)
		(void)sheet_wrap(out, box, BYTES_LITERAL("Nothing to do."));
}
