/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk: the table of commands and what they share. */
#include "desk/desk.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "desk/carrier.h"
#include "desk/command.h"
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

static bool take_descriptor(const char *text, int *fd)
{
	uint64_t value;

	if (bytes_decimal(bytes_str(text), INT_MAX, &value) != ERR_OK)
		return false;
	*fd = (int)value;
	return true;
}

/* One option; false if this command has no such, or its value is wrong. */
static bool take_option(int option, unsigned takes, struct desk_arguments *a)
{
	switch (option) {
	case 'A':
		a->address = optarg;
		return (takes & DESK_TAKES_ADDRESS) != 0;
	case 'S':
		a->socks = optarg;
		return (takes & DESK_TAKES_LINK) != 0;
	case 'D':
		a->direct = optarg;
		return (takes & DESK_TAKES_LINK) != 0;
	case 'B':
		a->box = optarg;
		return (takes & DESK_TAKES_BOX) != 0;
	case 'C':
		a->classical = true;
		return (takes & DESK_TAKES_INIT) != 0;
	case 'N':
		a->no_passphrase = true;
		return (takes & DESK_TAKES_INIT) != 0;
	case 'P':
		return (takes & DESK_TAKES_PASSPHRASE) != 0 && take_descriptor(optarg, &a->passphrase_fd);
	case 'p':
		a->port = optarg;
		return (takes & DESK_TAKES_PORT) != 0;
	case 'E':
		a->setup = true;
		return (takes & DESK_TAKES_SETUP) != 0;
	case 'K':
		a->access = true;
		return (takes & DESK_TAKES_ACCESS) != 0;
	case 'k':
		a->access = true;
		return (takes & DESK_TAKES_ACCESS) != 0 && take_descriptor(optarg, &a->access_fd);
	case 'X':
		a->notify = optarg;
		return (takes & DESK_TAKES_NOTIFY) != 0;
	case 'J':
		a->json = true;
		return (takes & DESK_TAKES_JSON) != 0;
	case 'L':
		a->offline = true;
		return (takes & DESK_TAKES_OFFLINE) != 0;
	case 'O':
		a->off = true;
		return (takes & DESK_TAKES_OFF) != 0;
	case 'T':
		a->token = true;
		return (takes & DESK_TAKES_ROTATE) != 0;
	case 'I':
		a->identity = true;
		return (takes & DESK_TAKES_ROTATE) != 0;
	case 'Y':
		a->yes = true;
		return (takes & DESK_TAKES_YES) != 0;
	case 'a':
		if (a->attach_count == LIMIT_FILES)
			return false;
		a->attach[a->attach_count++] = optarg;
		return (takes & DESK_TAKES_ATTACH) != 0;
	default:
		return false;
	}
}

int desk_parse(int argc, char **argv, unsigned takes, const char *usage, struct desk_arguments *a, bool *go_on)
{
	static const struct option options[] = {
	    {"access", no_argument, NULL, 'K'},
	    {"access-fd", required_argument, NULL, 'k'},
	    {"address", required_argument, NULL, 'A'},
	    {"attach", required_argument, NULL, 'a'},
	    {"box", required_argument, NULL, 'B'},
	    {"classical", no_argument, NULL, 'C'},
	    {"direct", required_argument, NULL, 'D'},
	    {"help", no_argument, NULL, 'h'},
	    {"identity", no_argument, NULL, 'I'},
	    {"json", no_argument, NULL, 'J'},
	    {"no-passphrase", no_argument, NULL, 'N'},
	    {"off", no_argument, NULL, 'O'},
	    {"offline", no_argument, NULL, 'L'},
	    {"notify", required_argument, NULL, 'X'},
	    {"passphrase-fd", required_argument, NULL, 'P'},
	    {"port", required_argument, NULL, 'p'},
	    {"setup", no_argument, NULL, 'E'},
	    {"socks", required_argument, NULL, 'S'},
	    {"token", no_argument, NULL, 'T'},
	    {"yes", no_argument, NULL, 'Y'},
	    {NULL, 0, NULL, 0},
	};
	int wanted = 1 + ((takes & DESK_TAKES_SECOND) != 0);
	int option;

	*a = (struct desk_arguments){.passphrase_fd = -1, .access_fd = -1};
	*go_on = false;
	while ((option = getopt_long(argc, argv, "ha:", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return DESK_DONE;
		}
		if (!take_option(option, takes, a)) {
			fprintf(stderr, "courier desk: `courier desk %s --help` lists the options.\n", argv[0]);
			return DESK_USAGE;
		}
	}
	if (argc - optind != wanted || (a->socks != NULL && a->direct != NULL)) {
		fputs(usage, stderr);
		return DESK_USAGE;
	}
	a->folder = argv[optind];
	a->second = wanted > 1 ? argv[optind + 1] : NULL;
	*go_on = true;
	return DESK_DONE;
}
