/* SPDX-License-Identifier: GPL-3.0-or-later
 * What the net process holds, and how its three parts call one another: net.c (links, init, the loop), kernel.c (what
 * is asked of the kernel), talk.c (DHCP and ARP). Every function gives ERR_IO when the process is of no use any more.
 */
#ifndef NET_STATE_H
#define NET_STATE_H

#include "link/message.h"
#include "net/cards.h"
#include "net/fence.h"
#include "net/lease.h"

enum { NET_STATUS_MAX = 64 }; /* a NET_STATUS record has 39 bytes */

struct net {
	struct message_PART_NET site;
	int netlink;
	int dhcp; /* packet sockets */
	int arp;
	uint32_t sequence;
	struct cards cards;
	struct lease lease;
	uint8_t server_mac[6]; /* where the last answer came from: the server, or the relay before it */
	bool listed;           /* the first list of cards is complete */
	struct message_NET_STATUS told;
	uint8_t told_record[NET_STATUS_MAX]; /* the same, as it was sent */
	size_t told_len;
	/* What was asked of the kernel last, and whether it took it. */
	int32_t address_index; /* the card that carries it; 0: none */
	bool applied;
	uint8_t address[4]; /* as it is told once the kernel took it */
	uint8_t prefix;
	uint8_t router[4];
	uint8_t address6[16]; /* the chosen card's, as the kernel says; zero: none */
	uint32_t list_sequence;
	uint32_t old_sequence; /* the list of what the card carried before; 0: not under way */
	uint32_t address_sequence;
	uint32_t route_sequence;
	uint32_t list6_sequence; /* the last list of IPv6 addresses */
	/* What the fences dropped. */
	uint64_t count_ms; /* when it is asked for next */
	uint32_t count_sequence;
	uint32_t counting;              /* the sum so far */
	uint32_t dropped;               /* as it is told */
	uint64_t dropped_ms;            /* since when */
	uint8_t storage[LIMIT_MESSAGE]; /* what was read last; a netlink datagram is smaller */
};

/* ---- kernel.c: each sends requests and doesn't wait; the answers come to kernel_answer() and to net.c */
enum err kernel_list_links(struct net *n) MUST_CHECK;
/* Fence and settings for a card that was seen first; then CARD_READY, or CARD_REFUSED. */
enum err kernel_prepare(struct net *n, struct card *card) MUST_CHECK;
/* A ready card, or the loopback device, is switched on. */
enum err kernel_set_up(struct net *n, int32_t index) MUST_CHECK;
/* The VLAN's device over a ready card; one that is there already is as good. */
enum err kernel_add_vlan(struct net *n, const struct card *card) MUST_CHECK;
/* n->address is given to the chosen card; what else it carries goes. n->applied turns true later. */
enum err kernel_apply(struct net *n) MUST_CHECK;
/* Takes it back from the card that carries it, if that card is still there. */
enum err kernel_withdraw(struct net *n) MUST_CHECK;
/* The static IPv6 address, for the chosen card. */
enum err kernel_apply6(struct net *n) MUST_CHECK;
/* What the cards carry: the chosen one's IPv6 address becomes n->address6; the static one goes from all others. */
enum err kernel_list_addresses6(struct net *n) MUST_CHECK;
enum err kernel_count(struct net *n) MUST_CHECK;
/* An answer about addresses and counts, or a request's result. *ready: the card that became CARD_READY by it, or NULL.
 */
enum err kernel_answer(struct net *n, const struct netlink_answer *a, struct card **ready) MUST_CHECK;

/* ---- talk.c */
/* Does what a step of the lease asks for. */
enum err talk_step(struct net *n, struct lease_step step) MUST_CHECK;
enum err talk_hear_dhcp(struct net *n) MUST_CHECK;
enum err talk_hear_arp(struct net *n) MUST_CHECK;

#endif
