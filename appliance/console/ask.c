/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/ask.h"

#include "base/secret.h"
#include "console/qr.h"
#include "console/reader.h"

enum {
	FIRST_ROW = 3,
	LAST_ROW = SHEET_KEYS_ROW - 2, /* of what is asked and typed */
	MARGIN = 2,
	LINE_ROWS = 3, /* at most, of what is typed */
	SAID_ROWS = 6, /* of what was said: the question below it has as many and more */
};

/* ---- what was asked, what is typed */

static void keep(uint8_t *to, size_t *len, struct bytes text)
{
	if (text.n > 0)
		memcpy(to, text.p, text.n);
	*len = text.n;
}

static void wipe_line(struct ask *a)
{
	SECRET_WIPE(a->line);
	a->line_len = 0;
	a->unlasting = false;
}

enum err ask_take(struct ask *a, const struct message_ASK *m)
{
	if (m->kind >= ASK_KIND_COUNT)
		return ERR_FORMAT;
	wipe_line(a);
	if (m->kind == ASK_SAY) {
		a->open = false;
		keep(a->said, &a->said_len, m->text);
		return ERR_OK;
	}
	a->open = true;
	a->kind = m->kind;
	a->number++;
	keep(a->text, &a->text_len, m->text);
	SECRET_WIPE(a->show);
	keep(a->show, &a->show_len, m->show);
	return ERR_OK;
}

void ask_done(struct ask *a)
{
	uint32_t number = a->number;

	secret_wipe(a, sizeof *a);
	a->number = number;
}

static void take_back(struct ask *a)
{
	while (a->line_len > 0) {
		uint8_t last = a->line[--a->line_len];
		a->line[a->line_len] = 0;
		if ((last & 0xc0) != 0x80)
			return;
	}
}

bool ask_key(struct ask *a, uint8_t key)
{
	if (!a->open)
		return false;
	if (key == KEY_ENTER) {
		if (a->kind != ASK_SHOW || bytes_eq_str(bytes_of(a->line, a->line_len), "yes"))
			return true;
		wipe_line(a);
	} else if (key == KEY_BACKSPACE) {
		take_back(a);
	} else if (key == KEY_CLEAR) {
		wipe_line(a);
	} else if (key == KEY_TAB) {
		a->unlasting = !a->unlasting;
	} else if (key >= ' ' && a->line_len < sizeof a->line) {
		a->line[a->line_len++] = key;
	}
	return false;
}

/* ---- the page */

static struct sheet_box from_row(size_t row)
{
	return (struct sheet_box){
	    .row = row, .rows = LAST_ROW + 1 - row, .column = MARGIN, .columns = SCREEN_COLUMNS - MARGIN};
}

/* The end of what is typed, as much as fits. */
static void draw_line(const struct ask *a, bool lasting, struct sheet_box box, struct screen *out)
{
	struct bytes typed = bytes_of(a->line, a->line_len);
	struct sheet_box prompt = box;
	size_t room;

	(void)sheet_wrap(out, prompt, BYTES_LITERAL(">"));
	box.column += 2;
	box.columns -= 2;
	room = (box.rows - 1) * box.columns; /* a row less: lines break between words */
	if (a->kind == ASK_SECRET && typed.n > 0 && (lasting || !a->unlasting))
		typed = BYTES_LITERAL("(not shown)");
	(void)sheet_wrap(out, box, bytes_from(typed, typed.n > room ? typed.n - room : 0));
}

static size_t draw_said(const struct ask *a, struct screen *out)
{
	struct sheet_box box = from_row(FIRST_ROW);

	box.rows = SAID_ROWS;
	return a->said_len == 0 ? 0 : sheet_wrap(out, box, bytes_of(a->said, a->said_len)) + 1;
}

/* The code on the left, everything else on its right: no page has room for both below each other. */
static void draw_show(const struct ask *a, bool lasting, struct screen *out)
{
	const struct bytes show = bytes_of(a->show, a->show_len);
	const struct bytes parts[] = {bytes_of(a->said, a->said_len), bytes_of(a->text, a->text_len), show};
	struct sheet_box box = from_row(FIRST_ROW - 1);
	size_t columns = 0;

	/* A large one takes the title's place. */
	if (qr_draw(out, box.row, 0, show, &columns) > 0 || qr_draw(out, 0, 0, show, &columns) > 0) {
		box.column = columns + 1;
		box.columns = SCREEN_COLUMNS - box.column;
	}
	box.rows -= 2 * LINE_ROWS;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		size_t used = parts[i].n == 0 ? 0 : sheet_wrap(out, box, parts[i]) + 1;
		used = used < box.rows ? used : box.rows;
		box.row += used;
		box.rows -= used;
	}
	box.rows = LINE_ROWS;
	box.row += sheet_wrap(out, box, BYTES_LITERAL("Type yes and press Enter once you have it."));
	draw_line(a, lasting, box, out);
}

void ask_draw(const struct ask *a, bool lasting, struct screen *out)
{
	struct sheet_box box;
	size_t used;

	if (a->open && a->kind == ASK_SHOW) {
		draw_show(a, lasting, out);
	} else {
		used = draw_said(a, out);
		if (!a->open)
			return;
		box = from_row(FIRST_ROW + used);
		box.rows -= box.rows > LINE_ROWS ? LINE_ROWS : 0;
		used = sheet_wrap(out, box, bytes_of(a->text, a->text_len)) + 1;
		box = from_row(box.row + used);
		box.rows = box.rows < LINE_ROWS ? box.rows : LINE_ROWS;
		draw_line(a, lasting, box, out);
	}
	sheet_keys(out, a->kind == ASK_SECRET
			    ? "  Enter  done   Tab  show what is typed   Esc  power off   Keyboard: US layout"
			    : "  Enter  done   Ctrl-U  clear the line   Esc  power off   Keyboard: US layout");
}
