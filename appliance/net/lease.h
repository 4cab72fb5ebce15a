/* SPDX-License-Identifier: GPL-3.0-or-later
 * The DHCP client's states (RFC 2131 figure 5): what to send, when, and which address holds. No system call here but
 * randomness; the caller brings the time, the answers and the card.
 *
 *   IDLE -start-> SELECTING -offer-> REQUESTING -ack-> PROBING -nobody has it-> BOUND
 *   IDLE -start with a lease that still runs-> REBOOTING -ack-> PROBING
 *   BOUND -T1-> RENEWING -T2-> REBINDING -expiry-> SELECTING;  RENEWING or REBINDING -ack-> BOUND
 *   PROBING -somebody has it-> DECLINING -10 s-> SELECTING
 * NAK leads back to SELECTING, and so do four requests without an answer. */
#ifndef NET_LEASE_H
#define NET_LEASE_H

#include "base/fd.h"
#include "net/dhcp.h"

enum lease_state {
	LEASE_IDLE,
	LEASE_SELECTING,
	LEASE_REQUESTING,
	LEASE_REBOOTING,
	LEASE_PROBING, /* granted; ARP asks whether somebody else has it (RFC 5227) */
	LEASE_DECLINING,
	LEASE_BOUND,
	LEASE_RENEWING,
	LEASE_REBINDING,
};

struct lease {
	enum lease_state state;
	uint8_t mac[6];
	uint32_t exchange;
	uint64_t asked_ms; /* when this exchange began */
	uint64_t next_ms;  /* when lease_tick() has to be called again; DEADLINE_NONE: not by itself */
	unsigned tries;    /* messages sent in this state */
	struct dhcp_answer offer;
	bool valid; /* `held` may be used by the card */
	struct dhcp_answer held;
	uint64_t granted_ms; /* when the request that was granted was sent: the lease runs from there */
	unsigned declined;   /* addresses in a row, since the carrier came, that were somebody else's */
};

/* What the caller has to do after a step. */
struct lease_step {
	bool send;    /* lease_message() */
	bool probe;   /* an ARP probe for held's address */
	bool changed; /* valid, or held's address, prefix or router, are not what they were */
};

/* The card has carrier. Another card than before forgets the lease. */
struct lease_step lease_start(struct lease *l, const uint8_t mac[static 6], uint64_t now_ms);
/* The carrier is gone. A lease is kept until it runs out: next_ms says when. */
void lease_stop(struct lease *l);
/* At or after next_ms; before it, does nothing. */
struct lease_step lease_tick(struct lease *l, uint64_t now_ms);
/* An answer that dhcp_read_answer() took for l->exchange and l->mac. One that this state doesn't wait for is ignored.
 */
struct lease_step lease_answer(struct lease *l, const struct dhcp_answer *a, uint64_t now_ms);
/* Somebody else has held's address, or is about to take it. Ignored but in PROBING. */
struct lease_step lease_conflict(struct lease *l, uint64_t now_ms);
/* The message to send now; `from` and `to` are its IPv4 addresses. `to` 255.255.255.255 is sent to the whole link,
 * anything else to the hardware address that the lease came from. */
void lease_message(const struct lease *l, uint64_t now_ms, struct dhcp_request *r, uint8_t from[static 4],
		   uint8_t to[static 4]);

#endif
