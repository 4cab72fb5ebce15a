/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/screen.h"

#include "base/fd.h"
#include "console/qr.h"
#include "net/net.h"

enum { FIRST_ROW = 3, VALUE_COLUMN = 15, NOTES_ROW = 16 };

/* ---- lines */

static struct buf row_labelled(struct screen *s, size_t row, const char *label)
{
	struct buf line = sheet_row(s, row);

	buf_str(&line, "  ");
	buf_str(&line, label);
	buf_fill(&line, ' ', VALUE_COLUMN - line.len);
	return line;
}

static void put_count(struct buf *out, uint64_t n, const char *one, const char *several)
{
	buf_decimal(out, n);
	buf_str(out, " ");
	buf_str(out, n == 1 ? one : several);
}

static void put_address(struct buf *out, const uint8_t address[static 4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			buf_str(out, ".");
		buf_decimal(out, address[i]);
	}
}

/* One digit after the point; a megabyte has a million bytes. */
static void put_size(struct buf *out, uint64_t n)
{
	buf_decimal(out, n / 1000000);
	buf_str(out, ".");
	buf_decimal(out, n / 100000 % 10);
	buf_str(out, " MB");
}

static int32_t skew(const struct message_CONSOLE_STATE *b)
{
	return (int32_t)b->skew_s;
}

/* ---- the status page, a function a line */

static void put_net(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	switch ((enum net_state)b->net_state) {
	case NET_STATE_NO_CARD:
		buf_str(out, "no wired network card found");
		break;
	case NET_STATE_NO_CARRIER:
		buf_str(out, "no cable, or nothing at its other end");
		break;
	case NET_STATE_ASKING:
		buf_str(out, "asking for an address");
		break;
	case NET_STATE_UP:
		buf_str(out, "up, address ");
		put_address(out, b->address);
		break;
	case NET_STATE_COUNT:
	default:
		buf_str(out, "unknown");
	}
}

static void put_tor(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	if (b->bootstrap >= 100) {
		buf_str(out, "connected");
	} else if (b->bootstrap == 0) {
		buf_str(out, "not connected");
	} else {
		buf_str(out, "connecting, ");
		buf_decimal(out, b->bootstrap);
		buf_str(out, " %");
	}
}

static void put_onion(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	buf_str(out, b->published >= 2   ? "both services are published"
		     : b->published == 1 ? "one service is published, the other not yet"
					 : "not published yet");
}

static void put_door(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	if (!b->door_open) {
		buf_str(out, "closed");
		return;
	}
	buf_str(out, "open, ");
	put_count(out, b->busy, "connection", "connections");
}

static void put_clock(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	int64_t seconds = skew(b);

	if (seconds == 0) {
		buf_str(out, "Tor has no complaint");
		return;
	}
	buf_str(out, seconds > 0 ? "fast by " : "slow by ");
	put_count(out, (uint64_t)(seconds > 0 ? seconds : -seconds), "second", "seconds");
	buf_str(out, ", Tor says");
}

static void put_desk(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	uint8_t day[10];

	if (b->desk_day == 0) {
		buf_str(out, "has not collected since the box started");
		return;
	}
	clock_day_text(b->desk_day, day);
	buf_str(out, "last seen on ");
	buf_put(out, BYTES_ARRAY(day));
}

static void put_store(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	put_size(out, b->used);
	buf_str(out, " of ");
	put_size(out, b->capacity);
	buf_str(out, "; ");
	put_count(out, b->conversations, "conversation", "conversations");
	buf_str(out, ", ");
	put_count(out, b->messages, "message", "messages");
}

static void put_processes(struct buf *out, const struct message_CONSOLE_STATE *b)
{
	put_count(out, b->restarts, "restart", "restarts");
	buf_str(out, ", ");
	put_count(out, b->crashes, "worker crashed", "workers crashed");
}

static const struct {
	size_t row;
	const char *label;
	void (*put)(struct buf *out, const struct message_CONSOLE_STATE *b);
} status_lines[] = {
    {5, "Network", put_net}, {6, "Tor", put_tor},    {7, "Onion", put_onion},  {8, "Door", put_door},
    {9, "Clock", put_clock}, {11, "Desk", put_desk}, {12, "Store", put_store}, {13, "Processes", put_processes},
};

static void draw_notes(struct bytes notes, struct screen *out)
{
	struct bytes note;

	for (size_t i = 0; i < SCREEN_NOTES && bytes_split(&notes, '\n', &note); i++) {
		struct buf line = sheet_row(out, NOTES_ROW + i);

		buf_str(&line, "  ");
		(void)sheet_put_text(&line, note, SCREEN_COLUMNS - 2);
		sheet_row_end(out, NOTES_ROW + i, &line);
	}
}

static void draw_status(const struct screen_state *s, struct screen *out)
{
	struct buf line = row_labelled(out, FIRST_ROW, "Address");

	(void)sheet_put_text(&line, s->site.source_address, SCREEN_COLUMNS - VALUE_COLUMN);
	sheet_row_end(out, FIRST_ROW, &line);
	for (size_t i = 0; s->known && i < sizeof status_lines / sizeof status_lines[0]; i++) {
		line = row_labelled(out, status_lines[i].row, status_lines[i].label);
		status_lines[i].put(&line, &s->box);
		sheet_row_end(out, status_lines[i].row, &line);
	}
	if (!s->known)
		sheet_text(out, FIRST_ROW + 2, "  The box is starting.");
	draw_notes(s->box.boot_notes, out);
	sheet_keys(out, "  a  address, large        p  power off        r  restart");
}

static void draw_address(const struct screen_state *s, struct screen *out)
{
	const size_t qr_columns = 41;
	size_t rows = qr_draw_address(out, 1, (SCREEN_COLUMNS - qr_columns) / 2, s->site.source_address);
	struct buf line = sheet_row(out, SHEET_TITLE_ROW);

	buf_str(&line, " Silent Courier: the address for sources");
	sheet_row_end(out, SHEET_TITLE_ROW, &line);
	line = sheet_row(out, rows + 2);
	buf_str(&line, "  http://");
	(void)sheet_put_text(&line, s->site.source_address, SCREEN_COLUMNS - 10);
	buf_str(&line, "/");
	sheet_row_end(out, rows + 2, &line);
	sheet_text(out, SHEET_KEYS_ROW, "  Any key goes back.");
}

static void draw_question(const struct screen_state *s, struct screen *out, const char *question, const char *verb)
{
	struct buf line;

	sheet_title(out, s->site.name);
	sheet_text(out, 4, question);
	sheet_text(out, 6, "  All that the box holds is in its memory and will be gone. Messages that no");
	sheet_text(out, 7, "  desk has collected are lost; sources keep their codenames.");
	if (s->known) {
		line = row_labelled(out, 9, "It holds");
		put_count(&line, s->box.conversations, "conversation", "conversations");
		buf_str(&line, ", ");
		put_count(&line, s->box.messages, "message", "messages");
		buf_str(&line, ".");
		sheet_row_end(out, 9, &line);
		line = row_labelled(out, 10, "Desk");
		put_desk(&line, &s->box);
		sheet_row_end(out, 10, &line);
	}
	line = sheet_row(out, 12);
	buf_str(&line, "  Type YES and press Enter to ");
	buf_str(&line, verb);
	buf_str(&line, ". Esc goes back.");
	sheet_row_end(out, 12, &line);
	line = sheet_row(out, 14);
	buf_str(&line, "  > ");
	(void)sheet_put_text(&line, bytes_of(s->answer, s->answer_len), ANSWER_MAX);
	sheet_row_end(out, 14, &line);
}

static void draw_start(const struct screen_state *s, struct screen *out)
{
	ask_draw(&s->ask, s->covered, out);
	if (s->ask.open)
		return;
	if (s->ask.said_len == 0)
		sheet_text(out, FIRST_ROW, "  The box is starting: it reads the site file.");
	draw_notes(s->box.boot_notes, out);
	sheet_keys(out, "  p  power off        r  restart");
}

void screen_render(const struct screen_state *s, struct screen *out)
{
	memset(out, 0, sizeof *out);
	switch (s->page) {
	case PAGE_START:
		sheet_title(out, s->site.name);
		draw_start(s, out);
		break;
	case PAGE_STATUS:
		sheet_title(out, s->site.name);
		draw_status(s, out);
		break;
	case PAGE_ADDRESS:
		draw_address(s, out);
		break;
	case PAGE_POWER_OFF:
		draw_question(s, out, "  Power off?", "power off");
		break;
	case PAGE_REBOOT:
		draw_question(s, out, "  Restart?", "restart");
		break;
	case PAGE_LEAVING:
		sheet_title(out, s->site.name);
		sheet_text(out, 4, "  Going down: the doors close and the memory is wiped.");
		break;
	}
	for (size_t i = 0; i < SCREEN_ROWS; i++)
		if (out->len[i] > 0)
			out->rows = i + 1;
}

bool screen_equal(const struct screen *a, const struct screen *b)
{
	return a->rows == b->rows && memcmp(a->len, b->len, sizeof a->len) == 0 &&
	       memcmp(a->text, b->text, sizeof a->text) == 0;
}

/* ---- bytes for a device */

void screen_put_terminal(struct buf *out, const struct screen *s)
{
	/* Cursor off, attributes off, white on black, home; then each line over the old one: nothing flickers. */
	buf_str(out, "\033[?25l\033[0;97;40m\033[H");
	for (size_t i = 0; i < s->rows; i++) {
		buf_put(out, bytes_of(s->text[i], s->len[i]));
		buf_str(out, i + 1 < SCREEN_ROWS ? "\033[K\n" : "\033[K");
	}
	buf_str(out, "\033[J");
}

void screen_put_serial(struct buf *out, const struct screen *s)
{
	buf_str(out, "\n");
	for (size_t i = 0; i < s->rows; i++) {
		buf_put(out, bytes_of(s->text[i], s->len[i]));
		buf_str(out, "\n");
	}
}

static void put_signed(struct buf *out, int64_t v)
{
	if (v < 0)
		buf_str(out, "-");
	buf_decimal(out, (uint64_t)(v < 0 ? -v : v));
}

static void progress_net(struct buf *out, const struct message_CONSOLE_STATE *now)
{
	static const char *const words[NET_STATE_COUNT] = {"no-card", "no-carrier", "asking", "up "};

	if (now->net_state >= NET_STATE_COUNT)
		return;
	buf_str(out, "courier: net ");
	buf_str(out, words[now->net_state]);
	if (now->net_state == NET_STATE_UP)
		put_address(out, now->address);
	buf_str(out, "\n");
}

static void progress_number(struct buf *out, const char *what, int64_t n)
{
	buf_str(out, "courier: ");
	buf_str(out, what);
	buf_str(out, " ");
	put_signed(out, n);
	buf_str(out, "\n");
}

static void progress_register(struct buf *out, const char *number, struct bytes value)
{
	buf_str(out, "courier: pcr ");
	buf_str(out, number);
	buf_str(out, " ");
	buf_hex(out, value);
	buf_str(out, "\n");
}

void screen_put_progress(struct buf *out, const struct message_CONSOLE_STATE *before,
			 const struct message_CONSOLE_STATE *now)
{
	static const struct message_CONSOLE_STATE blank = {.net_state = NET_STATE_COUNT};
	const struct message_CONSOLE_STATE *old = before != NULL ? before : &blank;

	if (now->net_state != old->net_state || memcmp(now->address, old->address, sizeof now->address) != 0)
		progress_net(out, now);
	if (now->bootstrap != old->bootstrap)
		progress_number(out, "tor", now->bootstrap);
	if ((now->published >= 2) != (old->published >= 2))
		buf_str(out, now->published >= 2 ? "courier: onion published\n" : "courier: onion unpublished\n");
	if (now->door_open != old->door_open)
		buf_str(out, now->door_open ? "courier: door open\n" : "courier: door closed\n");
	if (now->skew_s != old->skew_s)
		progress_number(out, "clock skew", skew(now));
	if (now->measured && !old->measured) {
		progress_register(out, "4", BYTES_ARRAY(now->pcr4));
		progress_register(out, "11", BYTES_ARRAY(now->pcr11));
	}
	if (now->restarts != old->restarts)
		progress_number(out, "restarts", now->restarts);
	if (now->crashes != old->crashes)
		progress_number(out, "crashes", now->crashes);
}
