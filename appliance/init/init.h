/* SPDX-License-Identifier: GPL-3.0-or-later
 * The process that starts, feeds, watches and ends all others. It parses nothing from outside. */
#ifndef INIT_INIT_H
#define INIT_INIT_H

/* PID 1 of the appliance. Never returns: it ends by switching the machine off. */
int init_main(int argc, char **argv);

/* `courier workbench --listen ADDRESS --desk-listen ADDRESS --site FILE [--proxy-lines]`: door, workers and keeper on a
 * workstation. ADDRESS is HOST:PORT in numbers or unix:PATH. Exit status: 0 after SIGINT or SIGTERM; 1 the system
 * refused something; 2 the command line is wrong; 3 the site file is refused. */
int workbench_main(int argc, char **argv);

#endif
