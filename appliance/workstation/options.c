/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workstation/options.h"

#include <getopt.h>
#include <limits.h>

enum { ROW_FIRST = 256 }; /* getopt's numbers of rows: past all letters */

static bool has_value(enum option_kind kind)
{
	return kind != OPTION_FLAG;
}

/* getopt's own tables; `letters` has room for two a row. */
static void make_tables(const struct options *o, struct option *table, char *letters)
{
	*letters++ = 'h';
	for (size_t i = 0; i < o->row_count; i++) {
		const struct option_row *row = &o->rows[i];

		*table++ = (struct option){row->name, has_value(row->kind) ? required_argument : no_argument, NULL,
					   ROW_FIRST + (int)i};
		if (row->letter == 0)
			continue;
		*letters++ = row->letter;
		if (has_value(row->kind))
			*letters++ = ':';
	}
	*table++ = (struct option){"help", no_argument, NULL, 'h'};
	*table = (struct option){NULL, 0, NULL, 0};
	*letters = '\0';
}

static size_t row_of(const struct options *o, int option)
{
	size_t i = 0;

	if (option >= ROW_FIRST)
		return (size_t)(option - ROW_FIRST);
	while (i < o->row_count && o->rows[i].letter != option)
		i++;
	return i;
}

static bool take_descriptor(const char *text, int *fd)
{
	uint64_t value;

	if (bytes_decimal(bytes_str(text), INT_MAX, &value) != ERR_OK)
		return false;
	*fd = (int)value;
	return true;
}

static int take(const struct options *o, size_t i, const char *value)
{
	const struct option_row *row = &o->rows[i];
	char *at = (char *)o->to + row->at;

	if (row->takes != 0 && (row->takes & o->takes) == 0)
		return OPTIONS_WRONG;
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)(void *)at = value;
		return 0;
	case OPTION_DESCRIPTOR:
		return take_descriptor(value, (int *)(void *)at) ? 0 : OPTIONS_WRONG;
	case OPTION_CALL:
		return o->call(i, value, o->to);
	}
	return OPTIONS_WRONG;
}

int options_read(int argc, char **argv, const struct options *o, int *first)
{
	struct option table[OPTION_ROWS_MAX + 2];
	char letters[2 * OPTION_ROWS_MAX + 2];
	int status = 0;
	int option;

	BUG_IF(o->row_count > OPTION_ROWS_MAX);
	make_tables(o, table, letters);
	optind = 1;
	while (status == 0 && (option = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		size_t row;

		if (option == 'h')
			return OPTIONS_HELP;
		row = row_of(o, option);
		status = row < o->row_count ? take(o, row, optarg) : OPTIONS_WRONG;
	}
	*first = optind;
	return status;
}
