/* SPDX-License-Identifier: GPL-3.0-or-later
 * net/netlink.c: what is read of the kernel's messages, attribute by attribute, over any bytes. */
#include "views.h"

#include "net/netlink.c"

void prove_attribute(void)
{
	uint8_t object[10];
	struct bytes all = last_bytes(object, sizeof object), rest = all, value;
	uint16_t type;
	bool before = nondet_bool(), good = before;
	size_t end;

	if (!next_attribute(&rest, &type, &value, &good)) {
		PROVE(good == (before && all.n == 0) && rest.n == all.n);
		return;
	}
	end = (4 + value.n + 3) & ~(size_t)3;
	PROVE(good == before && type < 0x4000 && value.n + 4 <= all.n && value.p == all.p + 4);
	PROVE(is_rest(rest, all) && rest.n == all.n - (end < all.n ? end : all.n));
}

bool next_attribute_shown(struct bytes *rest, uint16_t *type, struct bytes *value, bool *good)
{
	size_t n = nondet_size();

	if (rest->n == 0)
		return false;
	if (rest->n < 4 || nondet_bool()) {
		*good = false;
		return false;
	}
	ASSUME(n <= rest->n - 4);
	*type = (uint16_t)nondet_u32();
	*value = bytes_first(bytes_from(*rest, 4), n);
	*rest = bytes_from(*rest, (4 + n + 3) & ~(size_t)3);
	return true;
}

bool is_vlan_shown(struct bytes info, bool *good)
{
	PROVE(info.n == 0 || __CPROVER_r_ok(info.p, info.n));
	*good = *good && nondet_bool();
	return nondet_bool();
}

void prove_vlan(void)
{
	uint8_t object[16];
	struct bytes info = last_bytes(object, sizeof object);
	bool good = true, found = is_vlan(info, &good);

	PROVE(!found || info.n >= 4 + sizeof vlan_kind);
}

void prove_link(void)
{
	uint8_t object[sizeof(struct ifinfomsg) + 14];
	struct bytes body = last_bytes(object, sizeof object);
	struct netlink_answer a = {.kind = NETLINK_LINK};

	if (read_link(body, &a) != ERR_OK)
		return;
	PROVE(body.n >= sizeof(struct ifinfomsg));
	PROVE((!a.wired || !a.loopback) && (!a.carrier || a.up));
}

void prove_address(void)
{
	uint8_t object[sizeof(struct ifaddrmsg) + 20];
	struct bytes body = last_bytes(object, sizeof object);
	struct netlink_answer a = {.kind = NETLINK_OTHER};
	bool gone = nondet_bool();

	if (read_address(body, gone, &a) != ERR_OK)
		return;
	PROVE(a.kind != NETLINK_ADDRESS || (!gone && a.prefix <= 32));
	PROVE(gone ? a.kind != NETLINK_ADDRESS6 : a.kind != NETLINK_UNADDRESS6);
}

void prove_stats(void)
{
	uint8_t object[4 + sizeof(struct gnet_stats_queue)];
	struct netlink_answer a = {.kind = NETLINK_OTHER};
	bool good = true;

	read_stats(last_bytes(object, sizeof object), &a, &good);
	PROVE(a.kind == NETLINK_OTHER);
}

void read_stats_shown(struct bytes stats, struct netlink_answer *a, bool *good)
{
	PROVE(stats.n == 0 || __CPROVER_r_ok(stats.p, stats.n));
	a->dropped = nondet_u32();
	*good = *good && nondet_bool();
}

void prove_queue(void)
{
	uint8_t object[sizeof(struct tcmsg) + 4 + sizeof post_kind + 1];
	struct netlink_answer a = {.kind = NETLINK_OTHER};

	if (read_queue(last_bytes(object, sizeof object), &a) == ERR_OK)
		PROVE(a.kind == NETLINK_OTHER || a.kind == NETLINK_FENCE);
}

void prove_result(void)
{
	uint8_t object[5];
	struct netlink_answer a = {.error = 77};

	if (read_result(last_bytes(object, sizeof object), &a) == ERR_OK)
		PROVE(a.error >= 0 && a.error <= 4095);
	else
		PROVE(a.error == 77);
}

static enum err any_body(struct bytes body, struct netlink_answer *a)
{
	PROVE(body.n == 0 || __CPROVER_r_ok(body.p, body.n));
	a->index = (int32_t)nondet_u32();
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

enum err read_link_shown(struct bytes body, struct netlink_answer *a)
{
	return any_body(body, a);
}

enum err read_address_shown(struct bytes body, bool gone, struct netlink_answer *a)
{
	(void)gone;
	return any_body(body, a);
}

enum err read_queue_shown(struct bytes body, struct netlink_answer *a)
{
	return any_body(body, a);
}

enum err read_result_shown(struct bytes body, struct netlink_answer *a)
{
	return any_body(body, a);
}

void prove_next(void)
{
	uint8_t object[sizeof(struct nlmsghdr) + 6];
	struct bytes all = last_bytes(object, sizeof object), rest = all;
	struct netlink_answer a = {.prefix = 77};
	enum err e = netlink_next(&rest, &a);

	PROVE(e == ERR_OK || a.prefix == 77);
	PROVE(e == ERR_OK ? rest.n + sizeof(struct nlmsghdr) <= all.n : rest.n == 0);
	PROVE(is_rest(rest, all) && (e == ERR_END) == (all.n == 0));
}
