/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/random.h"
#include "net/sockets.h"
#include "net/state.h"

enum {
	COUNT_EVERY_MS = 10 * 1000, /* what was dropped: the operator looks at it; nothing follows from it */
	COUNT_TOLD_MS = 60 * 60 * 1000,
};

static enum err request(struct net *n, const struct buf *b)
{
	BUG_IF(b->failed);
	return netlink_send(n->netlink, buf_view(b));
}

enum err kernel_list_links(struct net *n)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	n->list_sequence = ++n->sequence;
	netlink_put_list_links(&b, n->list_sequence);
	return request(n, &b);
}

/* ---- cards */

static void draw_mac(uint8_t mac[static 6])
{
	random_fill(mac, 6);
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2); /* a single card's, given out locally (IEEE 802) */
}

enum err kernel_prepare(struct net *n, struct card *card)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);
	enum fence_ipv6 ipv6 = (enum fence_ipv6)n->site.mode6;
	struct fence in, out;
	uint8_t mac[6];

	card->state = CARD_PREPARING;
	card->first_sequence = n->sequence + 1;
	netlink_put_settings(&b, ++n->sequence, card->index, ipv6 == FENCE_IPV6_SLAAC);
	/* What is above a fence needs none of its own. */
	if (card->below == 0) {
		fence_make(&in, FENCE_IN, ipv6, n->site.vlan);
		fence_make(&out, FENCE_OUT, ipv6, n->site.vlan);
		netlink_put_fence_post(&b, ++n->sequence, card->index);
		netlink_put_fence(&b, ++n->sequence, card->index, FENCE_IN, &in);
		netlink_put_fence(&b, ++n->sequence, card->index, FENCE_OUT, &out);
	}
	/* A card that is up was switched on by a net process before this one, and has its address for this start. */
	if (n->site.random_mac != 0 && !card->up && card->below == 0) {
		draw_mac(mac);
		netlink_put_mac(&b, ++n->sequence, card->index, mac);
	}
	card->last_sequence = n->sequence;
	return request(n, &b);
}

enum err kernel_set_up(struct net *n, int32_t index)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	netlink_put_set_link(&b, ++n->sequence, index, true);
	return request(n, &b);
}

enum err kernel_add_vlan(struct net *n, const struct card *card)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	netlink_put_vlan(&b, ++n->sequence, card->index, n->site.vlan);
	return request(n, &b);
}

/* One that can't be fenced in, or not be given its settings, stays off. */
static void on_prepared(struct card *card, const struct netlink_answer *a)
{
	if (a->error != 0) {
		log_event(LOG_NET_REFUSED, (uint64_t)card->index, (uint64_t)a->error);
		card->state = CARD_REFUSED;
	} else if (a->sequence == card->last_sequence && card->state == CARD_PREPARING) {
		card->state = CARD_READY;
	}
}

/* ---- the address */

/* First the list of what the card carries: anything else goes before ours comes, since the kernel takes the addresses
 * that were added later to a prefix away with the first one. add_address() follows when the list is complete. */
enum err kernel_apply(struct net *n)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	n->applied = false;
	n->address_index = n->cards.chosen;
	n->address_sequence = n->route_sequence = 0;
	n->old_sequence = ++n->sequence;
	netlink_put_list_addresses(&b, n->old_sequence);
	return request(n, &b);
}

static enum err add_address(struct net *n)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	n->old_sequence = 0;
	n->address_sequence = ++n->sequence;
	netlink_put_address(&b, n->address_sequence, n->address_index, BYTES_ARRAY(n->address), n->prefix, true);
	if (!dhcp_is_zero(n->router)) {
		n->route_sequence = ++n->sequence;
		netlink_put_default_route(&b, n->route_sequence, n->address_index, BYTES_ARRAY(n->router));
	}
	return request(n, &b);
}

static enum err remove_address(struct net *n, int32_t index, struct bytes address, uint8_t prefix)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	netlink_put_address(&b, ++n->sequence, index, address, prefix, false);
	return request(n, &b);
}

enum err kernel_withdraw(struct net *n)
{
	int32_t index = n->address_index;

	n->address_index = 0;
	n->old_sequence = 0;
	n->applied = false;
	if (cards_find(&n->cards, index) == NULL)
		return ERR_OK;
	return remove_address(n, index, BYTES_ARRAY(n->address), n->prefix);
}

enum err kernel_apply6(struct net *n)
{
	static const uint8_t none[16] = {0};
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	netlink_put_address(&b, ++n->sequence, n->cards.chosen, BYTES_ARRAY(n->site.address6), n->site.prefix6, true);
	if (memcmp(n->site.router6, none, sizeof none) != 0)
		netlink_put_default_route(&b, ++n->sequence, n->cards.chosen, BYTES_ARRAY(n->site.router6));
	return request(n, &b);
}

enum err kernel_list_addresses6(struct net *n)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	n->list6_sequence = ++n->sequence;
	netlink_put_list_addresses(&b, n->list6_sequence);
	return request(n, &b);
}

enum err kernel_count(struct net *n)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	n->counting = 0;
	n->count_ms = clock_ms() + COUNT_EVERY_MS;
	n->count_sequence = ++n->sequence;
	netlink_put_list_fences(&b, n->count_sequence);
	return request(n, &b);
}

/* ---- answers */

/* On a lively network it grows all the time; not each packet is news. */
static void on_count(struct net *n)
{
	uint64_t now = clock_ms();

	if (n->counting / 2 < n->dropped && now < n->dropped_ms + COUNT_TOLD_MS)
		return;
	n->dropped = n->counting;
	n->dropped_ms = now;
}

/* The kernel makes one list at a time for a socket (EBUSY), and goes on with it as we read. What was dropped is counted
 * again soon anyway. */
static enum err list_again(struct net *n, uint32_t sequence)
{
	if (sequence == n->list_sequence)
		return kernel_list_links(n);
	if (n->old_sequence != 0 && sequence == n->old_sequence)
		return kernel_apply(n);
	return sequence == n->list6_sequence ? kernel_list_addresses6(n) : ERR_OK;
}

static bool is_list(const struct net *n, uint32_t sequence)
{
	return sequence == n->list_sequence || sequence == n->count_sequence || sequence == n->list6_sequence ||
	       (n->old_sequence != 0 && sequence == n->old_sequence);
}

static enum err on_result(struct net *n, const struct netlink_answer *a, struct card **ready)
{
	/* The route is asked for last; without it the address is of no use. */
	uint32_t last = n->route_sequence != 0 ? n->route_sequence : n->address_sequence;
	struct card *card = cards_asked(&n->cards, a->sequence);

	if (a->error == EBUSY && is_list(n, a->sequence))
		return list_again(n, a->sequence);
	if (card != NULL) {
		on_prepared(card, a);
		*ready = card->state == CARD_READY ? card : NULL;
	}
	if (a->sequence == n->list_sequence)
		n->listed = true;
	if (a->sequence == n->count_sequence)
		on_count(n);
	if (n->old_sequence != 0 && a->sequence == n->old_sequence)
		return add_address(n);
	if (n->address_index != 0 && last != 0 && (a->sequence == n->address_sequence || a->sequence == last)) {
		if (a->error != 0)
			log_event(LOG_FAILED, ERR_IO, (uint64_t)a->error);
		n->applied = a->sequence == last && a->error == 0;
	}
	/* Without the right to change anything the process is of no use; other errors are a card that just went. */
	return a->error == EPERM ? ERR_IO : ERR_OK;
}

/* One left by an earlier net process or an earlier lease goes; the kernel's and the server's words about ours don't. */
static enum err on_address(struct net *n, const struct netlink_answer *a)
{
	if (n->old_sequence == 0 || a->sequence != n->old_sequence || a->index != n->address_index ||
	    (memcmp(a->address, n->address, 4) == 0 && a->prefix == n->prefix))
		return ERR_OK;
	return remove_address(n, a->index, BYTES_ARRAY(a->address), a->prefix);
}

/* Two cards with one address would quarrel over the route. The last card keeps it while no card is chosen. */
static enum err on_address6(struct net *n, const struct netlink_answer *a)
{
	if (a->index == n->cards.chosen)
		memcpy(n->address6, a->address6, sizeof n->address6);
	else if (n->cards.chosen != 0 && n->site.mode6 == FENCE_IPV6_STATIC &&
		 memcmp(a->address6, n->site.address6, sizeof a->address6) == 0)
		return remove_address(n, a->index, BYTES_ARRAY(a->address6), a->prefix);
	return ERR_OK;
}

enum err kernel_answer(struct net *n, const struct netlink_answer *a, struct card **ready)
{
	*ready = NULL;
	switch (a->kind) {
	case NETLINK_ADDRESS:
		return on_address(n, a);
	case NETLINK_ADDRESS6:
		return on_address6(n, a);
	case NETLINK_UNADDRESS6:
		if (a->index == n->cards.chosen && memcmp(a->address6, n->address6, sizeof n->address6) == 0)
			memset(n->address6, 0, sizeof n->address6);
		return ERR_OK;
	case NETLINK_FENCE:
		if (a->sequence == n->count_sequence)
			n->counting += a->dropped;
		return ERR_OK;
	case NETLINK_RESULT:
		return on_result(n, a, ready);
	case NETLINK_LINK:
	case NETLINK_UNLINK:
	case NETLINK_OTHER:
		break;
	}
	return ERR_OK;
}
