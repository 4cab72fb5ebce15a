/* SPDX-License-Identifier: GPL-3.0-or-later
 * What net knows of the network cards, and which one it uses. No system call here. */
#ifndef NET_CARDS_H
#define NET_CARDS_H

#include "net/netlink.h"

enum { CARDS_MAX = 16 }; /* wired cards looked at, and their VLANs; further ones are ignored */

enum card_state {
	CARD_NEW,
	CARD_PREPARING, /* its fence and settings are asked for */
	CARD_READY,     /* it may be switched on, and used */
	CARD_REFUSED,   /* the kernel would not: it stays off */
};

struct card {
	int32_t index;
	int32_t below; /* the card whose VLAN it is; 0: a card */
	uint8_t mac[6];
	bool up;
	bool carrier;
	enum card_state state;
	uint32_t first_sequence; /* of the requests that prepare it */
	uint32_t last_sequence;
};

struct cards {
	struct card list[CARDS_MAX];
	size_t count;
	bool vlan;      /* the site has one: it is used, and the card below isn't */
	int32_t chosen; /* index of the card in use; 0: none */
};

/* A NETLINK_LINK or NETLINK_UNLINK answer. Returns the card it changed, or NULL: not a wired one, a VLAN where there
 * should be none, gone, or no room. */
struct card *cards_note(struct cards *c, const struct netlink_answer *a);
/* The card with that index, or NULL. */
const struct card *cards_find(const struct cards *c, int32_t index);
/* The card that a request with that sequence prepares, or NULL. */
struct card *cards_asked(struct cards *c, uint32_t sequence);
/* Answers were lost: what is being prepared is so again, and one is chosen anew. */
void cards_begin_again(struct cards *c);
/* None is being prepared. */
bool cards_settled(const struct cards *c);
/* How many real ones. */
size_t cards_count(const struct cards *c);
/* Keeps the chosen card while it is ready and has carrier; else chooses, of those, the one with the lowest index, or
 * none. Returns whether the choice changed. */
bool cards_choose(struct cards *c);

#endif
