/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sitetool/options.h"

#include <getopt.h>
#include <stdio.h>

#include "base/secret.h"

static uint8_t room[LIMIT_SITE_FILE];

struct buf site_room(void)
{
	return buf_over(room, sizeof room);
}

void site_room_wipe(void)
{
	SECRET_WIPE(room);
}

static bool take_option(int option, unsigned takes, struct site_arguments *a)
{
	static const struct {
		int option;
		unsigned takes; /* 0: every command */
		size_t at;      /* of a `const char *` in struct site_arguments */
	} texts[] = {
	    {'f', 0, offsetof(struct site_arguments, phrase.file)},
	    {'d', 0, offsetof(struct site_arguments, phrase.descriptor)},
	    {'F', SITE_TAKES_NEW_PHRASE, offsetof(struct site_arguments, new_phrase.file)},
	    {'D', SITE_TAKES_NEW_PHRASE, offsetof(struct site_arguments, new_phrase.descriptor)},
	    {'n', SITE_TAKES_ROTATE, offsetof(struct site_arguments, desk)},
	    {'t', SITE_TAKES_ROTATE | SITE_TAKES_REFRESH, offsetof(struct site_arguments, from)},
	    {'s', SITE_TAKES_EXPORT, offsetof(struct site_arguments, source_key)},
	    {'k', SITE_TAKES_EXPORT, offsetof(struct site_arguments, desk_key)},
	    {'r', SITE_TAKES_EXPORT, offsetof(struct site_arguments, recovery)},
	    {'o', SITE_TAKES_OUT, offsetof(struct site_arguments, out)},
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].option == option) {
			*(const char **)((char *)a + texts[i].at) = optarg;
			return texts[i].takes == 0 || (takes & texts[i].takes) != 0;
		}
	if (option == 'c') {
		a->choose_guards = true;
		return (takes & SITE_TAKES_REFRESH) != 0;
	}
	if (option == 'p')
		a->passphrase = true;
	else if (option == 'u')
		a->unattended = true;
	else
		return false;
	return (takes & SITE_TAKES_ROTATE) != 0;
}

int site_options(int argc, char **argv, unsigned takes, const char *usage, struct site_arguments *a, bool *go_on)
{
	static const struct option options[] = {
	    {"passphrase-file", required_argument, NULL, 'f'},
	    {"passphrase-fd", required_argument, NULL, 'd'},
	    {"new-passphrase-file", required_argument, NULL, 'F'},
	    {"new-passphrase-fd", required_argument, NULL, 'D'},
	    {"desk", required_argument, NULL, 'n'},
	    {"from", required_argument, NULL, 't'},
	    {"source-key", required_argument, NULL, 's'},
	    {"desk-key", required_argument, NULL, 'k'},
	    {"recovery", required_argument, NULL, 'r'},
	    {"out", required_argument, NULL, 'o'},
	    {"passphrase", no_argument, NULL, 'p'},
	    {"unattended", no_argument, NULL, 'u'},
	    {"choose-guards", no_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	*a = (struct site_arguments){.path = NULL};
	*go_on = false;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return SITE_DONE;
		}
		if (!take_option(option, takes, a)) {
			fprintf(stderr, "courier site: `courier site %s --help` lists the options.\n", argv[0]);
			return SITE_USAGE;
		}
	}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		return SITE_USAGE;
	}
	a->path = argv[optind];
	*go_on = true;
	return SITE_DONE;
}
