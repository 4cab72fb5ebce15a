/* SPDX-License-Identifier: GPL-3.0-or-later
 * courier verify-image: is this image, or stick, what a manifest says, and did whom I trust sign that? Needs no source.
 */
#ifndef VERIFY_COMMAND_H
#define VERIFY_COMMAND_H

/* argv[0] is "verify-image". Exit status: 0 it is; 1 the system refused something; 2 the command line is wrong; 3 it is
 * not, or a file that was given is none. */
int verify_main(int argc, char **argv);

#endif
