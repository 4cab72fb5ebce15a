/* SPDX-License-Identifier: GPL-3.0-or-later
 * rtnetlink messages, as bytes: the few requests that net makes, and a bounded reader of the answers. No system call
 * here. The kernel is trusted, but a message that breaks its own lengths is refused all the same.
 * Format: linux/netlink.h, linux/rtnetlink.h; host byte order. IPv4 addresses are in network order, as four bytes. */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include "base/bytes.h"

enum {
	NETLINK_REQUEST_MAX = 256,    /* the longest request below is 76 bytes */
	NETLINK_READ_MAX = 32 * 1024, /* one datagram of a dump; the kernel fills up to 32 KiB */
};

/* ---- requests. Each appends one message that asks for an acknowledgement, or for a dump. */
void netlink_put_list_links(struct buf *out, uint32_t sequence);
void netlink_put_list_addresses(struct buf *out, uint32_t sequence);
/* Up or down. */
void netlink_put_set_link(struct buf *out, uint32_t sequence, int32_t index, bool up);
/* No IPv6 address by itself: without it the kernel would send neighbour solicitations as soon as the card is up. */
void netlink_put_quiet_ipv6(struct buf *out, uint32_t sequence, int32_t index);
/* Adds (replacing) or removes. prefix is at most 32. */
void netlink_put_address(struct buf *out, uint32_t sequence, int32_t index, const uint8_t address[static 4],
			 uint8_t prefix, bool add);
/* The default route; the router need not be inside the prefix. */
void netlink_put_default_route(struct buf *out, uint32_t sequence, int32_t index, const uint8_t router[static 4]);

/* ---- answers */
enum netlink_kind {
	NETLINK_OTHER,   /* known well-formed, of no use here */
	NETLINK_LINK,    /* there is such a card, in this state */
	NETLINK_UNLINK,  /* it went away */
	NETLINK_ADDRESS, /* it has this IPv4 address */
	NETLINK_RESULT,  /* the answer to a request: error 0 or a positive errno */
};

struct netlink_answer {
	enum netlink_kind kind;
	uint32_t sequence;
	int32_t index;      /* LINK, UNLINK, ADDRESS */
	bool wired;         /* LINK: Ethernet with a 6-byte address, not loopback */
	bool loopback;      /* LINK */
	bool up;            /* LINK: switched on */
	bool carrier;       /* LINK: and a cable is in */
	uint8_t mac[6];     /* LINK, if wired */
	uint8_t address[4]; /* ADDRESS */
	uint8_t prefix;     /* ADDRESS */
	int error;          /* RESULT */
};

/* Takes the next message off the front of *rest. ERR_END when nothing is left; ERR_FORMAT (then *rest is spent). */
enum err netlink_next(struct bytes *rest, struct netlink_answer *answer) MUST_CHECK;

#endif
