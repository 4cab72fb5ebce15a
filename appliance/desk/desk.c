/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk: the table of commands and what they share. */
#include "desk/desk.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "desk/carrier.h"
#include "desk/command.h"
#include "workstation/options.h"
#include "workstation/tidy.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* NULL: desk_main() is given it */
	const char *help;
} commands[] = {
    {"init", desk_init, "make a desk: keys for reading, and what the operator needs"},
    {"add", desk_add, "tell it where its box is"},
    {"sync", desk_sync, "collect what came, and send what waits"},
    {"list", desk_list, "the conversations"},
    {"read", desk_read, "one conversation's messages; saves its attachments"},
    {"reply", desk_reply, "answer, with attachments if you like"},
    {"forget", desk_forget, "delete a conversation, here and at the box"},
    {"mute", desk_mute, "take nothing more from a conversation; its source sees no difference"},
    {"unmute", desk_unmute, "take its messages again"},
    {"status", desk_status, "how the desk and its boxes are"},
    {"drain", desk_drain, "before a planned restart: the box takes no new messages"},
    {"rotate", desk_rotate, "a new token, or a new identity"},
    {"revoke", desk_revoke, "the box shall let this desk in no more"},
    {"export", desk_export, "over an air gap: write what the other half of the desk lacks"},
    {"import", desk_import, "over an air gap: take in what the other half wrote"},
    {"serve", NULL, "all of this in a browser on this machine"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static int help(FILE *to, int status)
{
	fprintf(to, "usage: courier desk COMMAND DIR [ARGUMENT...]\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-7s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\nDIR is the desk's folder. `courier desk COMMAND --help` says more.\n"
		    "Exit status: 0 done; 1 the system, the network or the box failed, try again; 2 the command line "
		    "is wrong;\n"
		    "3 a file or argument is wrong or names nothing; 4 something hostile or damaged was refused, all "
		    "else is done.\n");
	return status;
}

int desk_main(int argc, char **argv, int (*serve)(int argc, char **argv))
{
	const struct rlimit no_core = {0, 0};

	/* What it holds in memory is for no file. */
	umask(077);
	BUG_IF(setrlimit(RLIMIT_CORE, &no_core) != 0);
	tidy_on_signals();
	if (argc < 2)
		return help(stderr, DESK_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return help(stdout, DESK_DONE);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			int (*run)(int, char **) = commands[i].run == NULL ? serve : commands[i].run;
			int status = run(argc - 1, argv + 1);
			carrier_stop();
			return status;
		}
	(void)desk_say(DESK_USAGE, argv[1], "There is no such command.");
	return help(stderr, DESK_USAGE);
}

int desk_say(enum desk_status status, const char *subject, const char *sentence)
{
	if (subject == NULL || *subject == '\0')
		fprintf(stderr, "courier desk: %s\n", sentence);
	else
		fprintf(stderr, "courier desk: %s: %s\n", subject, sentence);
	return (int)status;
}

static const struct option_row rows[] = {
    {"access", OPTION_FLAG, DESK_TAKES_ACCESS, offsetof(struct desk_arguments, access), 0},
    {"access-fd", OPTION_DESCRIPTOR, DESK_TAKES_ACCESS, offsetof(struct desk_arguments, access_fd), 0},
    {"address", OPTION_TEXT, DESK_TAKES_ADDRESS, offsetof(struct desk_arguments, address), 0},
    {"attach", OPTION_CALL, DESK_TAKES_ATTACH, 0, 'a'},
    {"box", OPTION_TEXT, DESK_TAKES_BOX, offsetof(struct desk_arguments, box), 0},
    {"classical", OPTION_FLAG, DESK_TAKES_INIT, offsetof(struct desk_arguments, classical), 0},
    {"direct", OPTION_TEXT, DESK_TAKES_LINK, offsetof(struct desk_arguments, direct), 0},
    {"identity", OPTION_FLAG, DESK_TAKES_ROTATE, offsetof(struct desk_arguments, identity), 0},
    {"json", OPTION_FLAG, DESK_TAKES_JSON, offsetof(struct desk_arguments, json), 0},
    {"no-passphrase", OPTION_FLAG, DESK_TAKES_INIT, offsetof(struct desk_arguments, no_passphrase), 0},
    {"off", OPTION_FLAG, DESK_TAKES_OFF, offsetof(struct desk_arguments, off), 0},
    {"offline", OPTION_FLAG, DESK_TAKES_OFFLINE, offsetof(struct desk_arguments, offline), 0},
    {"notify", OPTION_TEXT, DESK_TAKES_NOTIFY, offsetof(struct desk_arguments, notify), 0},
    {"passphrase-fd", OPTION_DESCRIPTOR, DESK_TAKES_PASSPHRASE, offsetof(struct desk_arguments, passphrase_fd), 0},
    {"port", OPTION_TEXT, DESK_TAKES_PORT, offsetof(struct desk_arguments, port), 0},
    {"setup", OPTION_FLAG, DESK_TAKES_SETUP, offsetof(struct desk_arguments, setup), 0},
    {"socks", OPTION_TEXT, DESK_TAKES_LINK, offsetof(struct desk_arguments, socks), 0},
    {"token", OPTION_FLAG, DESK_TAKES_ROTATE, offsetof(struct desk_arguments, token), 0},
    {"yes", OPTION_FLAG, DESK_TAKES_YES, offsetof(struct desk_arguments, yes), 0},
};

/* --attach, the one that may come more than once. */
static int take_attachment(size_t row, const char *value, void *to)
{
	struct desk_arguments *a = to;

	(void)row;
	if (a->attach_count == LIMIT_FILES)
		return OPTIONS_WRONG;
	a->attach[a->attach_count++] = value;
	return 0;
}

int desk_parse(int argc, char **argv, unsigned takes, const char *usage, struct desk_arguments *a, bool *go_on)
{
	const struct options options = {rows, sizeof rows / sizeof rows[0], takes, a, take_attachment};
	int wanted = 1 + ((takes & DESK_TAKES_SECOND) != 0);
	int first, status;

	*a = (struct desk_arguments){.passphrase_fd = -1, .access_fd = -1};
	*go_on = false;
	status = options_read(argc, argv, &options, &first);
	if (status == OPTIONS_HELP) {
		fputs(usage, stdout);
		return DESK_DONE;
	}
	if (status != 0) {
		fprintf(stderr, "courier desk: `courier desk %s --help` lists the options.\n", argv[0]);
		return DESK_USAGE;
	}
	if (argc - first != wanted || (a->socks != NULL && a->direct != NULL)) {
		fputs(usage, stderr);
		return DESK_USAGE;
	}
	a->access = a->access || a->access_fd >= 0;
	a->folder = argv[first];
	a->second = wanted > 1 ? argv[first + 1] : NULL;
	*go_on = true;
	return DESK_DONE;
}
