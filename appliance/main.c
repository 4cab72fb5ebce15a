/* SPDX-License-Identifier: GPL-3.0-or-later
 * One binary: PID 1 of the appliance, each of its processes, and the workstation's tool. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agetool/command.h"
#include "browse/command.h"
#include "collect/collect.h"
#include "console/console.h"
#include "desk/desk.h"
#include "door/door.h"
#include "init/init.h"
#include "keeper/keeper.h"
#include "net/net.h"
#include "sitetool/command.h"
#include "tor/client.h"
#include "tor/tor.h"
#include "unlock/unlock.h"
#include "verify/command.h"
#include "visit/visit.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's own name; returns the exit status */
	const char *help;                  /* NULL: a process that another one starts, not for people */
};

static int desk(int argc, char **argv)
{
	return desk_main(argc, argv, browse_main);
}

static const struct command commands[] = {
    {"desk", desk, "read and answer: init, sync, list, read, reply, serve"},
    {"site", site_main, "make the file that makes a box this box, and what else an operator needs"},
    {"age", age_main, "seal and open age files, as the age command does; keygen makes keys"},
    {"verify-image", verify_main, "is this image, or stick, what a signed manifest says?"},
    {"workbench", workbench_main, "run the door, its workers and the keeper here, without Tor"},
    {"@unlock", unlock_main, NULL},
    {"@net", net_main, NULL},
    {"@tor", tor_role_main, NULL},
    {"@tor-client", tor_client_main, NULL},
    {"@torctl", torctl_main, NULL},
    {"@door", door_main, NULL},
    {"@visit", visit_main, NULL},
    {"@collect", collect_main, NULL},
    {"@keeper", keeper_main, NULL},
    {"@console", console_main, NULL},
};

static int help(FILE *to)
{
	fprintf(to, "usage: courier COMMAND [ARGUMENT...]\n\n");
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (commands[i].help != NULL)
			fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].help);
	fprintf(to, "\ncourier COMMAND --help says more.\n");
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (getpid() == 1)
		return init_main(argc, argv);
	if (argc < 2)
		return help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return help(stdout);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "courier: there is no command \"%s\"\n", argv[1]);
	return help(stderr);
}
