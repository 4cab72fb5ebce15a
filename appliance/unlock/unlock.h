/* SPDX-License-Identifier: GPL-3.0-or-later
 * The box's process that reads a site file, asks the operator for what it lacks, and gives each role its part. */
#ifndef UNLOCK_UNLOCK_H
#define UNLOCK_UNLOCK_H

/* Role @unlock, see confine/confine.h: lives once, at start. Descriptors: ROLE_FD_UP; ROLE_FD_A, the site file, open
 * for reading at its beginning, or an empty one; ROLE_FD_B, a channel to the console for what is asked, absent where
 * there is none. Sends SITE_PART for each role that has one and then SITE_DONE; or, before any part, one SITE_FAULT; or
 * nothing, since the console went while it was asked: init starts both again. Exit status 0 in all three cases. */
int unlock_main(int argc, char **argv);

#endif
