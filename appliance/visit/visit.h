/* SPDX-License-Identifier: GPL-3.0-or-later
 * One source's connection, in one process that ends with it. Reads HTTP; seals what comes in; opens the replies of the
 * source who has typed the codename. */
#ifndef VISIT_VISIT_H
#define VISIT_VISIT_H

/* argv: "@visit", the role's options. Ends with the connection: 0; 1 when the world failed. */
int visit_main(int argc, char **argv);

#endif
