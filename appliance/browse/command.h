/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier desk serve: the desk's conversations in a browser on this machine. */
#ifndef BROWSE_COMMAND_H
#define BROWSE_COMMAND_H

/* argv[0] is "serve". Returns an enum desk_status. */
int browse_main(int argc, char **argv);

#endif
