/* SPDX-License-Identifier: GPL-3.0-or-later
 * A command line by a table: options with two dashes, in any order, and arguments. Commands that have options in common
 * share a table, and each says which of its rows it has. */
#ifndef WORKSTATION_OPTIONS_H
#define WORKSTATION_OPTIONS_H

#include "base/bytes.h"

enum option_kind {
	OPTION_FLAG,       /* no value; a bool becomes true */
	OPTION_TEXT,       /* a const char * becomes the value */
	OPTION_DESCRIPTOR, /* an int becomes the value, a number */
	OPTION_CALL,       /* a value that the command looks at itself */
};

struct option_row {
	const char *name; /* without its dashes */
	enum option_kind kind;
	unsigned takes; /* bits; 0: every command has it */
	size_t at;      /* of the bool, text or number in `to` */
	char letter;    /* one dash and this is the same; 0: none */
};

struct options {
	const struct option_row *rows;
	size_t row_count;
	unsigned takes; /* this command's: a row with none of these bits is unknown here */
	void *to;
	/* Told of each option of the kind OPTION_CALL; any answer but 0 ends the reading. May be NULL without such. */
	int (*call)(size_t row, const char *value, void *to);
};

enum { OPTIONS_HELP = -1, OPTIONS_WRONG = -2, OPTION_ROWS_MAX = 32 };

/* argv[0] is the command's name. 0: all were read, and argv[*first] is the first argument. OPTIONS_HELP: --help or -h,
 * and nothing behind it was looked at. OPTIONS_WRONG: there is no such option, or its value is wrong; getopt may have
 * said so on descriptor 2. Else what call() returned. May be called again for the same line. */
int options_read(int argc, char **argv, const struct options *o, int *first);

#endif
