/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netlink.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

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
	struct ifaddrmsg address = {.ifa_family = AF_INET};
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

void netlink_put_quiet_ipv6(struct buf *out, uint32_t sequence, int32_t index)
{
	const uint8_t mode = IN6_ADDR_GEN_MODE_NONE;
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = index};
	size_t at = begin(out, RTM_NEWLINK, NLM_F_ACK, sequence, bytes_of(&link, sizeof link));
	size_t families = attribute_begin(out, IFLA_AF_SPEC | NLA_F_NESTED);
	size_t family = attribute_begin(out, AF_INET6 | NLA_F_NESTED);

	put_attribute(out, IFLA_INET6_ADDR_GEN_MODE, bytes_of(&mode, 1));
	attribute_end(out, family);
	attribute_end(out, families);
	end(out, at);
}

void netlink_put_address(struct buf *out, uint32_t sequence, int32_t index, const uint8_t address[static 4],
			 uint8_t prefix, bool add)
{
	struct ifaddrmsg a = {.ifa_family = AF_INET,
			      .ifa_prefixlen = prefix,
			      .ifa_scope = RT_SCOPE_UNIVERSE,
			      .ifa_index = (uint32_t)index};
	uint16_t flags = add ? NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE : NLM_F_ACK;
	size_t at = begin(out, add ? RTM_NEWADDR : RTM_DELADDR, flags, sequence, bytes_of(&a, sizeof a));

	put_attribute(out, IFA_LOCAL, bytes_of(address, 4));
	put_attribute(out, IFA_ADDRESS, bytes_of(address, 4));
	end(out, at);
}

void netlink_put_default_route(struct buf *out, uint32_t sequence, int32_t index, const uint8_t router[static 4])
{
	struct rtmsg r = {.rtm_family = AF_INET,
			  .rtm_table = RT_TABLE_MAIN,
			  .rtm_protocol = RTPROT_STATIC,
			  .rtm_scope = RT_SCOPE_UNIVERSE,
			  .rtm_type = RTN_UNICAST,
			  .rtm_flags = RTNH_F_ONLINK};
	size_t at =
	    begin(out, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sequence, bytes_of(&r, sizeof r));

	put_attribute(out, RTA_GATEWAY, bytes_of(router, 4));
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

static enum err read_link(struct bytes body, struct netlink_answer *a)
{
	struct ifinfomsg link;
	struct bytes value;
	uint16_t type;
	bool has_mac = false;
	bool good = true;

	if (!take(&body, &link, sizeof link))
		return ERR_FORMAT;
	while (next_attribute(&body, &type, &value, &good))
		if (type == IFLA_ADDRESS && value.n == sizeof a->mac) {
			memcpy(a->mac, value.p, sizeof a->mac);
			has_mac = true;
		}
	a->index = link.ifi_index;
	a->loopback = (link.ifi_flags & IFF_LOOPBACK) != 0;
	a->wired = link.ifi_type == ARPHRD_ETHER && !a->loopback && has_mac;
	a->up = (link.ifi_flags & IFF_UP) != 0;
	a->carrier = a->up && (link.ifi_flags & IFF_RUNNING) != 0;
	return good ? ERR_OK : ERR_FORMAT;
}

static enum err read_address(struct bytes body, struct netlink_answer *a)
{
	struct ifaddrmsg address;
	struct bytes value;
	uint16_t type;
	bool has_address = false;
	bool good = true;

	if (!take(&body, &address, sizeof address))
		return ERR_FORMAT;
	while (next_attribute(&body, &type, &value, &good))
		if (type == IFA_LOCAL && value.n == sizeof a->address) {
			memcpy(a->address, value.p, sizeof a->address);
			has_address = true;
		}
	if (!good || (address.ifa_family == AF_INET && (!has_address || address.ifa_prefixlen > 32)))
		return ERR_FORMAT;
	a->kind = address.ifa_family == AF_INET ? NETLINK_ADDRESS : NETLINK_OTHER;
	a->index = (int32_t)address.ifa_index;
	a->prefix = address.ifa_prefixlen;
	return ERR_OK;
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
		return read_address(body, a);
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
