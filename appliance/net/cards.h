/* SPDX-License-Identifier: GPL-3.0-or-later
 * What net knows of the network cards, and which one it uses. No system call here. */
#ifndef NET_CARDS_H
#define NET_CARDS_H

#include "net/netlink.h"

enum { CARDS_MAX = 8 }; /* wired cards looked at; further ones are ignored */

struct card {
	int32_t index;
	uint8_t mac[6];
	bool up;
	bool carrier;
};

struct cards {
	struct card list[CARDS_MAX];
	size_t count;
	int32_t chosen; /* index of the card in use; 0: none */
};

/* A NETLINK_LINK or NETLINK_UNLINK answer. Returns the card it changed, or NULL: not a wired one, gone, or no room. */
const struct card *cards_note(struct cards *c, const struct netlink_answer *a);
/* The card with that index, or NULL. */
const struct card *cards_find(const struct cards *c, int32_t index);
/* Keeps the chosen card while it has carrier; else chooses the one with carrier that has the lowest index, or none.
 * Returns whether the choice changed. */
bool cards_choose(struct cards *c);

#endif
