/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/sheet.h"

#include <string.h>

#include "base/utf8.h"

/* ---- text that isn't ours */

static bool is_printable(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0x200b && c <= 0x200f) &&
	       !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff;
}

/* One character off the front of *text, as it is shown. */
static struct bytes take_shown(struct bytes *text)
{
	struct bytes rest = *text;
	struct bytes shown = BYTES_LITERAL("?");
	uint32_t c;

	if (utf8_next(&rest, &c) != ERR_OK)
		rest = bytes_from(*text, 1);
	else if (is_printable(c))
		shown = bytes_first(*text, text->n - rest.n);
	*text = rest;
	return shown;
}

size_t sheet_put_text(struct buf *out, struct bytes text, size_t columns)
{
	size_t done = 0;

	for (; done < columns && text.n > 0; done++)
		buf_put(out, take_shown(&text));
	return done;
}

/* ---- lines */

struct buf sheet_row(struct screen *s, size_t row)
{
	return buf_over(s->text[row], sizeof s->text[row]);
}

/* Where the character after `columns` characters begins; *columns: fewer if the line has fewer. */
static size_t bytes_of_columns(struct bytes line, size_t *columns)
{
	size_t seen = 0;
	size_t n = 0;

	for (; n < line.n; n++) {
		bool begins = (line.p[n] & 0xc0) != 0x80;
		if (begins && seen == *columns)
			break;
		seen += begins;
	}
	*columns = seen;
	return n;
}

void sheet_row_end(struct screen *s, size_t row, const struct buf *line)
{
	size_t columns = SCREEN_COLUMNS;

	BUG_IF(line->failed);
	s->len[row] = bytes_of_columns(buf_view(line), &columns);
}

void sheet_text(struct screen *s, size_t row, const char *text)
{
	struct buf line = sheet_row(s, row);

	buf_str(&line, text);
	sheet_row_end(s, row, &line);
}

void sheet_rule(struct screen *s, size_t row)
{
	struct buf line = sheet_row(s, row);

	buf_fill(&line, '-', SCREEN_COLUMNS);
	sheet_row_end(s, row, &line);
}

void sheet_title(struct screen *s, struct bytes name)
{
	const char *title = " Silent Courier";
	struct buf measured = sheet_row(s, SHEET_TITLE_ROW + 1); /* the rule then fills it */
	size_t columns = sheet_put_text(&measured, name, SCREEN_COLUMNS - strlen(title) - 3);
	struct buf line = sheet_row(s, SHEET_TITLE_ROW);

	buf_str(&line, title);
	if (columns > 0) {
		buf_fill(&line, ' ', SCREEN_COLUMNS - 1 - strlen(title) - columns);
		buf_put(&line, buf_view(&measured));
	}
	sheet_row_end(s, SHEET_TITLE_ROW, &line);
	sheet_rule(s, SHEET_TITLE_ROW + 1);
}

void sheet_keys(struct screen *s, const char *keys)
{
	sheet_rule(s, SHEET_KEYS_ROW - 1);
	sheet_text(s, SHEET_KEYS_ROW, keys);
}

/* ---- wrapped text */

/* How many bytes of a paragraph go on a line: up to the last space that fits, or as many as fit. */
static size_t line_bytes(struct bytes paragraph, size_t columns)
{
	struct bytes rest = paragraph;
	size_t whole_words = 0;
	size_t used = 0;

	for (; used < columns && rest.n > 0; used++) {
		if (rest.p[0] == ' ')
			whole_words = paragraph.n - rest.n;
		take_shown(&rest);
	}
	if (rest.n == 0 || rest.p[0] == ' ' || whole_words == 0)
		return paragraph.n - rest.n;
	return whole_words;
}

static void put_line(struct screen *s, size_t row, const struct sheet_box *box, struct bytes text)
{
	struct buf line = sheet_row(s, row);
	size_t columns = box->column;

	line.len = bytes_of_columns(bytes_of(s->text[row], s->len[row]), &columns);
	buf_fill(&line, ' ', box->column - columns);
	(void)sheet_put_text(&line, text, box->columns);
	sheet_row_end(s, row, &line);
}

size_t sheet_wrap(struct screen *s, struct sheet_box box, struct bytes text)
{
	struct bytes paragraph;
	size_t used = 0;

	while (used < box.rows && bytes_split(&text, '\n', &paragraph)) {
		do {
			size_t n = line_bytes(paragraph, box.columns);
			put_line(s, box.row + used++, &box, bytes_first(paragraph, n));
			paragraph = bytes_from(paragraph, n);
			if (paragraph.n > 0 && paragraph.p[0] == ' ')
				paragraph = bytes_from(paragraph, 1);
		} while (paragraph.n > 0 && used < box.rows);
	}
	return used;
}
