/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/screen.h"

#include "console/qr.h"
#include "console/status.h"

enum { FIRST_ROW = 3, NOTES_ROW = 16 };

static const char keys[] = "  a address   m machine   l lock   d draw again   p wipe, power off   r restart";
static const char keys_without_site[] = "  d draw again   p power off   r restart";

/* Who passes by learns nothing while it is locked. */
static void draw_title(const struct screen_state *s, struct screen *out)
{
	sheet_title(out, s->locked ? BYTES_LITERAL("") : s->site.name);
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

	draw_title(s, out);
	sheet_text(out, 4, question);
	sheet_text(out, 6, "  All that the box holds is in its memory and will be gone. Messages that no");
	sheet_text(out, 7, "  desk has collected are lost; sources keep their codenames.");
	if (s->page == PAGE_REBOOT)
		sheet_text(out, 8, "  If the site file is sealed, somebody has to type its passphrase then.");
	if (s->known && !s->locked)
		status_draw_held(s, out, 10);
	line = sheet_row(out, 13);
	buf_str(&line, "  Type YES and press Enter to ");
	buf_str(&line, verb);
	buf_str(&line, ". Esc goes back.");
	sheet_row_end(out, 13, &line);
	line = sheet_row(out, 15);
	buf_str(&line, "  > ");
	(void)sheet_put_text(&line, bytes_of(s->answer, s->answer_len), ANSWER_MAX);
	sheet_row_end(out, 15, &line);
}

static void draw_notes(const struct screen_state *s, struct screen *out)
{
	const struct sheet_box box = {
	    .row = NOTES_ROW, .rows = SHEET_KEYS_ROW - 1 - NOTES_ROW, .column = 2, .columns = SCREEN_COLUMNS - 2};

	(void)sheet_wrap(out, box, s->box.boot_notes);
}

/* The word, and once a key was pressed how to go on. */
static void draw_locked(const struct screen_state *s, struct screen *out)
{
	sheet_text(out, SCREEN_ROWS / 2, "                                    locked");
	if (s->hint)
		sheet_text(out, SHEET_KEYS_ROW, "  show, then Enter: back     Esc: power off");
}

static void draw_start(const struct screen_state *s, struct screen *out)
{
	ask_draw(&s->ask, s->lasting, out);
	if (s->ask.open)
		return;
	if (s->ask.said_len == 0)
		sheet_text(out, FIRST_ROW, "  The box is starting: it reads the site file.");
	draw_notes(s, out);
	sheet_keys(out, "  p  power off        r  restart");
}

void screen_render(const struct screen_state *s, struct screen *out)
{
	memset(out, 0, sizeof *out);
	switch (s->page) {
	case PAGE_START:
		draw_title(s, out);
		draw_start(s, out);
		break;
	case PAGE_STATUS:
		draw_title(s, out);
		status_draw(s, out);
		sheet_keys(out, s->site.source_address.n == 0 ? keys_without_site : keys);
		break;
	case PAGE_MACHINE:
		draw_title(s, out);
		status_draw_machine(s, out);
		sheet_keys(out, "  Any key goes back.");
		break;
	case PAGE_LOCKED:
		draw_locked(s, out);
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
		draw_title(s, out);
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

void screen_put_terminal(struct buf *out, const struct screen *s, bool anew)
{
	if (anew)
		buf_str(out, "\033c"); /* whatever state it was in, and whatever stood on it */
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
