/* SPDX-License-Identifier: GPL-3.0-or-later
 * `courier age ...`: the age command, for what this program supports of it. */
#ifndef AGETOOL_COMMAND_H
#define AGETOOL_COMMAND_H

/* argv[0] is "age". Returns the exit status: 0 only if all of the input was sealed or opened; 1 on failure; 2 for an
 * option that does not exist. */
int age_main(int argc, char **argv);
/* argv[0] is "keygen"; as age_main(). */
int age_keygen_main(int argc, char **argv);

#endif
