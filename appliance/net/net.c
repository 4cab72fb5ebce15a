/* SPDX-License-Identifier: GPL-3.0-or-later
 * The net process. One loop over four descriptors and two timers; what to do is decided in cards.c and lease.c. */
#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "confine/confine.h"
#include "link/channel.h"
#include "net/sockets.h"
#include "net/state.h"

enum {
	SEND_MS = 5000, /* init reads its channels all the time */
	VLAN_LAST = 4094,
};

_Static_assert((int)NETLINK_READ_MAX <= (int)LIMIT_MESSAGE, "net.storage holds either");

static struct net net; /* too large for the stack */

/* ---- init */

static uint64_t address_number(const uint8_t a[static 4])
{
	return (uint64_t)a[0] << 24 | (uint64_t)a[1] << 16 | (uint64_t)a[2] << 8 | a[3];
}

static bool has_link(uint8_t state)
{
	return state == NET_STATE_ASKING || state == NET_STATE_UP;
}

static bool is_up(const struct net *n)
{
	static const uint8_t none[sizeof n->address6];

	return n->site.mode == NET_MODE_NONE ? memcmp(n->address6, none, sizeof none) != 0 : n->applied;
}

static struct message_NET_STATUS status(const struct net *n)
{
	const struct card *card = cards_find(&n->cards, n->cards.chosen);
	struct message_NET_STATUS m = {.cards = (uint8_t)cards_count(&n->cards), .dropped = n->dropped};

	if (card == NULL) {
		m.state = m.cards == 0 ? NET_STATE_NO_CARD : NET_STATE_NO_CARRIER;
		return m;
	}
	m.state = is_up(n) ? NET_STATE_UP : NET_STATE_ASKING;
	memcpy(m.mac, card->mac, sizeof m.mac);
	memcpy(m.address6, n->address6, sizeof m.address6);
	if (n->applied) {
		m.prefix = n->prefix;
		memcpy(m.address, n->address, sizeof m.address);
		memcpy(m.router, n->router, sizeof m.router);
	}
	return m;
}

static enum err tell(struct net *n)
{
	const struct message_NET_STATUS now = status(n);
	uint8_t storage[NET_STATUS_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	message_put_NET_STATUS(&b, &now);
	BUG_IF(b.failed);
	if (!n->listed || !cards_settled(&n->cards) || bytes_eq(buf_view(&b), bytes_of(n->told_record, n->told_len)))
		return ERR_OK;
	if (has_link(now.state) != has_link(n->told.state))
		log_event(LOG_NET_LINK, has_link(now.state), 0);
	if (now.state == NET_STATE_UP && memcmp(now.address, n->told.address, 4) != 0)
		log_event(LOG_NET_ADDRESS, address_number(now.address), now.prefix);
	n->told = now;
	n->told_len = b.len;
	memcpy(n->told_record, b.p, b.len);
	return channel_send(ROLE_FD_UP, &b, NULL, 0, clock_ms() + SEND_MS);
}

/* ---- links */

/* Without a card the address stays where it is, as the IPv4 one does. */
static enum err use_chosen6(struct net *n)
{
	enum err e;

	memset(n->address6, 0, sizeof n->address6);
	if (n->cards.chosen == 0 || n->site.mode6 == FENCE_IPV6_OFF)
		return ERR_OK;
	if (n->site.mode6 == FENCE_IPV6_STATIC)
		TRY(kernel_apply6(n));
	e = kernel_list_addresses6(n);
out:
	return e;
}

static enum err use_chosen(struct net *n)
{
	const struct card *card = cards_find(&n->cards, n->cards.chosen);
	struct lease_step step;
	enum err e;

	TRY(use_chosen6(n));
	if (card == NULL) {
		/* The address stays on the card for as long as its lease runs: most cables come back. */
		if (n->site.mode == NET_MODE_DHCP)
			lease_stop(&n->lease);
		return ERR_OK;
	}
	/* Two cards with one address would quarrel over the route. */
	if (n->address_index != 0 && n->address_index != card->index)
		TRY(kernel_withdraw(n));
	if (n->site.mode == NET_MODE_NONE)
		return ERR_OK;
	if (n->site.mode == NET_MODE_STATIC)
		return kernel_apply(n);
	e = packet_bind(PACKET_DHCP, n->dhcp, card->index);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e; /* it went away; its message comes */
	step = lease_start(&n->lease, card->mac, clock_ms());
	/* The kernel dropped the routes with the carrier: set them again while the server is asked. */
	step.changed = step.changed || n->lease.valid;
	e = talk_step(n, step);
out:
	return e;
}

static enum err choose(struct net *n)
{
	return cards_choose(&n->cards) ? use_chosen(n) : ERR_OK;
}

static enum err on_link(struct net *n, const struct netlink_answer *a)
{
	struct card *card;
	enum err e = ERR_OK;

	if (a->loopback && a->kind == NETLINK_LINK && !a->up)
		return kernel_set_up(n, a->index);
	card = cards_note(&n->cards, a);
	if (card != NULL && card->state == CARD_NEW)
		e = kernel_prepare(n, card);
	else if (card != NULL && card->state == CARD_READY && !card->up)
		e = kernel_set_up(n, card->index);
	return e == ERR_OK ? choose(n) : e;
}

static enum err on_ready(struct net *n, const struct card *card)
{
	enum err e = ERR_OK;

	if (!card->up)
		e = kernel_set_up(n, card->index);
	if (e == ERR_OK && n->cards.vlan && card->below == 0)
		e = kernel_add_vlan(n, card);
	return e == ERR_OK ? choose(n) : e;
}

static enum err on_answer(struct net *n, const struct netlink_answer *a)
{
	struct card *ready;
	enum err e;

	if (a->kind == NETLINK_LINK || a->kind == NETLINK_UNLINK)
		return on_link(n, a);
	e = kernel_answer(n, a, &ready);
	return e == ERR_OK && ready != NULL ? on_ready(n, ready) : e;
}

static enum err on_netlink(struct net *n)
{
	struct netlink_answer a;
	struct bytes rest;
	size_t got;
	enum err e = netlink_receive(n->netlink, n->storage, &got);

	if (e == ERR_END)
		return ERR_OK;
	if (e == ERR_FULL) {
		cards_begin_again(&n->cards);
		return kernel_list_links(n);
	}
	if (e != ERR_OK)
		return e;
	rest = bytes_of(n->storage, got);
	while ((e = netlink_next(&rest, &a)) == ERR_OK) {
		e = on_answer(n, &a);
		if (e != ERR_OK)
			return e;
	}
	return e == ERR_END ? ERR_OK : e;
}

/* ---- the process */

/* init leaves us the kernel's switch (net/ipv6/conf/all/disable_ipv6), which it has put to "off". No card is up that
 * has no fence. */
static enum err switch_ipv6(bool on)
{
	const char *text = on ? "0" : "1";
	enum err e = write(ROLE_FD_A, text, 1) == 1 ? ERR_OK : ERR_IO;

	close(ROLE_FD_A);
	return e;
}

static enum err set_up_process(const struct role_options *o)
{
	struct net *n = &net;
	struct bytes fields;
	enum err e;

	TRY(role_part(o, MESSAGE_PART_NET, &fields));
	TRY(message_get_PART_NET(fields, &n->site));
	e = ERR_FORMAT;
	if (n->site.mode >= NET_MODE_COUNT || n->site.mode6 > FENCE_IPV6_SLAAC || n->site.vlan > VLAN_LAST ||
	    (n->site.mode == NET_MODE_NONE && n->site.mode6 == FENCE_IPV6_OFF))
		goto out;
	if (n->site.mode == NET_MODE_STATIC) {
		if (!dhcp_is_host(n->site.address) || n->site.prefix > 32)
			goto out;
		n->prefix = n->site.prefix;
		memcpy(n->address, n->site.address, sizeof n->address);
		memcpy(n->router, n->site.router, sizeof n->router);
	}
	TRY(switch_ipv6(n->site.mode6 != FENCE_IPV6_OFF));
	TRY(netlink_open(&n->netlink));
	TRY(packet_open(PACKET_DHCP, &n->dhcp));
	TRY(packet_open(PACKET_ARP, &n->arp));
	n->cards.vlan = n->site.vlan != 0;
	n->told.state = NET_STATE_COUNT;
	n->lease.next_ms = DEADLINE_NONE;
out:
	return e;
}

static enum err on_init(struct net *n, bool *stop)
{
	struct incoming in;
	enum err e =
	    channel_receive(ROLE_FD_UP, 1u << ROLE_INIT, ROLE_NET, STATE_UP, n->storage, clock_ms() + SEND_MS, &in);

	if (e == ERR_OK && in.type == MESSAGE_PING)
		return role_tell_alive(ROLE_FD_UP);
	if (e != ERR_OK && e != ERR_END)
		return e;
	*stop = true; /* or STOP */
	return ERR_OK;
}

static int poll_time(const struct net *n)
{
	uint64_t now = clock_ms();
	uint64_t next = n->lease.next_ms < n->count_ms ? n->lease.next_ms : n->count_ms;

	return next <= now ? 0 : (int)(next - now);
}

static enum err serve(void)
{
	struct net *n = &net;
	bool stop = false;
	enum err e;

	TRY(role_tell_ready());
	TRY(kernel_list_links(n));
	while (!stop) {
		/* Nobody's ARP wakes it up but while it probes. */
		int arp = n->lease.state == LEASE_PROBING ? n->arp : -1;
		struct pollfd p[] = {{.fd = ROLE_FD_UP, .events = POLLIN},
				     {.fd = n->netlink, .events = POLLIN},
				     {.fd = n->dhcp, .events = POLLIN},
				     {.fd = arp, .events = POLLIN}};

		if (poll(p, sizeof p / sizeof p[0], poll_time(n)) < 0 && errno != EINTR)
			return ERR_IO;
		if (p[0].revents != 0)
			TRY(on_init(n, &stop));
		if (p[1].revents != 0)
			TRY(on_netlink(n));
		if (p[2].revents != 0)
			TRY(talk_hear_dhcp(n));
		if (p[3].revents != 0)
			TRY(talk_hear_arp(n));
		TRY(talk_step(n, lease_tick(&n->lease, clock_ms())));
		if (clock_ms() >= n->count_ms)
			TRY(kernel_count(n));
		TRY(tell(n));
	}
out:
	return e;
}

int net_main(int argc, char **argv)
{
	return role_run(&(struct role_life){ROLE_NET, set_up_process, serve}, argc, argv);
}
