/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netlink.h"

#include <arpa/inet.h>
#include <linux/gen_stats.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

/* Names of kinds, with their NUL. */
static const char vlan_kind[] = "vlan";
static const char post_kind[] = "clsact";
static const char fence_kind[] = "bpf";

/* ---- writing: a message is begun, filled, and ended, which sets its length; attributes likewise. */

static void pad(struct buf *out, size_t from)
{
	if (!out->failed)
		buf_fill(out, 0, (4 - (out->len - from) % 4) % 4);
}

static size_t begin(struct buf *out, uint16_t type, uint16_t flags, uint32_t sequence, struct bytes header)
{
	struct nlmsghdr h = {
	    .nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = sequence};
	size_t at = out->len;

	buf_put(out, bytes_of(&h, sizeof h));
	buf_put(out, header);
	pad(out, at);
	return at;
}

static void end(struct buf *out, size_t at)
{
	uint32_t n = (uint32_t)(out->len - at);

	if (!out->failed)
		memcpy(out->p + at + offsetof(struct nlmsghdr, nlmsg_len), &n, sizeof n);
}

static size_t attribute_begin(struct buf *out, uint16_t type)
{
	struct nlattr a = {.nla_type = type};
	size_t at = out->len;

	buf_put(out, bytes_of(&a, sizeof a));
	return at;
}

static void attribute_end(struct buf *out, size_t at)
{
	uint16_t n = (uint16_t)(out->len - at);

	if (out->failed)
		return;
	memcpy(out->p + at + offsetof(struct nlattr, nla_len), &n, sizeof n);
	pad(out, at);
}

static void put_attribute(struct buf *out, uint16_t type, struct bytes value)
{
	size_t at = attribute_begin(out, type);

	buf_put(out, value);
	attribute_end(out, at);
}

void netlink_put_list_links(struct buf *out, uint32_t sequence)
{
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
	size_t at = begin(out, RTM_GETLINK, NLM_F_DUMP, sequence, bytes_of(&link, sizeof link));

	end(out, at);
}

void netlink_put_list_addresses(struct buf *out, uint32_t sequence)
{
	struct ifaddrmsg address = {.ifa_family = AF_UNSPEC};
	size_t at = begin(out, RTM_GETADDR, NLM_F_DUMP, sequence, bytes_of(&address, sizeof address));

	end(out, at);
}

void netlink_put_set_link(struct buf *out, uint32_t sequence, int32_t index, bool up)
{
	struct ifinfomsg link = {
	    .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};
	size_t at = begin(out, RTM_NEWLINK, NLM_F_ACK, sequence, bytes_of(&link, sizeof link));

	end(out, at);
}

/* What the fence would stop is not even begun; ARP tells no more than it must. */
static const struct {
	uint16_t what;
	uint32_t value;
} settings[] = {
    {IPV4_DEVCONF_ACCEPT_REDIRECTS, 0},             /* a neighbour doesn't say where our packets go */
    {IPV4_DEVCONF_SECURE_REDIRECTS, 0},             /* not even one who pretends to be the router */
    {IPV4_DEVCONF_SEND_REDIRECTS, 0},               /* we are nobody's router */
    {IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 0},          /* nor part of a way that a sender chose */
    {IPV4_DEVCONF_RP_FILTER, 1},                    /* what claims to come from ourselves, or from loopback, doesn't */
    {IPV4_DEVCONF_LOG_MARTIANS, 0},                 /* nobody reads the kernel's log; and it would be theirs to fill */
    {IPV4_DEVCONF_ARP_IGNORE, 1},                   /* a card answers for its own address alone */
    {IPV4_DEVCONF_ARP_ANNOUNCE, 2},                 /* and names no other card's when it asks */
    {IPV4_DEVCONF_ARP_NOTIFY, 1},                   /* RFC 5227 2.3: a new address is announced */
    {IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, 1}, /* RFC 1122 3.3.6 */
};

void netlink_put_settings(struct buf *out, uint32_t sequence, int32_t index, bool slaac)
{
	const uint8_t mode = slaac ? IN6_ADDR_GEN_MODE_RANDOM : IN6_ADDR_GEN_MODE_NONE;
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = index};
	size_t at = begin(out, RTM_NEWLINK, NLM_F_ACK, sequence, bytes_of(&link, sizeof link));
	size_t families = attribute_begin(out, IFLA_AF_SPEC | NLA_F_NESTED);
	size_t family = attribute_begin(out, AF_INET | NLA_F_NESTED);
	size_t list = attribute_begin(out, IFLA_INET_CONF | NLA_F_NESTED);

	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		put_attribute(out, settings[i].what, bytes_of(&settings[i].value, 4));
	attribute_end(out, list);
	attribute_end(out, family);
	family = attribute_begin(out, AF_INET6 | NLA_F_NESTED);
	put_attribute(out, IFLA_INET6_ADDR_GEN_MODE, bytes_of(&mode, 1));
	attribute_end(out, family);
	attribute_end(out, families);
	end(out, at);
}

void netlink_put_mac(struct buf *out, uint32_t sequence, int32_t index, const uint8_t mac[static 6])
{
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = index};
	size_t at = begin(out, RTM_NEWLINK, NLM_F_ACK, sequence, bytes_of(&link, sizeof link));

	put_attribute(out, IFLA_ADDRESS, bytes_of(mac, 6));
	end(out, at);
}

void netlink_put_vlan(struct buf *out, uint32_t sequence, int32_t below, uint16_t vlan)
{
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
	size_t at =
	    begin(out, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence, bytes_of(&link, sizeof link));
	size_t info, data;

	put_attribute(out, IFLA_LINK, bytes_of(&below, 4));
	info = attribute_begin(out, IFLA_LINKINFO | NLA_F_NESTED);
	put_attribute(out, IFLA_INFO_KIND, BYTES_ARRAY(vlan_kind));
	data = attribute_begin(out, IFLA_INFO_DATA | NLA_F_NESTED);
	put_attribute(out, IFLA_VLAN_ID, bytes_of(&vlan, 2));
	attribute_end(out, data);
	attribute_end(out, info);
	end(out, at);
}

/* ---- linux/pkt_sched.h, linux/pkt_cls.h */

void netlink_put_fence_post(struct buf *out, uint32_t sequence, int32_t index)
{
	struct tcmsg post = {.tcm_family = AF_UNSPEC,
			     .tcm_ifindex = index,
			     .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
			     .tcm_parent = TC_H_CLSACT};
	size_t at = begin(out, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE, sequence, bytes_of(&post, sizeof post));

	put_attribute(out, TCA_KIND, BYTES_ARRAY(post_kind));
	end(out, at);
}

void netlink_put_fence(struct buf *out, uint32_t sequence, int32_t index, enum fence_way way, const struct fence *f)
{
	const uint32_t direct = TCA_BPF_FLAG_ACT_DIRECT, software = TCA_CLS_FLAGS_SKIP_HW;
	struct tcmsg filter = {.tcm_family = AF_UNSPEC,
			       .tcm_ifindex = index,
			       .tcm_handle = 1,
			       .tcm_parent =
				   TC_H_MAKE(TC_H_CLSACT, way == FENCE_IN ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS),
			       .tcm_info = TC_H_MAKE(1u << 16, htons(ETH_P_ALL))};
	size_t at = begin(out, RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE, sequence, bytes_of(&filter, sizeof filter));
	size_t options;

	put_attribute(out, TCA_KIND, BYTES_ARRAY(fence_kind));
	options = attribute_begin(out, TCA_OPTIONS | NLA_F_NESTED);
	put_attribute(out, TCA_BPF_OPS_LEN, bytes_of(&f->count, 2));
	put_attribute(out, TCA_BPF_OPS, bytes_of(f->code, f->count * sizeof f->code[0]));
	put_attribute(out, TCA_BPF_FLAGS, bytes_of(&direct, 4));
	put_attribute(out, TCA_BPF_FLAGS_GEN, bytes_of(&software, 4));
	attribute_end(out, options);
	end(out, at);
}

void netlink_put_list_fences(struct buf *out, uint32_t sequence)
{
	struct tcmsg all = {.tcm_family = AF_UNSPEC};
	size_t at = begin(out, RTM_GETQDISC, NLM_F_DUMP, sequence, bytes_of(&all, sizeof all));

	end(out, at);
}

/* ---- addresses and routes */

static uint8_t family_of(struct bytes address)
{
	BUG_IF(address.n != 4 && address.n != 16);
	return address.n == 4 ? AF_INET : AF_INET6;
}

void netlink_put_address(struct buf *out, uint32_t sequence, int32_t index, struct bytes address, uint8_t prefix,
			 bool add)
{
	struct ifaddrmsg a = {.ifa_family = family_of(address),
			      .ifa_prefixlen = prefix,
			      .ifa_scope = RT_SCOPE_UNIVERSE,
			      .ifa_index = (uint32_t)index};
	uint16_t flags = add ? NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE : NLM_F_ACK;
	size_t at = begin(out, add ? RTM_NEWADDR : RTM_DELADDR, flags, sequence, bytes_of(&a, sizeof a));

	put_attribute(out, IFA_LOCAL, address);
	put_attribute(out, IFA_ADDRESS, address);
	end(out, at);
}

void netlink_put_default_route(struct buf *out, uint32_t sequence, int32_t index, struct bytes router)
{
	struct rtmsg r = {.rtm_family = family_of(router),
			  .rtm_table = RT_TABLE_MAIN,
			  .rtm_protocol = RTPROT_STATIC,
			  .rtm_scope = RT_SCOPE_UNIVERSE,
			  .rtm_type = RTN_UNICAST,
			  .rtm_flags = RTNH_F_ONLINK};
	size_t at =
	    begin(out, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sequence, bytes_of(&r, sizeof r));

	put_attribute(out, RTA_GATEWAY, router);
	put_attribute(out, RTA_OIF, bytes_of(&index, 4));
	end(out, at);
}

/* ---- reading */

/* The header, copied because nothing aligns it, and what follows it. */
static bool take(struct bytes *rest, void *header, size_t n)
{
	if (rest->n < n)
		return false;
	memcpy(header, rest->p, n);
	*rest = bytes_from(*rest, (n + 3) & ~(size_t)3);
	return true;
}

/* False at the end; *good turns false when the lengths don't fit. */
static bool next_attribute(struct bytes *rest, uint16_t *type, struct bytes *value, bool *good)
{
	struct nlattr a;

	if (rest->n == 0)
		return false;
	if (rest->n < sizeof a) {
		*good = false;
		return false;
	}
	memcpy(&a, rest->p, sizeof a);
	if (a.nla_len < sizeof a || a.nla_len > rest->n) {
		*good = false;
		return false;
	}
	*type = a.nla_type & (uint16_t)NLA_TYPE_MASK;
	*value = bytes_from(bytes_first(*rest, a.nla_len), sizeof a);
	*rest = bytes_from(*rest, ((size_t)a.nla_len + 3) & ~(size_t)3);
	return true;
}

static bool is_vlan(struct bytes info, bool *good)
{
	struct bytes value;
	uint16_t type;
	bool found = false;

	while (next_attribute(&info, &type, &value, good))
		found = found || (type == IFLA_INFO_KIND && bytes_eq(value, BYTES_ARRAY(vlan_kind)));
	return found;
}

static enum err read_link(struct bytes body, struct netlink_answer *a)
{
	struct ifinfomsg link;
	struct bytes value;
	uint16_t type;
	int32_t below = 0;
	bool has_mac = false;
	bool vlan = false;
	bool good = true;

	if (!take(&body, &link, sizeof link))
		return ERR_FORMAT;
	while (next_attribute(&body, &type, &value, &good)) {
		if (type == IFLA_ADDRESS && value.n == sizeof a->mac) {
			memcpy(a->mac, value.p, sizeof a->mac);
			has_mac = true;
		}
		if (type == IFLA_LINK && value.n == sizeof below)
			memcpy(&below, value.p, sizeof below);
		if (type == IFLA_LINKINFO)
			vlan = is_vlan(value, &good);
	}
	/* Other pairs of devices name one another, too. */
	a->below = vlan ? below : 0;
	a->index = link.ifi_index;
	a->loopback = (link.ifi_flags & IFF_LOOPBACK) != 0;
	a->wired = link.ifi_type == ARPHRD_ETHER && !a->loopback && has_mac;
	a->up = (link.ifi_flags & IFF_UP) != 0;
	a->carrier = a->up && (link.ifi_flags & IFF_RUNNING) != 0;
	return good ? ERR_OK : ERR_FORMAT;
}

/* Tentative: the kernel still asks whether somebody has it. */
static enum err read_address(struct bytes body, bool gone, struct netlink_answer *a)
{
	struct ifaddrmsg address;
	struct bytes value;
	uint16_t type;
	bool has_address = false;
	bool has_address6 = false;
	bool good = true;

	if (!take(&body, &address, sizeof address))
		return ERR_FORMAT;
	while (next_attribute(&body, &type, &value, &good)) {
		if (type == IFA_LOCAL && value.n == sizeof a->address) {
			memcpy(a->address, value.p, sizeof a->address);
			has_address = true;
		}
		if (type == IFA_ADDRESS && value.n == sizeof a->address6) {
			memcpy(a->address6, value.p, sizeof a->address6);
			has_address6 = true;
		}
	}
	if (!good || (address.ifa_family == AF_INET && (!has_address || address.ifa_prefixlen > 32)))
		return ERR_FORMAT;
	if (address.ifa_family == AF_INET && !gone)
		a->kind = NETLINK_ADDRESS;
	else if (address.ifa_family == AF_INET6 && has_address6 && address.ifa_scope == RT_SCOPE_UNIVERSE)
		a->kind = gone                                         ? NETLINK_UNADDRESS6
			  : (address.ifa_flags & IFA_F_TENTATIVE) == 0 ? NETLINK_ADDRESS6
								       : NETLINK_OTHER;
	a->index = (int32_t)address.ifa_index;
	a->prefix = address.ifa_prefixlen;
	return ERR_OK;
}

static void read_stats(struct bytes stats, struct netlink_answer *a, bool *good)
{
	struct gnet_stats_queue queue;
	struct bytes value;
	uint16_t type;

	while (next_attribute(&stats, &type, &value, good))
		if (type == TCA_STATS_QUEUE && value.n >= sizeof queue) {
			memcpy(&queue, value.p, sizeof queue);
			a->dropped = queue.drops;
		}
}

static enum err read_queue(struct bytes body, struct netlink_answer *a)
{
	struct tcmsg queue;
	struct bytes value;
	uint16_t type;
	bool good = true;

	if (!take(&body, &queue, sizeof queue))
		return ERR_FORMAT;
	while (next_attribute(&body, &type, &value, &good)) {
		if (type == TCA_KIND && bytes_eq(value, BYTES_ARRAY(post_kind)))
			a->kind = NETLINK_FENCE;
		if (type == TCA_STATS2)
			read_stats(value, a, &good);
	}
	a->index = queue.tcm_ifindex;
	return good ? ERR_OK : ERR_FORMAT;
}

static enum err read_result(struct bytes body, struct netlink_answer *a)
{
	int32_t error;

	if (!take(&body, &error, sizeof error) || error > 0 || error < -4095)
		return ERR_FORMAT;
	a->error = -error;
	return ERR_OK;
}

static enum err read_body(uint16_t type, struct bytes body, struct netlink_answer *a)
{
	switch (type) {
	case RTM_NEWLINK:
		a->kind = NETLINK_LINK;
		return read_link(body, a);
	case RTM_DELLINK:
		a->kind = NETLINK_UNLINK;
		return read_link(body, a);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return read_address(body, type == RTM_DELADDR, a);
	case RTM_NEWQDISC:
		return read_queue(body, a);
	case NLMSG_ERROR:
	case NLMSG_DONE:
		a->kind = NETLINK_RESULT;
		return read_result(body, a);
	default:
		return ERR_OK;
	}
}

enum err netlink_next(struct bytes *rest, struct netlink_answer *answer)
{
	struct netlink_answer a = {.kind = NETLINK_OTHER};
	struct nlmsghdr h;
	enum err e;

	if (rest->n == 0)
		return ERR_END;
	if (rest->n < sizeof h)
		goto broken;
	memcpy(&h, rest->p, sizeof h);
	if (h.nlmsg_len < sizeof h || h.nlmsg_len > rest->n)
		goto broken;
	a.sequence = h.nlmsg_seq;
	e = read_body(h.nlmsg_type, bytes_from(bytes_first(*rest, h.nlmsg_len), sizeof h), &a);
	if (e != ERR_OK)
		goto broken;
	*rest = bytes_from(*rest, ((size_t)h.nlmsg_len + 3) & ~(size_t)3);
	*answer = a;
	return ERR_OK;
broken:
	*rest = bytes_from(*rest, rest->n);
	return ERR_FORMAT;
}
