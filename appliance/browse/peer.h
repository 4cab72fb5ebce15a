/* SPDX-License-Identifier: GPL-3.0-or-later
 * Whose program is at the other end of a connection over loopback. */
#ifndef BROWSE_PEER_H
#define BROWSE_PEER_H

#include "base/err.h"

/* ERR_OK: a program of our own user. ERR_AUTH: of somebody else's, or it is gone. ERR_UNSUPPORTED: this kernel doesn't
 * tell. */
enum err peer_check(int fd) MUST_CHECK;

#endif
