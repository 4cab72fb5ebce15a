/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/status.h"

#include "base/fd.h"
#include "console/advice.h"
#include "console/progress.h"
#include "net/net.h"

enum { FIRST_ROW = 3, VALUE_COLUMN = 15, ADVICE_ROW = 16, NOTES_ROW = 12 };

/* ---- words */

static void put_count(struct buf *out, uint64_t n, const char *one, const char *several)
{
	buf_decimal(out, n);
	buf_str(out, " ");
	buf_str(out, n == 1 ? one : several);
}

/* One digit after the point; a megabyte has a million bytes. */
static void put_size(struct buf *out, uint64_t n)
{
	buf_decimal(out, n / 1000000);
	buf_str(out, ".");
	buf_decimal(out, n / 100000 % 10);
	buf_str(out, " MB");
}

static void put_day(struct buf *out, uint32_t day)
{
	uint8_t text[10];

	clock_day_text(day, text);
	buf_put(out, BYTES_ARRAY(text));
}

static void put_two_digits(struct buf *out, uint64_t n)
{
	buf_byte(out, (uint8_t)('0' + n / 10 % 10));
	buf_byte(out, (uint8_t)('0' + n % 10));
}

/* ---- the status page, a function a line */

static void put_address6(struct buf *out, const struct screen_state *s)
{
	progress_put_address6(out, &s->box);
}

static void put_net(struct buf *out, const struct screen_state *s)
{
	static const char *const words[NET_STATE_COUNT] = {
	    [NET_STATE_NO_CARD] = "no wired network card found",
	    [NET_STATE_NO_CARRIER] = "no cable, or nothing at its other end",
	    [NET_STATE_ASKING] = "asking for an address",
	    [NET_STATE_UP] = "up, address ",
	};

	buf_str(out, s->box.net_state < NET_STATE_COUNT ? words[s->box.net_state] : "unknown");
	if (s->box.net_state == NET_STATE_UP)
		progress_put_address(out, &s->box);
	if (s->box.cards > 1 && s->box.net_state >= NET_STATE_ASKING) {
		buf_str(out, ", card ");
		progress_put_card(out, s->box.mac);
	}
	if (s->box.dropped > 0) {
		buf_str(out, ", dropped ");
		buf_decimal(out, s->box.dropped);
	}
}

static void put_tor(struct buf *out, const struct screen_state *s)
{
	if (s->box.bootstrap >= 100) {
		buf_str(out, "connected");
	} else if (s->box.bootstrap == 0) {
		buf_str(out, "not connected");
	} else {
		buf_str(out, "connecting, ");
		buf_decimal(out, s->box.bootstrap);
		buf_str(out, " %");
	}
	buf_str(out, s->box.published >= 2   ? "; both addresses are published"
		     : s->box.published == 1 ? "; one address is published, the other not yet"
					     : "; nothing is published yet");
}

static void put_guards(struct buf *out, const struct screen_state *s)
{
	static const char *const words[GUARD_STANDING_COUNT] = {
	    [GUARDS_UNKNOWN] = "not known yet",
	    [GUARDS_SAME] = "the same as at the last start",
	    [GUARDS_NEW] = "new: the site file names none",
	    [GUARDS_MOVED] = "the site file's first ones are gone, the next are used",
	    [GUARDS_BRIDGES] = "bridges",
	};

	buf_str(out, s->box.guard_standing < GUARD_STANDING_COUNT ? words[s->box.guard_standing] : "unknown");
	if (s->box.guard_standing == GUARDS_SAME || s->box.guard_standing == GUARDS_MOVED) {
		buf_str(out, "; ");
		put_count(out, s->box.guard_age_days, "day old", "days old");
	}
}

static void put_door(struct buf *out, const struct screen_state *s)
{
	if (!s->box.door_open) {
		buf_str(out, "closed");
		return;
	}
	buf_str(out, "open, ");
	put_count(out, s->box.busy, "connection", "connections");
}

static void put_clock(struct buf *out, const struct screen_state *s)
{
	static const char *const words[CLOCK_STATE_COUNT] = {
	    [CLOCK_OF_MACHINE] = "Tor has no complaint",
	    [CLOCK_OF_BUILD] = "not known: the image's day stands in",
	    [CLOCK_OF_OPERATOR] = "as it was typed at the start",
	    [CLOCK_OF_RELAYS] = "as three relays agreed",
	};
	int64_t seconds = (int32_t)s->box.skew_s;

	if (s->today != 0) {
		put_day(out, s->today);
		if (!s->lasting) {
			buf_str(out, " ");
			put_two_digits(out, s->minute / 60);
			buf_str(out, ":");
			put_two_digits(out, s->minute % 60);
		}
		buf_str(out, " UTC; ");
	}
	if (seconds == 0) {
		buf_str(out, s->box.clock < CLOCK_STATE_COUNT ? words[s->box.clock] : "unknown");
		return;
	}
	buf_str(out, "Tor says it is ");
	put_count(out, (uint64_t)(seconds > 0 ? seconds : -seconds), "second ", "seconds ");
	buf_str(out, seconds > 0 ? "fast" : "slow");
}

uint32_t status_desk_away_days(const struct screen_state *s)
{
	uint32_t since = s->today > s->box.desk_day ? s->today - s->box.desk_day : 0;

	return since < s->uptime_days ? since : s->uptime_days;
}

static void put_desk(struct buf *out, const struct screen_state *s)
{
	uint32_t away = status_desk_away_days(s);

	if (s->box.desk_day == 0) {
		buf_str(out, "has not collected since the box started");
		return;
	}
	buf_str(out, "last seen on ");
	put_day(out, s->box.desk_day);
	if (away > 0) {
		buf_str(out, ", ");
		put_count(out, away, "day ago", "days ago");
	}
}

static void put_held(struct buf *out, const struct screen_state *s)
{
	put_count(out, s->box.conversations, "conversation", "conversations");
	buf_str(out, ", ");
	put_count(out, s->box.messages, "message", "messages");
}

static void put_store(struct buf *out, const struct screen_state *s)
{
	put_size(out, s->box.used);
	buf_str(out, " of ");
	put_size(out, s->box.capacity);
	buf_str(out, "; ");
	put_held(out, s);
}

static void put_processes(struct buf *out, const struct screen_state *s)
{
	buf_str(out, "up ");
	put_count(out, s->uptime_days, "day", "days");
	buf_str(out, "; ");
	put_count(out, s->box.restarts, "restart", "restarts");
	buf_str(out, ", ");
	put_count(out, s->box.crashes, "worker crashed", "workers crashed");
}

static void put_switch(struct buf *out, const struct screen_state *s)
{
	buf_str(out, "itself in ");
	put_count(out, s->box.dead_man_hours, "hour", "hours");
	buf_str(out, " unless a desk comes (the dead man's switch)");
}

static void put_program(struct buf *out, const struct screen_state *s)
{
	static const uint8_t unknown[sizeof s->box.binary];

	if (memcmp(s->box.binary, unknown, sizeof unknown) == 0)
		buf_str(out, "its hash is not computed yet");
	else
		buf_hex(out, BYTES_ARRAY(s->box.binary));
}

static void put_register_4(struct buf *out, const struct screen_state *s)
{
	buf_hex(out, BYTES_ARRAY(s->box.pcr4));
}

static void put_register_11(struct buf *out, const struct screen_state *s)
{
	buf_hex(out, BYTES_ARRAY(s->box.pcr11));
}

static void put_watchdog(struct buf *out, const struct screen_state *s)
{
	static const char *const words[WATCHDOG_KIND_COUNT] = {
	    [WATCHDOG_NONE] = "none: if the box hangs, somebody has to restart it",
	    [WATCHDOG_KERNEL] = "the kernel's, which doesn't help if the kernel hangs",
	    [WATCHDOG_HARDWARE] = "the machine's",
	};

	buf_str(out, s->box.watchdog < WATCHDOG_KIND_COUNT ? words[s->box.watchdog] : "unknown");
}

struct status_line {
	size_t row;
	const char *label;
	void (*put)(struct buf *out, const struct screen_state *s);
};

static const struct status_line lines[] = {
    {5, "Network", put_net}, {6, "Tor", put_tor},    {7, "Guards", put_guards}, {8, "Door", put_door},
    {9, "Clock", put_clock}, {11, "Desk", put_desk}, {12, "Store", put_store},  {13, "Processes", put_processes},
};

static void draw_line(const struct screen_state *s, struct screen *out, const struct status_line *l)
{
	struct buf line = sheet_row(out, l->row);

	buf_str(&line, "  ");
	buf_str(&line, l->label);
	buf_fill(&line, ' ', VALUE_COLUMN - line.len);
	l->put(&line, s);
	sheet_row_end(out, l->row, &line);
}

static void put_source_address(struct buf *out, const struct screen_state *s)
{
	(void)sheet_put_text(out, s->site.source_address, SCREEN_COLUMNS - VALUE_COLUMN);
}

/* ---- pages */

static size_t draw_text(struct screen *out, size_t row, struct bytes text)
{
	const struct sheet_box box = {
	    .row = row, .rows = SHEET_KEYS_ROW - 1 - row, .column = 2, .columns = SCREEN_COLUMNS - 2};

	return sheet_wrap(out, box, text);
}

void status_draw(const struct screen_state *s, struct screen *out)
{
	if (s->site.source_address.n == 0) { /* there is no site */
		size_t rows = draw_text(out, FIRST_ROW, s->box.boot_notes);
		(void)draw_text(
		    out, FIRST_ROW + rows + 1,
		    BYTES_LITERAL("Power off (p) and write the stick anew; courier site check says all that is "
				  "wrong with a site file (docs/OPERATE.md)."));
		return;
	}
	draw_line(s, out, &(struct status_line){FIRST_ROW, "Address", put_source_address});
	if (!s->known) {
		sheet_text(out, FIRST_ROW + 2, "  The box is starting.");
		return;
	}
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		draw_line(s, out, &lines[i]);
	if (s->box.dead_man_hours > 0)
		draw_line(s, out, &(struct status_line){14, "Wipes", put_switch});
	advice_draw(s, out, ADVICE_ROW);
}

void status_draw_machine(const struct screen_state *s, struct screen *out)
{
	draw_line(s, out, &(struct status_line){FIRST_ROW, "Program", put_program});
	if (s->box.measured) {
		draw_line(s, out, &(struct status_line){FIRST_ROW + 1, "PCR 4", put_register_4});
		draw_line(s, out, &(struct status_line){FIRST_ROW + 2, "PCR 11", put_register_11});
		sheet_text(out, FIRST_ROW + 4,
			   "  Is it the program you built? docs/REPRODUCE.md tells how to compare.");
	} else {
		sheet_text(out, FIRST_ROW + 2,
			   "  There is no TPM: nothing but the program itself says which program runs.");
	}
	draw_line(s, out, &(struct status_line){FIRST_ROW + 6, "Watchdog", put_watchdog});
	draw_line(s, out, &(struct status_line){FIRST_ROW + 7, "IPv6", put_address6});
	if (s->box.boot_notes.n > 0)
		sheet_text(out, NOTES_ROW, "  The start noted:");
	(void)draw_text(out, NOTES_ROW + 1, s->box.boot_notes);
}

void status_draw_held(const struct screen_state *s, struct screen *out, size_t row)
{
	draw_line(s, out, &(struct status_line){row, "It holds", put_held});
	draw_line(s, out, &(struct status_line){row + 1, "Desk", put_desk});
}
