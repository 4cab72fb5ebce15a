/* SPDX-License-Identifier: GPL-3.0-or-later
 * The way to a box's desk door: through a SOCKS5 port (RFC 1928; the name is resolved there, by Tor), or directly to a
 * workbench. Numeric addresses only: this program never asks a name server. */
#ifndef EXCHANGE_LINK_H
#define EXCHANGE_LINK_H

#include "base/bytes.h"

struct link_target {
	const char *socks;  /* "ADDR:PORT" or "unix:PATH" of a SOCKS5 port, or NULL */
	const char *direct; /* the same of the box's door itself, or NULL. Neither: the Tor that the desk carries */
	const char *host;   /* what the box is called: "X.onion" */
};

/* Which sentence fits a failure. */
enum link_fault {
	LINK_FINE,
	LINK_ADDRESS,     /* ADDR:PORT doesn't parse */
	LINK_NO_SERVER,   /* nobody listens there; errno */
	LINK_NOT_SOCKS,   /* it doesn't speak SOCKS5 */
	LINK_UNREACHABLE, /* Tor can't reach the box */
	LINK_NO_KEY,      /* Tor lacks the client authorisation's key, or the box doesn't know it */
	LINK_BAD_ADDRESS, /* Tor says that the onion address is none */
	LINK_TIMEOUT,
	LINK_TOLD, /* carrier.h has said it already */
	LINK_FAULT_COUNT
};

const char *link_sentence(enum link_fault fault);

/* A connected stream socket in *fd, the caller's. socks or direct is set. Waits at most LIMIT_DESK_CONNECT_MS in all.
 */
enum link_fault link_open(const struct link_target *target, int *fd);

/* The SOCKS5 greeting, authentication (a fresh user name and password, so that Tor gives each connection a circuit of
 * its own) and request on a connected socket. Port 80. */
enum link_fault link_socks(int fd, const char *host, uint64_t deadline_ms);

#endif
