/* SPDX-License-Identifier: GPL-3.0-or-later
 * Two processes. @tor is the embedded C Tor; it decrypts the cells and holds the onion keys. @torctl holds the other
 * end of its control connection. */
#ifndef TOR_TOR_H
#define TOR_TOR_H

/* Paths in @tor's mount namespace. ROLE_FD_A is TOR_DIRECTORY, an empty tmpfs of @tor's uid with mode 0700. */
#define TOR_DIRECTORY     "/tor"
#define TOR_SOURCE_SOCKET "/door/source"
#define TOR_DESK_SOCKET   "/door/desk"

/* Role @tor. Descriptors: ROLE_FD_UP, ROLE_FD_PART (PART_TOR), ROLE_FD_A. Writes the services' directories and the
 * torrc, sends TOR_CONTROL with the owning control socket (when its last copy closes, Tor ends), confines itself,
 * sends READY and becomes Tor. STOP or the channel's end: exits 0 at once; nothing of Tor needs a slow goodbye.
 * tor_main is a name of Tor's own (tor_api.h). */
int tor_role_main(int argc, char **argv);

/* Role @torctl. Descriptors: ROLE_FD_UP, ROLE_FD_PART (PART_TORCTL). Sends READY, waits for TORCTL_START, then sends
 * TOR_STATUS and GUARD_STATUS at each change, minds the guards (guard_watch.h) and closes the circuits that
 * CIRCUIT_CLOSE names. `published` counts the services (0 to 2) whose descriptor at least half of the asked directories
 * took. Exits 1 when the control connection ends: Tor is gone then. */
int torctl_main(int argc, char **argv);

#endif
