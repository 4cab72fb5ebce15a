/* SPDX-License-Identifier: GPL-3.0-or-later
 * The net process. One loop over three descriptors and one timer; what to do is decided in cards.c and lease.c. */
#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "confine/confine.h"
#include "link/channel.h"
#include "net/arp.h"
#include "net/cards.h"
#include "net/lease.h"
#include "net/sockets.h"

enum { SEND_MS = 5000 }; /* init reads its channels all the time */

_Static_assert((int)NETLINK_READ_MAX <= (int)LIMIT_MESSAGE, "net.storage holds either");

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
	/* What was asked of the kernel last, and whether it took it. */
	int32_t address_index; /* the card that carries it; 0: none */
	bool applied;
	struct message_NET_STATUS address; /* as it is told once the kernel took it */
	uint32_t list_sequence;
	uint32_t old_sequence; /* the list of what the card carried before; 0: not under way */
	uint32_t address_sequence;
	uint32_t route_sequence;
	uint8_t storage[LIMIT_MESSAGE]; /* what was read last; a netlink datagram is smaller */
};

static struct net net; /* too large for the stack */

/* ---- requests to the kernel */

static enum err request(struct net *n, const struct buf *b)
{
	BUG_IF(b->failed);
	return netlink_send(n->netlink, buf_view(b));
}

static enum err list_links(struct net *n)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	n->list_sequence = ++n->sequence;
	netlink_put_list_links(&b, n->list_sequence);
	return request(n, &b);
}

static enum err set_up(struct net *n, const struct netlink_answer *link)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	if (!link->loopback)
		netlink_put_quiet_ipv6(&b, ++n->sequence, link->index);
	netlink_put_set_link(&b, ++n->sequence, link->index, true);
	return request(n, &b);
}

/* First the list of what the card carries: anything else goes before ours comes, since the kernel takes the addresses
 * that were added later to a prefix away with the first one. add_address() follows when the list is complete. */
static enum err apply(struct net *n)
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
	const struct message_NET_STATUS *a = &n->address;
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	n->old_sequence = 0;
	n->address_sequence = ++n->sequence;
	netlink_put_address(&b, n->address_sequence, n->address_index, a->address, a->prefix, true);
	if (!dhcp_is_zero(a->router)) {
		n->route_sequence = ++n->sequence;
		netlink_put_default_route(&b, n->route_sequence, n->address_index, a->router);
	}
	return request(n, &b);
}

static enum err remove_address(struct net *n, int32_t index, const uint8_t address[static 4], uint8_t prefix)
{
	uint8_t storage[NETLINK_REQUEST_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	netlink_put_address(&b, ++n->sequence, index, address, prefix, false);
	return request(n, &b);
}

/* Takes our address back from the card that carries it, if that card is still there. */
static enum err withdraw(struct net *n)
{
	int32_t index = n->address_index;

	n->address_index = 0;
	n->old_sequence = 0;
	n->applied = false;
	if (cards_find(&n->cards, index) == NULL)
		return ERR_OK;
	return remove_address(n, index, n->address.address, n->address.prefix);
}

/* ---- init */

static uint64_t address_number(const uint8_t a[static 4])
{
	return (uint64_t)a[0] << 24 | (uint64_t)a[1] << 16 | (uint64_t)a[2] << 8 | a[3];
}

static bool has_link(uint8_t state)
{
	return state == NET_STATE_ASKING || state == NET_STATE_UP;
}

static struct message_NET_STATUS status(const struct net *n)
{
	if (n->cards.count == 0)
		return (struct message_NET_STATUS){.state = NET_STATE_NO_CARD};
	if (n->cards.chosen == 0)
		return (struct message_NET_STATUS){.state = NET_STATE_NO_CARRIER};
	if (!n->applied)
		return (struct message_NET_STATUS){.state = NET_STATE_ASKING};
	return n->address;
}

static enum err tell(struct net *n)
{
	const struct message_NET_STATUS now = status(n);
	uint8_t storage[64];
	struct buf b = buf_over(storage, sizeof storage);

	if (!n->listed || (now.state == n->told.state && memcmp(now.address, n->told.address, 4) == 0 &&
			   now.prefix == n->told.prefix && memcmp(now.router, n->told.router, 4) == 0))
		return ERR_OK;
	if (has_link(now.state) != has_link(n->told.state))
		log_event(LOG_NET_LINK, has_link(now.state), 0);
	if (now.state == NET_STATE_UP)
		log_event(LOG_NET_ADDRESS, address_number(now.address), now.prefix);
	n->told = now;
	message_put_NET_STATUS(&b, &now);
	return channel_send(ROLE_FD_UP, &b, NULL, 0, clock_ms() + SEND_MS);
}

/* ---- the lease */

static const uint8_t everyone[6] = {255, 255, 255, 255, 255, 255};

static enum err send_request(struct net *n)
{
	uint8_t payload_storage[DHCP_SEND_MAX];
	uint8_t frame_storage[DHCP_FRAME_MAX];
	struct buf payload = buf_over(payload_storage, sizeof payload_storage);
	struct buf frame = buf_over(frame_storage, sizeof frame_storage);
	struct dhcp_request r;
	uint8_t from[4];
	uint8_t to[4];

	lease_message(&n->lease, clock_ms(), &r, from, to);
	dhcp_put_request(&payload, &r);
	dhcp_put_frame(&frame, from, to, buf_view(&payload));
	BUG_IF(payload.failed || frame.failed);
	/* One that can't be sent is one that got lost: the next try comes. */
	if (packet_send(PACKET_DHCP, n->dhcp, n->cards.chosen, to[0] == 255 ? everyone : n->server_mac,
			buf_view(&frame)) != ERR_OK)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
	return ERR_OK;
}

/* What ARP said before the first one is old. */
static void send_probe(struct net *n)
{
	uint8_t storage[ARP_LEN];
	struct buf b = buf_over(storage, sizeof storage);

	arp_put_probe(&b, n->lease.mac, n->lease.held.address);
	if ((n->lease.tries == 1 && packet_bind(PACKET_ARP, n->arp, n->cards.chosen) != ERR_OK) ||
	    packet_send(PACKET_ARP, n->arp, n->cards.chosen, everyone, buf_view(&b)) != ERR_OK)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
}

static enum err do_step(struct net *n, struct lease_step step)
{
	const struct dhcp_answer *held = &n->lease.held;
	enum err e = ERR_OK;

	if (step.changed && !n->lease.valid) {
		e = withdraw(n);
	} else if (step.changed) {
		n->address = (struct message_NET_STATUS){.state = NET_STATE_UP, .prefix = held->prefix};
		memcpy(n->address.address, held->address, 4);
		memcpy(n->address.router, held->router, 4);
		e = apply(n);
	}
	if (e == ERR_OK && step.send)
		e = send_request(n);
	if (step.probe)
		send_probe(n);
	return e;
}

static enum err on_packet(struct net *n)
{
	uint8_t packet[1600];
	struct dhcp_answer a;
	struct bytes payload;
	struct lease_step step;
	enum lease_state was;
	uint8_t from[6];
	bool checksummed;
	size_t got;
	enum err e = packet_receive(n->dhcp, packet, sizeof packet, &got, from, &checksummed);

	if (e == ERR_END || e == ERR_FORMAT)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	/* Bytes from outside: what doesn't fit is as if it had never come. */
	if (dhcp_read_frame(bytes_of(packet, got), checksummed, &payload) != ERR_OK ||
	    dhcp_read_answer(payload, n->lease.exchange, n->lease.mac, &a) != ERR_OK)
		return ERR_OK;
	was = n->lease.state;
	step = lease_answer(&n->lease, &a, clock_ms());
	if (n->lease.state == LEASE_BOUND && was != LEASE_BOUND)
		memcpy(n->server_mac, from, sizeof n->server_mac);
	return do_step(n, step);
}

static enum err on_arp(struct net *n)
{
	uint8_t packet[1600];
	uint8_t from[6];
	bool checksummed;
	size_t got;
	enum err e = packet_receive(n->arp, packet, sizeof packet, &got, from, &checksummed);

	if (e == ERR_END || e == ERR_FORMAT)
		return ERR_OK;
	if (e != ERR_OK || !arp_is_conflict(bytes_of(packet, got), n->lease.mac, n->lease.held.address))
		return e;
	log_event(LOG_NET_CONFLICT, address_number(n->lease.held.address), 0);
	return do_step(n, lease_conflict(&n->lease, clock_ms()));
}

/* ---- links */

static enum err use_chosen(struct net *n)
{
	const struct card *card = cards_find(&n->cards, n->cards.chosen);
	struct lease_step step;
	enum err e;

	if (card == NULL) {
		/* The address stays on the card for as long as its lease runs: most cables come back. */
		if (n->site.mode == NET_MODE_DHCP)
			lease_stop(&n->lease);
		return ERR_OK;
	}
	/* Two cards with one address would quarrel over the route. */
	if (n->address_index != 0 && n->address_index != card->index) {
		e = withdraw(n);
		if (e != ERR_OK)
			return e;
	}
	if (n->site.mode == NET_MODE_STATIC)
		return apply(n);
	if (packet_bind(PACKET_DHCP, n->dhcp, card->index) != ERR_OK)
		return ERR_OK; /* it went away; its message comes */
	step = lease_start(&n->lease, card->mac, clock_ms());
	/* The kernel dropped the routes with the carrier: set them again while the server is asked. */
	step.changed = step.changed || n->lease.valid;
	return do_step(n, step);
}

static enum err on_link(struct net *n, const struct netlink_answer *a)
{
	const struct card *card;

	if (a->loopback && a->kind == NETLINK_LINK && !a->up)
		return set_up(n, a);
	card = cards_note(&n->cards, a);
	if (card != NULL && !card->up) {
		enum err e = set_up(n, a);
		if (e != ERR_OK)
			return e;
	}
	return cards_choose(&n->cards) ? use_chosen(n) : ERR_OK;
}

static enum err on_result(struct net *n, const struct netlink_answer *a)
{
	/* The route is asked for last; without it the address is of no use. */
	uint32_t last = n->route_sequence != 0 ? n->route_sequence : n->address_sequence;

	if (a->sequence == n->list_sequence)
		n->listed = true;
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

static enum err on_answer(struct net *n, const struct netlink_answer *a)
{
	switch (a->kind) {
	case NETLINK_LINK:
	case NETLINK_UNLINK:
		return on_link(n, a);
	case NETLINK_ADDRESS:
		/* Left by an earlier net process or an earlier lease. */
		if (n->old_sequence == 0 || a->sequence != n->old_sequence || a->index != n->address_index ||
		    (memcmp(a->address, n->address.address, 4) == 0 && a->prefix == n->address.prefix))
			return ERR_OK;
		return remove_address(n, a->index, a->address, a->prefix);
	case NETLINK_RESULT:
		return on_result(n, a);
	case NETLINK_OTHER:
		break;
	}
	return ERR_OK;
}

static enum err on_netlink(struct net *n)
{
	struct netlink_answer a;
	struct bytes rest;
	size_t got;
	enum err e = netlink_receive(n->netlink, n->storage, &got);

	if (e == ERR_END)
		return ERR_OK;
	if (e == ERR_FULL)
		return list_links(n);
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

static enum err set_up_process(const struct role_options *o)
{
	struct net *n = &net;
	struct bytes fields;
	enum err e;

	TRY(role_part(o, MESSAGE_PART_NET, &fields));
	TRY(message_get_PART_NET(fields, &n->site));
	e = ERR_FORMAT;
	if (n->site.mode >= NET_MODE_COUNT)
		goto out;
	if (n->site.mode == NET_MODE_STATIC) {
		if (!dhcp_is_host(n->site.address) || n->site.prefix > 32)
			goto out;
		n->address = (struct message_NET_STATUS){.state = NET_STATE_UP, .prefix = n->site.prefix};
		memcpy(n->address.address, n->site.address, 4);
		memcpy(n->address.router, n->site.router, 4);
	}
	TRY(netlink_open(&n->netlink));
	TRY(packet_open(PACKET_DHCP, &n->dhcp));
	TRY(packet_open(PACKET_ARP, &n->arp));
	(void)port_hold(); /* kept open until the process ends */
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

	if (n->lease.next_ms == DEADLINE_NONE)
		return -1;
	if (n->lease.next_ms <= now)
		return 0;
	return n->lease.next_ms - now > INT32_MAX ? INT32_MAX : (int)(n->lease.next_ms - now);
}

static enum err serve(void)
{
	struct net *n = &net;
	bool stop = false;
	enum err e;

	TRY(role_tell_ready());
	TRY(list_links(n));
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
			TRY(on_packet(n));
		if (p[3].revents != 0)
			TRY(on_arp(n));
		TRY(do_step(n, lease_tick(&n->lease, clock_ms())));
		TRY(tell(n));
	}
out:
	return e;
}

int net_main(int argc, char **argv)
{
	return role_run(&(struct role_life){ROLE_NET, set_up_process, serve}, argc, argv);
}
