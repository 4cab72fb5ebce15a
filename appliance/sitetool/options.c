/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sitetool/options.h"

#include <stdio.h>

#include "base/secret.h"
#include "workstation/options.h"

static uint8_t room[LIMIT_SITE_FILE];

struct buf site_room(void)
{
	return buf_over(room, sizeof room);
}

void site_room_wipe(void)
{
	SECRET_WIPE(room);
}

static const struct option_row rows[] = {
    {"passphrase-file", OPTION_TEXT, 0, offsetof(struct site_arguments, phrase.file), 0},
    {"passphrase-fd", OPTION_TEXT, 0, offsetof(struct site_arguments, phrase.descriptor), 0},
    {"new-passphrase-file", OPTION_TEXT, SITE_TAKES_NEW_PHRASE, offsetof(struct site_arguments, new_phrase.file), 0},
    {"new-passphrase-fd", OPTION_TEXT, SITE_TAKES_NEW_PHRASE, offsetof(struct site_arguments, new_phrase.descriptor),
     0},
    {"desk", OPTION_TEXT, SITE_TAKES_ROTATE, offsetof(struct site_arguments, desk), 0},
    {"from", OPTION_TEXT, SITE_TAKES_ROTATE | SITE_TAKES_REFRESH, offsetof(struct site_arguments, from), 0},
    {"source-key", OPTION_TEXT, SITE_TAKES_EXPORT, offsetof(struct site_arguments, source_key), 0},
    {"desk-key", OPTION_TEXT, SITE_TAKES_EXPORT, offsetof(struct site_arguments, desk_key), 0},
    {"recovery", OPTION_TEXT, SITE_TAKES_EXPORT, offsetof(struct site_arguments, recovery), 0},
    {"out", OPTION_TEXT, SITE_TAKES_OUT, offsetof(struct site_arguments, out), 0},
    {"passphrase", OPTION_FLAG, SITE_TAKES_ROTATE, offsetof(struct site_arguments, passphrase), 0},
    {"unattended", OPTION_FLAG, SITE_TAKES_ROTATE, offsetof(struct site_arguments, unattended), 0},
    {"choose-guards", OPTION_FLAG, SITE_TAKES_REFRESH, offsetof(struct site_arguments, choose_guards), 0},
};

int site_options(int argc, char **argv, unsigned takes, const char *usage, struct site_arguments *a, bool *go_on)
{
	const struct options options = {rows, sizeof rows / sizeof rows[0], takes, a, NULL};
	int first, status;

	*a = (struct site_arguments){.path = NULL};
	*go_on = false;
	status = options_read(argc, argv, &options, &first);
	if (status == OPTIONS_HELP) {
		fputs(usage, stdout);
		return SITE_DONE;
	}
	if (status != 0) {
		fprintf(stderr, "courier site: `courier site %s --help` lists the options.\n", argv[0]);
		return SITE_USAGE;
	}
	if (argc - first != 1) {
		fputs(usage, stderr);
		return SITE_USAGE;
	}
	a->path = argv[first];
	*go_on = true;
	return SITE_DONE;
}
