/* SPDX-License-Identifier: GPL-3.0-or-later
 * The files that Tor finds when it starts. */
#ifndef TOR_FILES_H
#define TOR_FILES_H

#include "link/message.h"

enum {
	TOR_CLIENTS_MAX = 16,                   /* PART_TOR's room for client lines */
	TOR_STATE_MAX = 2 * 256 * LIMIT_GUARDS, /* a guard's line has at most 175 bytes, and each stands in it twice */
};

/* Writes into the empty directory `fd`, all with mode 0700 or 0600:
 *
 *   torrc
 *   data/                                        Tor's DataDirectory
 *   data/state                                   its guards, if the part has any
 *   source/hs_ed25519_secret_key
 *   desk/hs_ed25519_secret_key
 *   desk/authorized_clients/N.auth               N from 1
 *
 * The part is checked first: both keys begin with Tor's header and differ, there is at least one client (without any,
 * the desk's door would be open to whoever knows its address), and the extra lines keep to torrc.h. ERR_FORMAT,
 * ERR_UNSUPPORTED, ERR_TOO_BIG: nothing was written. ERR_EXISTS, ERR_IO: some may be. */
enum err tor_files_write(int fd, const struct message_PART_TOR *part) MUST_CHECK;

#endif
