/* SPDX-License-Identifier: GPL-3.0-or-later
 * `courier desk ...`: the workstation of those who read and answer. */
#ifndef DESK_DESK_H
#define DESK_DESK_H

/* What every `courier desk` command ends with; docs/DESK.md explains them to people. */
enum desk_status {
	DESK_DONE,
	DESK_FAILED,  /* the system, the network or the box failed; trying again may help */
	DESK_USAGE,   /* the command line is wrong */
	DESK_INPUT,   /* a file or an argument is wrong, or names nothing */
	DESK_REFUSED, /* something hostile or damaged was refused; everything else was done */
};

/* argv[0] is "desk". `serve` is the command of that name, which lies in a layer above. Returns an enum desk_status. */
int desk_main(int argc, char **argv, int (*serve)(int argc, char **argv));

#endif
