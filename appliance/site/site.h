/* SPDX-License-Identifier: GPL-3.0-or-later
 * The site file's two programs. */
#ifndef SITE_SITE_H
#define SITE_SITE_H

/* `courier site init ...`, on a workstation; argv[0] is "site". Exit status: 0 done; 1 the system refused something;
 * 2 the command line is wrong; 3 a file that was given is wrong. */
int site_main(int argc, char **argv);

/* Role @unlock, see confine/confine.h: lives once, at start. Descriptors: ROLE_FD_UP; ROLE_FD_A, the site file, open
 * for reading at its beginning. Sends SITE_PART for each role that has one and then SITE_DONE; or, before any part, one
 * SITE_FAULT. Exit status 0 in both cases. */
int unlock_main(int argc, char **argv);

#endif
