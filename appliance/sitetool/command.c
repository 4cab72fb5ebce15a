/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier site: the table of commands. */
#include "sitetool/command.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "announce/announce.h"
#include "base/err.h"
#include "sitefile/say.h"
#include "workstation/tidy.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's own name */
	const char *help;
} commands[] = {
    {"init", site_init, "make the file that makes a box this box"},
    {"show", site_show, "what a site file says, without its secrets"},
    {"check", site_check_file, "all that is wrong with one, line by line"},
    {"edit", site_edit, "change one in your editor"},
    {"rotate", site_rotate, "a desk's new keys, or another passphrase"},
    {"export", site_export, "the onion keys, or a recovery copy for a safe"},
    {"recover", site_recover, "a site file from a recovery copy"},
    {"refresh", site_refresh, "keep its entry guards in order"},
    {"announce", site_announce, "make pages for your own website: how sources reach the box"},
    {"signing-key", site_signing_key, "make a key that signs the box's address"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static int help(FILE *to, int status)
{
	fprintf(to, "usage: courier site COMMAND [ARGUMENT...]\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\n`courier site COMMAND --help` says more.\n"
		    "Exit status: 0 done; 1 the system refused something; 2 the command line is wrong; 3 a file that "
		    "was given is\nwrong.\n");
	return status;
}

int site_main(int argc, char **argv)
{
	const struct rlimit no_core = {0, 0};

	/* What it holds in memory is for no file. */
	umask(077);
	BUG_IF(setrlimit(RLIMIT_CORE, &no_core) != 0);
	tidy_on_signals();
	if (argc < 2)
		return help(stderr, SITE_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return help(stdout, SITE_DONE);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	(void)site_say(SITE_USAGE, argv[1], "There is no such command.");
	return help(stderr, SITE_USAGE);
}
