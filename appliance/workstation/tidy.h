/* SPDX-License-Identifier: GPL-3.0-or-later
 * What is put back when a signal ends a command: a terminal's settings, an unfinished file. */
#ifndef WORKSTATION_TIDY_H
#define WORKSTATION_TIDY_H

#include <termios.h>

/* Once, before the others: HUP, INT, QUIT and TERM put back what is named below, and then end the program. */
void tidy_on_signals(void);
/* The file to remove; NULL: none. The text stays the caller's and in place. */
void tidy_file(const char *path);
/* The settings to restore on fd; NULL: none. */
void tidy_terminal(int fd, const struct termios *settings);

#endif
