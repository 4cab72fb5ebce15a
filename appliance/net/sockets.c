/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum err netlink_open(int *fd)
{
	const struct sockaddr_nl local = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR};
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (s < 0)
		return ERR_IO;
	if (bind(s, (const struct sockaddr *)&local, sizeof local) != 0) {
		close(s);
		return ERR_IO;
	}
	*fd = s;
	return ERR_OK;
}

enum err netlink_send(int fd, struct bytes requests)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	do
		n = sendto(fd, requests.p, requests.n, 0, (const struct sockaddr *)&kernel, sizeof kernel);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)requests.n ? ERR_OK : ERR_IO;
}

enum err netlink_receive(int fd, uint8_t out[static NETLINK_READ_MAX], size_t *got)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {.iov_base = out, .iov_len = NETLINK_READ_MAX};
		struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1};
		ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? ERR_END : errno == ENOBUFS ? ERR_FULL : ERR_IO;
		if ((m.msg_flags & MSG_TRUNC) != 0)
			return ERR_FULL;
		/* Another process may write to this socket; only the kernel has port 0. */
		if (from.nl_pid != 0)
			continue;
		*got = (size_t)n;
		return ERR_OK;
	}
}

/* The filter sees the packet from its IPv4 header on. */
static const struct sock_filter udp_to_68[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0), /* not a first fragment */
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0xffff),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

static uint16_t protocol_of(enum packet_kind kind)
{
	return htons(kind == PACKET_ARP ? ETH_P_ARP : ETH_P_IP);
}

enum err packet_open(enum packet_kind kind, int *fd)
{
	const struct sock_fprog filter = {.len = sizeof udp_to_68 / sizeof udp_to_68[0],
					  .filter = (struct sock_filter *)(uintptr_t)udp_to_68};
	const int on = 1;
	/* Protocol 0: deaf until packet_bind(). */
	int s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return ERR_IO;
	if (kind == PACKET_DHCP && (setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0 ||
				    setsockopt(s, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0)) {
		close(s);
		return ERR_IO;
	}
	*fd = s;
	return ERR_OK;
}

enum err packet_bind(enum packet_kind kind, int fd, int32_t index)
{
	const struct sockaddr_ll card = {
	    .sll_family = AF_PACKET, .sll_protocol = protocol_of(kind), .sll_ifindex = index};
	uint8_t old[64];

	if (bind(fd, (const struct sockaddr *)&card, sizeof card) != 0)
		return errno == ENODEV ? ERR_NOT_FOUND : ERR_IO;
	while (recv(fd, old, sizeof old, MSG_DONTWAIT) >= 0)
		;
	return ERR_OK;
}

enum err packet_send(enum packet_kind kind, int fd, int32_t index, const uint8_t mac[static 6], struct bytes packet)
{
	struct sockaddr_ll to = {
	    .sll_family = AF_PACKET, .sll_protocol = protocol_of(kind), .sll_ifindex = index, .sll_halen = 6};
	ssize_t n;

	memcpy(to.sll_addr, mac, 6);
	do
		n = sendto(fd, packet.p, packet.n, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)packet.n ? ERR_OK : ERR_IO;
}

/* A packet that never was on a wire (a virtual card's host sent it) has no checksum yet. The kernel says so in the only
 * control message that this socket asked for. */
static bool has_checksum(struct msghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct tpacket_auxdata aux;

	if (c == NULL || c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA ||
	    c->cmsg_len < CMSG_LEN(sizeof aux))
		return true;
	memcpy(&aux, CMSG_DATA(c), sizeof aux);
	return (aux.tp_status & TP_STATUS_CSUMNOTREADY) == 0;
}

enum err packet_receive(int fd, uint8_t *out, size_t cap, size_t *got, uint8_t from[static 6], bool *checksummed)
{
	union {
		struct cmsghdr align;
		uint8_t space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll sender = {0};
	struct iovec iov = {.iov_base = out, .iov_len = cap};
	struct msghdr m = {.msg_name = &sender,
			   .msg_namelen = sizeof sender,
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.space,
			   .msg_controllen = sizeof control};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);

	if (n < 0)
		/* ENETDOWN is said once when the card goes down; the link message says it too. */
		return errno == EAGAIN ? ERR_END : errno == EINTR || errno == ENETDOWN ? ERR_FORMAT : ERR_IO;
	if ((m.msg_flags & MSG_TRUNC) != 0 || sender.sll_halen != 6 ||
	    (sender.sll_pkttype != PACKET_HOST && sender.sll_pkttype != PACKET_BROADCAST))
		return ERR_FORMAT;
	*got = (size_t)n;
	memcpy(from, sender.sll_addr, 6);
	*checksummed = has_checksum(&m);
	return ERR_OK;
}
