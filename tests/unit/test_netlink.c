/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include <linux/gen_stats.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>

#include "net/cards.h"
#include "net/netlink.h"

static uint8_t storage[NETLINK_READ_MAX];

static void put_raw(struct buf *b, uint16_t type, struct bytes body)
{
	struct nlmsghdr h = {.nlmsg_len = (uint32_t)(sizeof h + body.n), .nlmsg_type = type, .nlmsg_seq = 7};

	buf_put(b, bytes_of(&h, sizeof h));
	buf_put(b, body);
	buf_fill(b, 0, (4 - body.n % 4) % 4);
}

static void put_link(struct buf *b, uint16_t type, int32_t index, unsigned flags, unsigned short hardware)
{
	struct {
		struct ifinfomsg link;
		struct nlattr a;
		uint8_t mac[8];
	} body = {{.ifi_index = index, .ifi_flags = flags, .ifi_type = hardware},
		  {.nla_len = 10, .nla_type = IFLA_ADDRESS},
		  {2, 0, 0, 0, 0, (uint8_t)index}};

	put_raw(b, type, bytes_of(&body, sizeof body));
}

/* The kernel's own reader is asked: the bytes are what linux/rtnetlink.h says, field by field. */
static void requests_are_laid_out_as_the_kernel_reads_them(void **state)
{
	static const uint8_t address[4] = {10, 99, 0, 40};
	static const uint8_t router[4] = {10, 99, 0, 1};
	static const uint8_t want_address[] = {
	    40, 0,  0, 0, 20, 0, 5, 5, 9, 0, 0, 0, 0,  0,  0, 0, /* RTM_NEWADDR, request ack replace create */
	    2,  24, 0, 0, 3,  0, 0, 0, 8, 0, 2, 0, 10, 99, 0, 40, 8, 0, 1, 0, 10, 99, 0, 40,
	};
	static const uint8_t want_route[] = {
	    44, 0, 0, 0, 24, 0, 5, 5, 10, 0, 0,  0,  0, 0, 0, 0, 2, 0, 0, 0, 254, 4,
	    0,  1, 4, 0, 0,  0, 8, 0, 5,  0, 10, 99, 0, 1, 8, 0, 4, 0, 3, 0, 0,   0,
	};
	static const uint8_t want_mac[] = {
	    44, 0, 0, 0, 16, 0, 5, 0, 1, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0,
	    0,  0, 0, 0, 0,  0, 0, 0, 0, 0, 10, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 0,
	};
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct buf b = buf_over(storage, NETLINK_REQUEST_MAX);

	(void)state;
	netlink_put_address(&b, 9, 3, BYTES_ARRAY(address), 24, true);
	assert_false(b.failed);
	assert_int_equal(b.len, sizeof want_address);
	assert_memory_equal(b.p, want_address, sizeof want_address);
	b.len = 0;
	netlink_put_default_route(&b, 10, 3, BYTES_ARRAY(router));
	assert_int_equal(b.len, sizeof want_route);
	assert_memory_equal(b.p, want_route, sizeof want_route);
	b.len = 0;
	netlink_put_mac(&b, 1, 3, mac);
	assert_int_equal(b.len, sizeof want_mac);
	assert_memory_equal(b.p, want_mac, sizeof want_mac);
}

/* All that prepares a card goes in one datagram, fences of the longest kind included; and is read back as ours. */
static void a_card_is_prepared_by_one_datagram(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct buf b = buf_over(storage, NETLINK_REQUEST_MAX);
	struct fence f;
	struct netlink_answer a;
	struct bytes rest;
	int count = 0;

	(void)state;
	netlink_put_settings(&b, 1, 3, true);
	netlink_put_fence_post(&b, 2, 3);
	fence_make(&f, FENCE_IN, FENCE_IPV6_SLAAC, 4094);
	netlink_put_fence(&b, 3, 3, FENCE_IN, &f);
	fence_make(&f, FENCE_OUT, FENCE_IPV6_SLAAC, 4094);
	netlink_put_fence(&b, 4, 3, FENCE_OUT, &f);
	netlink_put_mac(&b, 5, 3, mac);
	assert_false(b.failed);
	for (rest = buf_view(&b); netlink_next(&rest, &a) == ERR_OK; count++)
		assert_int_equal(a.sequence, count + 1);
	assert_int_equal(count, 5);
}

static void a_request_that_does_not_fit_fails_the_buffer(void **state)
{
	static const uint8_t address[4] = {10, 99, 0, 40};

	(void)state;
	for (size_t cap = 0; cap < 40; cap++) {
		struct buf b = buf_over(storage, cap);
		netlink_put_address(&b, 9, 3, BYTES_ARRAY(address), 24, true);
		assert_true(b.failed);
	}
}

static void links_addresses_and_results_are_read(void **state)
{
	struct {
		struct ifaddrmsg address;
		struct nlattr a;
		uint8_t local[4];
	} address = {{.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 3},
		     {.nla_len = 8, .nla_type = IFA_LOCAL},
		     {10, 99, 0, 40}};
	int32_t error = -17;
	struct buf b = buf_over(storage, sizeof storage);
	struct netlink_answer a;
	struct bytes rest;

	(void)state;
	put_link(&b, RTM_NEWLINK, 2, IFF_UP | IFF_RUNNING, ARPHRD_ETHER);
	put_link(&b, RTM_NEWLINK, 1, IFF_LOOPBACK, ARPHRD_LOOPBACK);
	put_raw(&b, RTM_NEWADDR, bytes_of(&address, sizeof address));
	put_raw(&b, NLMSG_ERROR, bytes_of(&error, sizeof error));
	rest = buf_view(&b);
	assert_int_equal(netlink_next(&rest, &a), ERR_OK);
	assert_int_equal(a.kind, NETLINK_LINK);
	assert_true(a.wired && a.up && a.carrier && !a.loopback);
	assert_int_equal(a.index, 2);
	assert_int_equal(a.mac[5], 2);
	assert_int_equal(netlink_next(&rest, &a), ERR_OK);
	assert_true(a.loopback && !a.wired && !a.up);
	assert_int_equal(netlink_next(&rest, &a), ERR_OK);
	assert_int_equal(a.kind, NETLINK_ADDRESS);
	assert_int_equal(a.prefix, 24);
	assert_int_equal(a.address[3], 40);
	assert_int_equal(netlink_next(&rest, &a), ERR_OK);
	assert_int_equal(a.kind, NETLINK_RESULT);
	assert_int_equal(a.error, 17);
	assert_int_equal(a.sequence, 7);
	assert_int_equal(netlink_next(&rest, &a), ERR_END);
}

static void a_vlan_is_told_from_other_pairs(void **state)
{
	struct {
		struct ifinfomsg link;
		struct nlattr mac_header;
		uint8_t mac[8];
		struct nlattr below_header;
		int32_t below;
		struct nlattr info_header;
		struct nlattr kind_header;
		char kind[8];
	} body = {{.ifi_index = 4, .ifi_type = ARPHRD_ETHER},
		  {.nla_len = 10, .nla_type = IFLA_ADDRESS},
		  {2},
		  {.nla_len = 8, .nla_type = IFLA_LINK},
		  3,
		  {.nla_len = 16, .nla_type = IFLA_LINKINFO | NLA_F_NESTED},
		  {.nla_len = 9, .nla_type = IFLA_INFO_KIND},
		  "vlan"};
	struct netlink_answer a;

	(void)state;
	for (int vlan = 1; vlan >= 0; vlan--) {
		struct buf b = buf_over(storage, sizeof storage);
		struct bytes rest;

		put_raw(&b, RTM_NEWLINK, bytes_of(&body, sizeof body));
		rest = buf_view(&b);
		assert_int_equal(netlink_next(&rest, &a), ERR_OK);
		assert_int_equal(a.below, vlan != 0 ? 3 : 0);
		memcpy(body.kind, "veth", 5);
	}
}

static void ipv6_addresses_count_once_they_may_be_used(void **state)
{
	struct {
		struct ifaddrmsg address;
		struct nlattr a;
		uint8_t address6[16];
	} body = {{.ifa_family = AF_INET6, .ifa_prefixlen = 64, .ifa_index = 3, .ifa_flags = IFA_F_TENTATIVE},
		  {.nla_len = 20, .nla_type = IFA_ADDRESS},
		  {0x20, 1, [15] = 7}};
	static const struct {
		uint16_t type;
		uint8_t flags, scope;
		enum netlink_kind want;
	} rows[] = {
	    {RTM_NEWADDR, IFA_F_TENTATIVE, RT_SCOPE_UNIVERSE, NETLINK_OTHER},
	    {RTM_NEWADDR, IFA_F_PERMANENT, RT_SCOPE_LINK, NETLINK_OTHER},
	    {RTM_NEWADDR, IFA_F_PERMANENT, RT_SCOPE_UNIVERSE, NETLINK_ADDRESS6},
	    {RTM_DELADDR, 0, RT_SCOPE_UNIVERSE, NETLINK_UNADDRESS6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b = buf_over(storage, sizeof storage);
		struct netlink_answer a;
		struct bytes rest;

		body.address.ifa_flags = rows[i].flags;
		body.address.ifa_scope = rows[i].scope;
		put_raw(&b, rows[i].type, bytes_of(&body, sizeof body));
		rest = buf_view(&b);
		assert_int_equal(netlink_next(&rest, &a), ERR_OK);
		assert_int_equal(a.kind, rows[i].want);
		if (a.kind != NETLINK_OTHER)
			assert_int_equal(a.address6[15], 7);
	}
}

static void a_posts_count_is_read(void **state)
{
	struct {
		struct tcmsg queue;
		struct nlattr kind_header;
		char kind[8];
		struct nlattr stats_header;
		struct nlattr queue_header;
		struct gnet_stats_queue counts;
	} body = {{.tcm_ifindex = 3},
		  {.nla_len = 11, .nla_type = TCA_KIND},
		  "clsact",
		  {.nla_len = 8 + sizeof body.counts, .nla_type = TCA_STATS2 | NLA_F_NESTED},
		  {.nla_len = 4 + sizeof body.counts, .nla_type = TCA_STATS_QUEUE},
		  {.drops = 12}};
	struct buf b = buf_over(storage, sizeof storage);
	struct netlink_answer a;
	struct bytes rest;

	(void)state;
	put_raw(&b, RTM_NEWQDISC, bytes_of(&body, sizeof body));
	memcpy(body.kind, "noqueue", 8);
	body.kind_header.nla_len = 12;
	put_raw(&b, RTM_NEWQDISC, bytes_of(&body, sizeof body));
	rest = buf_view(&b);
	assert_int_equal(netlink_next(&rest, &a), ERR_OK);
	assert_int_equal(a.kind, NETLINK_FENCE);
	assert_int_equal(a.dropped, 12);
	assert_int_equal(netlink_next(&rest, &a), ERR_OK);
	assert_int_equal(a.kind, NETLINK_OTHER);
}

/* Every prefix of a good answer, and every wrong length in it, is refused or read, never overrun (the sanitizer
 * build of the suite looks). */
static void cut_and_bent_answers_are_refused(void **state)
{
	uint8_t good[64];
	struct buf b = buf_over(good, sizeof good);
	struct netlink_answer a = {.index = 77};
	struct bytes rest;

	(void)state;
	put_link(&b, RTM_NEWLINK, 2, IFF_UP, ARPHRD_ETHER);
	for (size_t n = 1; n < b.len; n++) {
		rest = bytes_of(good, n);
		assert_int_equal(netlink_next(&rest, &a), ERR_FORMAT);
		assert_int_equal(rest.n, 0);
		assert_int_equal(a.index, 77);
	}
	for (unsigned len = 0; len < 4; len++) { /* an attribute shorter than its header */
		good[32] = (uint8_t)len;
		rest = buf_view(&b);
		assert_int_equal(netlink_next(&rest, &a), ERR_FORMAT);
	}
	good[32] = 200;
	rest = buf_view(&b);
	assert_int_equal(netlink_next(&rest, &a), ERR_FORMAT);
}

static struct netlink_answer link(int32_t index, bool carrier)
{
	return (struct netlink_answer){.kind = NETLINK_LINK,
				       .index = index,
				       .wired = true,
				       .up = true,
				       .carrier = carrier,
				       .mac = {2, 0, 0, 0, 0, (uint8_t)index}};
}

static void note(struct cards *c, const struct netlink_answer *a)
{
	struct card *card = cards_note(c, a);

	assert_non_null(card);
	card->state = CARD_READY;
}

static void the_first_card_with_carrier_is_kept(void **state)
{
	struct cards c = {0};
	struct netlink_answer a = link(5, false);

	(void)state;
	note(&c, &a);
	assert_false(cards_choose(&c));
	a = link(7, true);
	note(&c, &a);
	assert_true(cards_choose(&c));
	assert_int_equal(c.chosen, 7);
	a = link(5, true); /* a better one later changes nothing */
	note(&c, &a);
	assert_false(cards_choose(&c));
	a = link(7, false); /* until the cable is pulled */
	note(&c, &a);
	assert_true(cards_choose(&c));
	assert_int_equal(c.chosen, 5);
	a.index = 5;
	a.kind = NETLINK_UNLINK; /* unplugged */
	assert_null(cards_note(&c, &a));
	assert_true(cards_choose(&c));
	assert_int_equal(c.chosen, 0);
	assert_int_equal(c.count, 1);
}

static void a_card_is_used_once_it_is_ready(void **state)
{
	struct cards c = {0};
	struct netlink_answer a = link(5, true);
	struct card *card = cards_note(&c, &a);

	(void)state;
	assert_int_equal(card->state, CARD_NEW);
	assert_false(cards_settled(&c));
	assert_false(cards_choose(&c));
	card->state = CARD_PREPARING;
	card->first_sequence = 10;
	card->last_sequence = 12;
	assert_null(cards_asked(&c, 9));
	assert_ptr_equal(cards_asked(&c, 10), card);
	assert_ptr_equal(cards_asked(&c, 12), card);
	assert_null(cards_asked(&c, 13));
	assert_false(cards_choose(&c));
	cards_begin_again(&c);
	assert_int_equal(card->state, CARD_NEW);
	card->state = CARD_REFUSED;
	cards_begin_again(&c);
	assert_int_equal(card->state, CARD_REFUSED);
	assert_false(cards_choose(&c));
	card->state = CARD_READY;
	assert_true(cards_settled(&c));
	assert_true(cards_choose(&c));
	cards_begin_again(&c); /* the same one, as if its cable had been pulled */
	assert_true(cards_choose(&c));
	assert_int_equal(c.chosen, 5);
}

static void with_a_vlan_the_card_below_is_not_used(void **state)
{
	struct cards c = {0};
	struct netlink_answer real = link(5, true);
	struct netlink_answer tagged = link(6, true);

	(void)state;
	tagged.below = 5;
	assert_null(cards_note(&c, &tagged)); /* nobody asked for one */
	c.vlan = true;
	note(&c, &real);
	assert_false(cards_choose(&c));
	note(&c, &tagged);
	assert_true(cards_choose(&c));
	assert_int_equal(c.chosen, 6);
	assert_int_equal(cards_count(&c), 1);
}

static void cards_past_the_maximum_are_ignored(void **state)
{
	struct cards c = {0};

	(void)state;
	for (int32_t i = 1; i <= CARDS_MAX + 3; i++) {
		struct netlink_answer a = link(i, i == CARDS_MAX + 2);
		assert_int_equal(cards_note(&c, &a) != NULL, i <= CARDS_MAX);
	}
	assert_int_equal(c.count, CARDS_MAX);
	assert_false(cards_choose(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_laid_out_as_the_kernel_reads_them),
	    cmocka_unit_test(a_request_that_does_not_fit_fails_the_buffer),
	    cmocka_unit_test(links_addresses_and_results_are_read),
	    cmocka_unit_test(cut_and_bent_answers_are_refused),
	    cmocka_unit_test(the_first_card_with_carrier_is_kept),
	    cmocka_unit_test(a_card_is_prepared_by_one_datagram),
	    cmocka_unit_test(a_vlan_is_told_from_other_pairs),
	    cmocka_unit_test(ipv6_addresses_count_once_they_may_be_used),
	    cmocka_unit_test(a_posts_count_is_read),
	    cmocka_unit_test(a_card_is_used_once_it_is_ready),
	    cmocka_unit_test(with_a_vlan_the_card_below_is_not_used),
	    cmocka_unit_test(cards_past_the_maximum_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
