/* SPDX-License-Identifier: GPL-3.0-or-later
 * DHCP messages (RFC 2131, RFC 2132), as bytes: what a client sends and the strict reader of what a server answers.
 * No system call here. Addresses are four bytes in network order.
 *
 * Requests carry nothing that tells one box from another but the card's hardware address, which the protocol needs:
 * no host name, no vendor class, no client identifier, and the shortest list of wanted options. */
#ifndef NET_DHCP_H
#define NET_DHCP_H

#include "base/bytes.h"

enum {
	DHCP_SEND_MAX = 300,  /* every request is padded to what BOOTP calls the minimum; some relays insist */
	DHCP_READ_MAX = 1472, /* an Ethernet frame without IPv4 and UDP headers */
};

#define DHCP_FOREVER 0xffffffffu /* a lease, in seconds, that doesn't end */

enum dhcp_type { DHCP_DISCOVER = 1, DHCP_OFFER = 2, DHCP_REQUEST = 3, DHCP_DECLINE = 4, DHCP_ACK = 5, DHCP_NAK = 6 };

struct dhcp_request {
	enum dhcp_type type; /* DISCOVER, REQUEST or DECLINE */
	uint32_t exchange;   /* xid */
	uint16_t elapsed_s;  /* since the client began to ask */
	uint8_t mac[6];
	uint8_t own[4];    /* ciaddr: when renewing or rebinding; else 0 */
	uint8_t wanted[4]; /* option 50, unless 0 */
	uint8_t server[4]; /* option 54, unless 0 */
};

struct dhcp_answer {
	enum dhcp_type type; /* OFFER, ACK or NAK */
	uint8_t server[4];   /* option 54; never 0 */
	/* OFFER and ACK: */
	uint8_t address[4]; /* a host's address, neither the network's nor its broadcast address */
	uint8_t prefix;     /* 8 to 32; 24, 16 or 8 by class if the server gives no mask */
	uint8_t router[4];  /* the first one; 0 if none */
	uint32_t lease_s;   /* at least DHCP_LEASE_MIN; an OFFER may lack it: 0 */
	uint32_t renew_s;   /* T1 < T2 < lease; half and 7/8 of the lease if missing or out of order (RFC 2131 4.4.5) */
	uint32_t rebind_s;  /* T2 */
};

enum { DHCP_LEASE_MIN = 30 }; /* seconds; less would make the box do little else */

void dhcp_put_request(struct buf *out, const struct dhcp_request *r);

/* Reads a server's answer to our exchange. ERR_FORMAT (any length, type or address that breaks the RFCs, an option we
 * use that comes twice), ERR_NOT_FOUND (well-formed, but not for this exchange and card). *answer is unchanged then. */
enum err dhcp_read_answer(struct bytes in, uint32_t exchange, const uint8_t mac[static 6],
			  struct dhcp_answer *answer) MUST_CHECK;

/* ---- IPv4 and UDP around it (RFC 791, RFC 768): there is no address yet, so the kernel can't do it. */
enum { DHCP_FRAME_MAX = 20 + 8 + DHCP_SEND_MAX };

/* From port 68 to port 67. */
void dhcp_put_frame(struct buf *out, const uint8_t from[static 4], const uint8_t to[static 4], struct bytes payload);
/* A whole, unfragmented UDP packet from port 67 to port 68, else ERR_FORMAT. The UDP checksum is checked only with
 * `checksummed`: a packet from a virtual card's host comes without. */
enum err dhcp_read_frame(struct bytes in, bool checksummed, struct bytes *payload) MUST_CHECK;

/* An address that a host may have in any network: not 0/8, 127/8, 224/3. */
bool dhcp_is_host(const uint8_t address[static 4]);
bool dhcp_is_zero(const uint8_t address[static 4]);

#endif
