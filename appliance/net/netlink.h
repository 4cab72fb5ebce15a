/* SPDX-License-Identifier: GPL-3.0-or-later
 * rtnetlink messages, as bytes: the few requests that net makes, and a bounded reader of the answers. No system call
 * here. The kernel is trusted, but a message that breaks its own lengths is refused all the same.
 * Format: linux/netlink.h, linux/rtnetlink.h; host byte order. Addresses are in network order: four bytes are IPv4,
 * sixteen are IPv6. */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include "net/fence.h"

enum {
	NETLINK_REQUEST_MAX = 2048,   /* two fences and a card's settings take 1,900 */
	NETLINK_READ_MAX = 32 * 1024, /* one datagram of a dump; the kernel fills up to 32 KiB */
};

/* ---- requests. Each appends one message that asks for an acknowledgement, or for a dump. */
void netlink_put_list_links(struct buf *out, uint32_t sequence);
void netlink_put_list_addresses(struct buf *out, uint32_t sequence);
/* Up or down. */
void netlink_put_set_link(struct buf *out, uint32_t sequence, int32_t index, bool up);
/* What a card does and doesn't believe and answer by itself (the table in netlink.c has the reasons). Makes itself an
 * IPv6 address only with `slaac`, and then one that doesn't tell its hardware address. */
void netlink_put_settings(struct buf *out, uint32_t sequence, int32_t index, bool slaac);
/* Another hardware address, for a card that is down. */
void netlink_put_mac(struct buf *out, uint32_t sequence, int32_t index, const uint8_t mac[static 6]);
/* A device for the frames that the card below gets and sends with that tag. EEXIST if there is one. */
void netlink_put_vlan(struct buf *out, uint32_t sequence, int32_t below, uint16_t vlan);
/* What fences hang on, and one of them; both replace what there is. */
void netlink_put_fence_post(struct buf *out, uint32_t sequence, int32_t index);
void netlink_put_fence(struct buf *out, uint32_t sequence, int32_t index, enum fence_way way, const struct fence *f);
void netlink_put_list_fences(struct buf *out, uint32_t sequence);
/* Adds (replacing) or removes. */
void netlink_put_address(struct buf *out, uint32_t sequence, int32_t index, struct bytes address, uint8_t prefix,
			 bool add);
/* The default route of the router's family; it need not be inside the prefix. */
void netlink_put_default_route(struct buf *out, uint32_t sequence, int32_t index, struct bytes router);

/* ---- answers */
enum netlink_kind {
	NETLINK_OTHER,      /* known well-formed, of no use here */
	NETLINK_LINK,       /* there is such a card, in this state */
	NETLINK_UNLINK,     /* it went away */
	NETLINK_ADDRESS,    /* it has this IPv4 address */
	NETLINK_ADDRESS6,   /* it has this IPv6 address, which may be used and is no link-local one */
	NETLINK_UNADDRESS6, /* and lost it */
	NETLINK_FENCE,      /* a post's count */
	NETLINK_RESULT,     /* the answer to a request: error 0 or a positive errno */
};

struct netlink_answer {
	enum netlink_kind kind;
	uint32_t sequence;
	int32_t index;        /* LINK, UNLINK, ADDRESS, ADDRESS6, UNADDRESS6 */
	int32_t below;        /* LINK: of the card whose VLAN this is; 0: none's */
	bool wired;           /* LINK: Ethernet with a 6-byte address, not loopback */
	bool loopback;        /* LINK */
	bool up;              /* LINK: switched on */
	bool carrier;         /* LINK: and a cable is in */
	uint8_t mac[6];       /* LINK, if wired */
	uint8_t address[4];   /* ADDRESS */
	uint8_t prefix;       /* ADDRESS, ADDRESS6 */
	uint8_t address6[16]; /* ADDRESS6, UNADDRESS6 */
	uint32_t dropped;     /* FENCE: packets, both ways */
	int error;            /* RESULT */
};

/* Takes the next message off the front of *rest. ERR_END when nothing is left; ERR_FORMAT (then *rest is spent). */
enum err netlink_next(struct bytes *rest, struct netlink_answer *answer) MUST_CHECK;

#endif
