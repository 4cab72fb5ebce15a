/* SPDX-License-Identifier: GPL-3.0-or-later
 * The three sockets of net. All are made before the confinement; afterwards they are only bound, read and written. */
#ifndef NET_SOCKETS_H
#define NET_SOCKETS_H

#include "net/dhcp.h"
#include "net/netlink.h"

/* Hears of links from now on. ERR_IO. */
enum err netlink_open(int *fd) MUST_CHECK;
/* One or several whole requests. ERR_IO. */
enum err netlink_send(int fd, struct bytes requests) MUST_CHECK;
/* One datagram of the kernel's; doesn't wait. ERR_END: none there. ERR_FULL: the kernel dropped some: list again.
 * ERR_IO. */
enum err netlink_receive(int fd, uint8_t out[static NETLINK_READ_MAX], size_t *got) MUST_CHECK;

enum packet_kind {
	PACKET_DHCP, /* takes nothing but IPv4 UDP to port 68 */
	PACKET_ARP,
};

/* A packet socket, deaf until it is bound. ERR_IO. */
enum err packet_open(enum packet_kind kind, int *fd) MUST_CHECK;
/* To a card, dropping what came before. ERR_NOT_FOUND: the card has gone. ERR_IO. */
enum err packet_bind(enum packet_kind kind, int fd, int32_t index) MUST_CHECK;
/* One packet, to a hardware address. ERR_IO (the card may just have gone). */
enum err packet_send(enum packet_kind kind, int fd, int32_t index, const uint8_t mac[static 6],
		     struct bytes packet) MUST_CHECK;
/* One packet that was sent to this card or to all; doesn't wait. `from` is the sender's hardware address,
 * `checksummed` whether its UDP checksum can be right. ERR_END: none there, ERR_FORMAT: one to leave alone, ERR_IO. */
enum err packet_receive(int fd, uint8_t *out, size_t cap, size_t *got, uint8_t from[static 6],
			bool *checksummed) MUST_CHECK;

#endif
