/* SPDX-License-Identifier: GPL-3.0-or-later
 * What may pass a card, as a classic BPF program for the kernel's clsact hook (cls_bpf, direct action). It sees each
 * frame from its Ethernet header on, and what it doesn't name is dropped: there is nothing behind the card but Tor's
 * connections, DHCP and ARP. No system call here. docs/NET.md has the table. */
#ifndef NET_FENCE_H
#define NET_FENCE_H

#include <linux/filter.h>

#include "base/bytes.h"

enum fence_way { FENCE_IN, FENCE_OUT };

enum fence_ipv6 {
	FENCE_IPV6_OFF,
	FENCE_IPV6_STATIC, /* neighbours are asked and answered */
	FENCE_IPV6_SLAAC,  /* and routers asked and heard */
};

enum { FENCE_MAX = 96 }; /* instructions; the longest program, with IPv6 and a VLAN, is shorter */

struct fence {
	struct sock_filter code[FENCE_MAX];
	uint16_t count;
};

/* vlan: the one whose frames pass; 0: those without a tag. The answers are TC_ACT_OK and TC_ACT_SHOT. */
void fence_make(struct fence *f, enum fence_way way, enum fence_ipv6 ipv6, uint16_t vlan);

#endif
