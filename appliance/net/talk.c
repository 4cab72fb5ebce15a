/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "net/arp.h"
#include "net/sockets.h"
#include "net/state.h"

static const uint8_t everyone[6] = {255, 255, 255, 255, 255, 255};

/* ---- sending: what can't be sent is what got lost; the next try comes. */

static void send_request(struct net *n)
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
	if (packet_send(PACKET_DHCP, n->dhcp, n->cards.chosen, to[0] == 255 ? everyone : n->server_mac,
			buf_view(&frame)) != ERR_OK)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
}

/* What ARP said before the first one is old. Deaf, no probe is worth anything. */
static enum err send_probe(struct net *n)
{
	uint8_t storage[ARP_LEN];
	struct buf b = buf_over(storage, sizeof storage);

	arp_put_probe(&b, n->lease.mac, n->lease.held.address);
	if (n->lease.tries == 1) {
		enum err e = packet_bind(PACKET_ARP, n->arp, n->cards.chosen);
		if (e != ERR_OK)
			return e == ERR_NOT_FOUND ? ERR_OK : e; /* its message comes */
	}
	if (packet_send(PACKET_ARP, n->arp, n->cards.chosen, everyone, buf_view(&b)) != ERR_OK)
		log_event(LOG_FAILED, ERR_IO, (uint64_t)errno);
	return ERR_OK;
}

enum err talk_step(struct net *n, struct lease_step step)
{
	const struct dhcp_answer *held = &n->lease.held;
	enum err e = ERR_OK;

	if (step.changed && !n->lease.valid) {
		e = kernel_withdraw(n);
	} else if (step.changed) {
		n->prefix = held->prefix;
		memcpy(n->address, held->address, sizeof n->address);
		memcpy(n->router, held->router, sizeof n->router);
		e = kernel_apply(n);
	}
	if (step.send)
		send_request(n);
	if (step.probe && e == ERR_OK)
		e = send_probe(n);
	return e;
}

/* ---- hearing: bytes from outside. What doesn't fit is as if it had never come. */

enum err talk_hear_dhcp(struct net *n)
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
	if (dhcp_read_frame(bytes_of(packet, got), checksummed, &payload) != ERR_OK ||
	    dhcp_read_answer(payload, n->lease.exchange, n->lease.mac, &a) != ERR_OK)
		return ERR_OK;
	was = n->lease.state;
	step = lease_answer(&n->lease, &a, clock_ms());
	if (a.type == DHCP_ACK && n->lease.state != was)
		memcpy(n->server_mac, from, sizeof n->server_mac);
	return talk_step(n, step);
}

enum err talk_hear_arp(struct net *n)
{
	const uint8_t *address = n->lease.held.address;
	uint8_t packet[1600];
	uint8_t from[6];
	bool checksummed;
	size_t got;
	enum err e = packet_receive(n->arp, packet, sizeof packet, &got, from, &checksummed);

	if (e == ERR_END || e == ERR_FORMAT)
		return ERR_OK;
	if (e != ERR_OK || !arp_is_conflict(bytes_of(packet, got), n->lease.mac, address))
		return e;
	log_event(LOG_NET_CONFLICT,
		  (uint64_t)address[0] << 24 | (uint64_t)address[1] << 16 | (uint64_t)address[2] << 8 | address[3], 0);
	return talk_step(n, lease_conflict(&n->lease, clock_ms()));
}
