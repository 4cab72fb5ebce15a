/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk: the table of commands and what they share. */
#include "desk/desk.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "desk/command.h"
#include "site/onion.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
    {"init", desk_init, "make a desk: keys for reading, and what the operator needs"},
    {"add", desk_add, "tell it where its box is"},
    {"sync", desk_sync, "collect what came, and send replies that wait"},
    {"list", desk_list, "the conversations"},
    {"read", desk_read, "one conversation's messages; saves its attachments"},
    {"reply", desk_reply, "answer"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static int help(FILE *to, int status)
{
	fprintf(to, "usage: courier desk COMMAND DIR [ARGUMENT...]\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-6s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\nDIR is the desk's folder. `courier desk COMMAND --help` says more.\n"
		    "Exit status: 0 done; 1 the system, the network or the box failed, try again; 2 the command line "
		    "is wrong;\n"
		    "3 a file or argument is wrong or names nothing; 4 something hostile or damaged was refused, all "
		    "else is done.\n");
	return status;
}

int desk_main(int argc, char **argv)
{
	umask(077);
	if (argc < 2)
		return help(stderr, DESK_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return help(stdout, DESK_DONE);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
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

int desk_parse(int argc, char **argv, unsigned takes, const char *usage, struct desk_arguments *a, bool *go_on)
{
	static const struct option options[] = {
	    {"address", required_argument, NULL, 'A'}, {"socks", required_argument, NULL, 'S'},
	    {"direct", required_argument, NULL, 'D'},  {"classical", no_argument, NULL, 'C'},
	    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
	};
	int wanted = 1 + ((takes & DESK_TAKES_SECOND) != 0);
	int option;

	*a = (struct desk_arguments){0};
	*go_on = false;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return DESK_DONE;
		}
		if (option == 'A' && (takes & DESK_TAKES_ADDRESS) != 0) {
			a->address = optarg;
		} else if (option == 'S' && (takes & DESK_TAKES_LINK) != 0) {
			a->socks = optarg;
		} else if (option == 'D' && (takes & DESK_TAKES_LINK) != 0) {
			a->direct = optarg;
		} else if (option == 'C' && (takes & DESK_TAKES_CLASSICAL) != 0) {
			a->classical = true;
		} else {
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

int desk_open(const char *path, struct folder *f)
{
	switch ((int)folder_open(path, f)) {
	case ERR_OK:
		return DESK_DONE;
	case ERR_NOT_FOUND:
		return desk_say(DESK_INPUT, path, "There is no desk in this folder. `courier desk init` makes one.");
	case ERR_TOO_BIG:
		return desk_say(DESK_USAGE, NULL, "The folder's path is empty or too long.");
	default:
		return desk_say(DESK_FAILED, path, strerror(errno));
	}
}

static void say_waiting(void)
{
	fputs("Another courier desk works in this folder; waiting for it to finish.\n", stderr);
}

int desk_lock(struct folder *f)
{
	if (folder_prepare(f) != ERR_OK || folder_lock(f, say_waiting) != ERR_OK)
		return desk_say(DESK_FAILED, f->path, strerror(errno));
	return DESK_DONE;
}

int desk_open_inbox(const char *path, struct inbox *in)
{
	struct folder f;
	int status = desk_open(path, &f);

	if (status == DESK_DONE && inbox_open(in, path) != ERR_OK)
		status = desk_say(DESK_FAILED, path, strerror(errno));
	return status;
}

int desk_find(const struct inbox *in, const char *prefix, struct inbox_conversation *c)
{
	enum err e = inbox_find(in, prefix, c);

	if (e == ERR_NOT_FOUND)
		return desk_say(DESK_INPUT, prefix,
				"No conversation begins with this. `courier desk list` shows them.");
	if (e == ERR_EXISTS)
		return desk_say(DESK_INPUT, prefix, "Several conversations begin with this. Give more of the name.");
	return e == ERR_OK ? DESK_DONE : desk_say_error(prefix, e);
}

int desk_say_error(const char *subject, enum err e)
{
	if (e == ERR_TOO_BIG)
		return desk_say(DESK_REFUSED, subject, "There are more files in it than this program can take.");
	return desk_say(DESK_FAILED, subject, e == ERR_IO ? strerror(errno) : err_text(e));
}

int desk_target(const struct folder *f, const struct desk_arguments *a, struct link_target *target)
{
	static char host[ONION_ADDRESS_LEN + 1];
	uint8_t storage[128];
	struct bytes address;
	enum err e = folder_read(f, "box/address", storage, sizeof storage, &address);

	if (e == ERR_NOT_FOUND)
		return desk_say(DESK_INPUT, f->path,
				"This desk has no box yet. `courier desk add` tells it where the box is.");
	if (e != ERR_OK || onion_address_check(address) != ERR_OK)
		return desk_say(DESK_INPUT, f->path,
				"box/address is damaged. Remove it and run `courier desk add` again.");
	memcpy(host, address.p, ONION_ADDRESS_LEN);
	*target = (struct link_target){.socks = a->socks, .direct = a->direct, .host = host};
	if (a->socks == NULL && a->direct == NULL)
		target->socks = "127.0.0.1:9050";
	return DESK_DONE;
}
