/* SPDX-License-Identifier: GPL-3.0-or-later
 * A page: 25 lines of at most 79 columns, and what writes on one. No system call here. */
#ifndef CONSOLE_SHEET_H
#define CONSOLE_SHEET_H

#include "base/bytes.h"

enum {
	SCREEN_ROWS = 25,
	SCREEN_COLUMNS = 79,              /* the 80th would wrap on some terminals */
	SCREEN_ROW_BYTES = 4 * 80,        /* UTF-8 */
	SHEET_TITLE_ROW = 0,              /* and a rule below it */
	SHEET_KEYS_ROW = SCREEN_ROWS - 1, /* and a rule above it */
};

struct screen {
	uint8_t text[SCREEN_ROWS][SCREEN_ROW_BYTES];
	size_t len[SCREEN_ROWS];
	size_t rows; /* the last ones may be missing */
};

/* At most `columns` characters of text that isn't ours; returns how many. Everything but printable UTF-8 becomes '?':
 * controls of both sets, marks that turn the direction of a line, bytes that are no character's. */
size_t sheet_put_text(struct buf *out, struct bytes text, size_t columns);

/* A row: begin, append, end. What is too wide is cut; only absurd numbers are. */
struct buf sheet_row(struct screen *s, size_t row);
void sheet_row_end(struct screen *s, size_t row, const struct buf *line);
void sheet_text(struct screen *s, size_t row, const char *text);
void sheet_rule(struct screen *s, size_t row);
/* "Silent Courier" and a name that isn't ours, with a rule below. */
void sheet_title(struct screen *s, struct bytes name);
/* What the keys do, with a rule above. */
void sheet_keys(struct screen *s, const char *keys);

/* A part of the page that text is wrapped into. */
struct sheet_box {
	size_t row;
	size_t rows;
	size_t column;
	size_t columns;
};

/* Writes text that isn't ours, broken between words where it can be, and at each newline. What stands left of the box
 * stays; what stands in it or right of it goes. Returns the rows used; what doesn't fit is cut. */
size_t sheet_wrap(struct screen *s, struct sheet_box box, struct bytes text);

#endif
