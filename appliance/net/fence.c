/* SPDX-License-Identifier: GPL-3.0-or-later
 * A load past the packet's end would end the program with 0, which lets the packet pass: so each is behind a check of
 * the length. */
#include "net/fence.h"

#include <linux/if_ether.h>

#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <string.h>

enum place { NEXT, PASS, DROP, ARP, IPV4, IPV4_TCP, IPV4_UDP, IPV6, IPV6_TCP, IPV6_ICMP, IPV6_OPTIONS, PLACES };

enum {
	ETHERNET = 14,
	AT_TYPE = 12,
	/* ARP */
	AT_ARP_KINDS = ETHERNET,
	AT_ARP_LENGTHS = ETHERNET + 4,
	AT_ARP_OPERATION = ETHERNET + 6,
	LEAST = ETHERNET + 28, /* an ARP packet, or IPv4 and UDP headers: nothing shorter passes */
	ARP_KINDS = 0x00010800,
	ARP_LENGTHS = 0x0604,
	/* IPv4; what follows it stands behind X more bytes */
	AT_IPV4_FRAGMENT = ETHERNET + 6,
	AT_IPV4_PROTOCOL = ETHERNET + 9,
	FRAGMENT = 0x3fff,
	AT_SOURCE_PORT = ETHERNET,
	AT_TARGET_PORT = ETHERNET + 2,
	PORT_SERVER = 67,
	PORT_CLIENT = 68,
	TCP_HEADER = 20,
	AT_TCP_FLAGS = 13,
	TCP_RESET = 4,
	TCP_ACK = 16,
	/* IPv6 */
	AT_IPV6_NEXT = ETHERNET + 6,
	IPV6_HEADER = 40,
	OPTIONS_HEADER = 8,
	ICMP_HEADER = 8,
	NEXT_OPTIONS = 0,
	/* RFC 4861, RFC 3810 */
	ROUTER_ASKED = 133,
	ROUTER_HEARD = 134,
	NEIGHBOUR_ASKED = 135,
	NEIGHBOUR_HEARD = 136,
	MULTICAST_QUERY = 130,
	MULTICAST_REPORT = 143,
};

struct maker {
	struct fence *fence;
	uint16_t at[PLACES];
	uint8_t yes[FENCE_MAX];
	uint8_t no[FENCE_MAX];
};

static void add(struct maker *m, unsigned code, uint32_t k, enum place yes, enum place no)
{
	uint16_t i = m->fence->count++;

	BUG_IF(i >= FENCE_MAX);
	m->fence->code[i] = (struct sock_filter){.code = (uint16_t)code, .k = k};
	m->yes[i] = (uint8_t)yes;
	m->no[i] = (uint8_t)no;
}

static void load(struct maker *m, unsigned size, uint32_t at)
{
	add(m, BPF_LD | size | BPF_ABS, at, NEXT, NEXT);
}

static void load_behind_ipv4(struct maker *m, unsigned size, uint32_t at)
{
	add(m, BPF_LD | size | BPF_IND, at, NEXT, NEXT);
}

static void is(struct maker *m, uint32_t value, enum place yes, enum place no)
{
	add(m, BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

static void any_bit(struct maker *m, uint32_t bits, enum place yes, enum place no)
{
	add(m, BPF_JMP | BPF_JSET | BPF_K, bits, yes, no);
}

static void at_least(struct maker *m, uint32_t length)
{
	add(m, BPF_LD | BPF_W | BPF_LEN, 0, NEXT, NEXT);
	add(m, BPF_JMP | BPF_JGE | BPF_K, length, NEXT, DROP);
}

static void at_least_behind_ipv4(struct maker *m, uint32_t length)
{
	add(m, BPF_LD | BPF_W | BPF_LEN, 0, NEXT, NEXT);
	add(m, BPF_JMP | BPF_JGE | BPF_X, 0, NEXT, DROP); /* the difference is unsigned */
	add(m, BPF_ALU | BPF_SUB | BPF_X, 0, NEXT, NEXT);
	add(m, BPF_JMP | BPF_JGE | BPF_K, length, NEXT, DROP);
}

static void place(struct maker *m, enum place p)
{
	m->at[p] = m->fence->count;
}

static void answer(struct maker *m, enum place p, uint32_t verdict)
{
	place(m, p);
	add(m, BPF_RET | BPF_K, verdict, NEXT, NEXT);
}

static void finish(struct maker *m)
{
	for (uint16_t i = 0; i < m->fence->count; i++) {
		if (m->yes[i] != NEXT)
			m->fence->code[i].jt = (uint8_t)(m->at[m->yes[i]] - i - 1);
		if (m->no[i] != NEXT)
			m->fence->code[i].jf = (uint8_t)(m->at[m->no[i]] - i - 1);
	}
}

static void check_vlan(struct maker *m, uint16_t vlan)
{
	if (vlan == 0) {
		/* Number 0 is a priority without a network (802.1Q). */
		add(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG), NEXT, NEXT);
		any_bit(m, 0xfff, DROP, NEXT);
		return;
	}
	add(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT), NEXT, NEXT);
	is(m, 0, DROP, NEXT);
	add(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG), NEXT, NEXT);
	add(m, BPF_ALU | BPF_AND | BPF_K, 0xfff, NEXT, NEXT);
	is(m, vlan, NEXT, DROP);
}

static void check_arp(struct maker *m)
{
	place(m, ARP);
	load(m, BPF_W, AT_ARP_KINDS);
	is(m, ARP_KINDS, NEXT, DROP);
	load(m, BPF_H, AT_ARP_LENGTHS);
	is(m, ARP_LENGTHS, NEXT, DROP);
	load(m, BPF_H, AT_ARP_OPERATION);
	is(m, 1, PASS, NEXT);
	is(m, 2, PASS, DROP);
}

/* The flags are loaded. Nothing listens: what begins a connection, or is a scan without ACK, doesn't come in; and a
 * reset without ACK, with which the kernel answers what belongs to no connection, doesn't go out. */
static void check_tcp_flags(struct maker *m, enum fence_way way)
{
	if (way == FENCE_IN) {
		any_bit(m, TCP_ACK | TCP_RESET, PASS, DROP);
		return;
	}
	any_bit(m, TCP_RESET, NEXT, PASS);
	any_bit(m, TCP_ACK, PASS, DROP);
}

static void check_ipv4(struct maker *m, enum fence_way way)
{
	place(m, IPV4);
	load(m, BPF_H, AT_IPV4_FRAGMENT);
	any_bit(m, FRAGMENT, DROP, NEXT);
	add(m, BPF_LDX | BPF_B | BPF_MSH, ETHERNET, NEXT, NEXT);
	load(m, BPF_B, AT_IPV4_PROTOCOL);
	is(m, IPPROTO_TCP, IPV4_TCP, NEXT);
	is(m, IPPROTO_UDP, IPV4_UDP, DROP);

	place(m, IPV4_TCP);
	at_least_behind_ipv4(m, ETHERNET + TCP_HEADER);
	load_behind_ipv4(m, BPF_B, ETHERNET + AT_TCP_FLAGS);
	check_tcp_flags(m, way);

	place(m, IPV4_UDP);
	at_least_behind_ipv4(m, ETHERNET + 8);
	load_behind_ipv4(m, BPF_H, AT_SOURCE_PORT);
	is(m, way == FENCE_IN ? PORT_SERVER : PORT_CLIENT, NEXT, DROP);
	load_behind_ipv4(m, BPF_H, AT_TARGET_PORT);
	is(m, way == FENCE_IN ? PORT_CLIENT : PORT_SERVER, PASS, DROP);
}

static void check_icmp_type(struct maker *m, enum fence_way way, enum fence_ipv6 ipv6)
{
	if (ipv6 == FENCE_IPV6_SLAAC)
		is(m, way == FENCE_IN ? ROUTER_HEARD : ROUTER_ASKED, PASS, NEXT);
	is(m, NEIGHBOUR_ASKED, PASS, NEXT);
	is(m, NEIGHBOUR_HEARD, PASS, DROP);
}

/* Extension headers are dropped but for the one that stands before reports of multicast groups: without these some
 * switches would keep neighbours' questions from us (RFC 3810). */
static void check_ipv6(struct maker *m, enum fence_way way, enum fence_ipv6 ipv6)
{
	const uint32_t behind = ETHERNET + IPV6_HEADER;

	place(m, IPV6);
	at_least(m, behind + ICMP_HEADER);
	load(m, BPF_B, AT_IPV6_NEXT);
	is(m, IPPROTO_TCP, IPV6_TCP, NEXT);
	is(m, IPPROTO_ICMPV6, IPV6_ICMP, NEXT);
	is(m, NEXT_OPTIONS, IPV6_OPTIONS, DROP);

	place(m, IPV6_TCP);
	at_least(m, behind + TCP_HEADER);
	load(m, BPF_B, behind + AT_TCP_FLAGS);
	check_tcp_flags(m, way);

	place(m, IPV6_ICMP);
	load(m, BPF_B, behind);
	check_icmp_type(m, way, ipv6);

	place(m, IPV6_OPTIONS);
	at_least(m, behind + OPTIONS_HEADER + ICMP_HEADER);
	load(m, BPF_H, behind); /* what comes next, and no more than eight bytes before it */
	is(m, IPPROTO_ICMPV6 << 8, NEXT, DROP);
	load(m, BPF_B, behind + OPTIONS_HEADER);
	is(m, way == FENCE_IN ? MULTICAST_QUERY : MULTICAST_REPORT, PASS, DROP);
}

void fence_make(struct fence *f, enum fence_way way, enum fence_ipv6 ipv6, uint16_t vlan)
{
	struct maker m = {.fence = f};

	*f = (struct fence){0};
	check_vlan(&m, vlan);
	at_least(&m, LEAST);
	load(&m, BPF_H, AT_TYPE);
	is(&m, ETH_P_ARP, ARP, NEXT);
	is(&m, ETH_P_IP, IPV4, ipv6 == FENCE_IPV6_OFF ? DROP : NEXT);
	if (ipv6 != FENCE_IPV6_OFF)
		is(&m, ETH_P_IPV6, IPV6, DROP);
	check_arp(&m);
	check_ipv4(&m, way);
	if (ipv6 != FENCE_IPV6_OFF)
		check_ipv6(&m, way, ipv6);
	answer(&m, PASS, TC_ACT_OK);
	answer(&m, DROP, TC_ACT_SHOT);
	finish(&m);
}
