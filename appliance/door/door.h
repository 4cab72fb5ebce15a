/* SPDX-License-Identifier: GPL-3.0-or-later
 * The door: accepts connections, reads the PROXY line and not a byte more, and hands each to a fresh worker. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

/* Role @door, see confine/confine.h. Descriptors: ROLE_FD_UP; ROLE_FD_A and ROLE_FD_B, listening stream sockets of the
 * source door and of the desk door. Sends READY, WORKER_WANTED, WORKER_BUSY; takes WORKER_OFFER and STOP. */
int door_main(int argc, char **argv);

#endif
