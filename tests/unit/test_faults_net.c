/* SPDX-License-Identifier: GPL-3.0-or-later
 * net while each of its calls fails, one at a time (role_faults.h): in a network namespace of its own, at one end of a
 * cable with a DHCP server at the other. It says what failed and ends, or its card gets its fence and its address. */
#include "role_faults.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>

#include "net/dhcp.h"
#include "net/net.h"

static const uint8_t server[4] = {10, 77, 0, 1};
static const uint8_t given[4] = {10, 77, 0, 40};

static struct {
	int home, outside; /* network namespaces */
	int cable;         /* packet socket at our end */
	int32_t index;
	unsigned number; /* of cables so far */
	bool ready, up, alive;
} world;

/* ---- the cable */

static size_t attribute(struct buf *out, uint16_t type, struct bytes value)
{
	size_t at = out->len;
	struct nlattr a = {.nla_type = type, .nla_len = (uint16_t)(sizeof a + value.n)};

	buf_put(out, bytes_of(&a, sizeof a));
	buf_put(out, value);
	buf_fill(out, 0, (4 - value.n % 4) % 4);
	return at;
}

/* What was written since is in it. */
static void nest(struct buf *out, size_t at)
{
	uint16_t n = (uint16_t)(out->len - at);

	memcpy(out->p + at, &n, sizeof n);
}

/* Whatever namespace we are in: it does it, or the test ends. */
static void ask_kernel(uint16_t type, uint16_t flags, const struct ifinfomsg *link, struct bytes attributes)
{
	uint8_t storage[1024];
	struct buf b = buf_over(storage, sizeof storage);
	struct nlmsghdr h = {.nlmsg_len = (uint32_t)(sizeof h + sizeof *link + attributes.n),
			     .nlmsg_type = type,
			     .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags)};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error = -1;

	buf_put(&b, bytes_of(&h, sizeof h));
	buf_put(&b, bytes_of(link, sizeof *link));
	buf_put(&b, attributes);
	assert_true(fd >= 0 && !b.failed);
	assert_int_equal(send(fd, b.p, b.len, 0), b.len);
	assert_true(recv(fd, storage, sizeof storage, 0) >= (ssize_t)(sizeof h + sizeof error));
	memcpy(&error, storage + sizeof h, sizeof error);
	if (error != 0)
		fail_msg("a cable for the test: %s", strerror(-error));
	close(fd);
}

/* One end is "card", here; the other one lies outside. */
static void lay_cable(const char *name)
{
	const struct ifinfomsg none = {.ifi_family = AF_UNSPEC};
	uint8_t storage[512];
	struct buf b = buf_over(storage, sizeof storage);
	size_t info, data, peer;

	attribute(&b, IFLA_IFNAME, BYTES_LITERAL("card"));
	info = attribute(&b, IFLA_LINKINFO, bytes_of(NULL, 0));
	attribute(&b, IFLA_INFO_KIND, BYTES_LITERAL("veth"));
	data = attribute(&b, IFLA_INFO_DATA, bytes_of(NULL, 0));
	peer = attribute(&b, VETH_INFO_PEER, bytes_of(&none, sizeof none));
	attribute(&b, IFLA_IFNAME, bytes_str(name));
	attribute(&b, IFLA_NET_NS_FD, bytes_of(&world.outside, sizeof world.outside));
	nest(&b, peer);
	nest(&b, data);
	nest(&b, info);
	assert_false(b.failed);
	ask_kernel(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &none, buf_view(&b));
}

static void take_our_end(const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct ifinfomsg up = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};

	world.index = (int32_t)if_nametoindex(name);
	assert_true(world.index > 0);
	up.ifi_index = at.sll_ifindex = world.index;
	ask_kernel(RTM_NEWLINK, 0, &up, bytes_of(NULL, 0));
	world.cable = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(world.cable >= 0);
	assert_int_equal(bind(world.cable, (struct sockaddr *)&at, sizeof at), 0);
}

static int this_network(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void prepare_net(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	char name[IFNAMSIZ];
	int inside;

	world.ready = world.up = world.alive = false;
	/* The last cable goes when the kernel has time for it. */
	(void)snprintf(name, sizeof name, "cable%u", world.number++);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	inside = this_network();
	lay_cable(name);
	assert_int_equal(setns(world.outside, CLONE_NEWNET), 0);
	take_our_end(name);
	/* The role begins there, and we come home when it has. */
	assert_int_equal(setns(inside, CLONE_NEWNET), 0);
	close(inside);
	message_put_PART_NET(&b, &(struct message_PART_NET){.mode = NET_MODE_DHCP});
	stage_part(&b);
	stage.fds[ROLE_FD_A - FIRST_FD] = stage_file(BYTES_LITERAL("1"));
}

/* ---- the server */

static void put_u16(struct buf *out, uint16_t n)
{
	n = htons(n);
	buf_put(out, bytes_of(&n, sizeof n));
}

static uint16_t sum_of(struct bytes b, uint32_t sum)
{
	for (size_t i = 0; i + 1 < b.n; i += 2)
		sum += (uint32_t)b.p[i] << 8 | b.p[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* OFFER for DISCOVER, ACK for REQUEST, in a frame without UDP's sum, which is allowed. */
static void serve_dhcp(const uint8_t *dhcp, uint8_t type)
{
	static const uint8_t everyone[4] = {255, 255, 255, 255};
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_IP),
				 .sll_ifindex = world.index,
				 .sll_halen = 6,
				 .sll_addr = {255, 255, 255, 255, 255, 255}};
	uint8_t storage[600];
	struct buf b = buf_over(storage, sizeof storage);
	uint16_t sum;

	buf_put(&b, BYTES_LITERAL("\x45\0\0\0\0\0\0\0\x40\x11\0\0"));
	buf_put(&b, BYTES_ARRAY(server));
	buf_put(&b, BYTES_ARRAY(everyone));
	put_u16(&b, 67);
	put_u16(&b, 68);
	put_u16(&b, 8 + 300);
	put_u16(&b, 0);
	buf_put(&b, BYTES_LITERAL("\2\1\6\0"));
	buf_put(&b, bytes_of(dhcp + 4, 12)); /* the exchange; no address of its own */
	buf_put(&b, BYTES_ARRAY(given));
	buf_fill(&b, 0, 8);
	buf_put(&b, bytes_of(dhcp + 28, 16)); /* its card */
	buf_fill(&b, 0, 192);
	buf_put(&b, BYTES_LITERAL("\x63\x82\x53\x63\x35\x01"));
	buf_byte(&b, type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK);
	buf_put(&b, BYTES_LITERAL("\x36\x04"));
	buf_put(&b, BYTES_ARRAY(server));
	buf_put(&b, BYTES_LITERAL("\x01\x04\xff\xff\xff\0\x03\x04"));
	buf_put(&b, BYTES_ARRAY(server));
	buf_put(&b, BYTES_LITERAL("\x33\x04\0\0\x0e\x10\xff"));
	buf_fill(&b, 0, 28 + 300 - b.len);
	assert_false(b.failed);
	b.p[2] = (uint8_t)(b.len >> 8);
	b.p[3] = (uint8_t)b.len;
	sum = htons(sum_of(bytes_of(b.p, 20), 0));
	memcpy(b.p + 10, &sum, sizeof sum);
	(void)!sendto(world.cable, b.p, b.len, 0, (struct sockaddr *)&to, sizeof to);
}

static void server_hears(void)
{
	uint8_t frame[2048];
	ssize_t n = recv(world.cable, frame, sizeof frame, MSG_DONTWAIT);

	/* IPv4, UDP, to port 67, and the message's type comes first. */
	if (n >= 28 + 243 && frame[0] == 0x45 && frame[9] == 17 && frame[22] == 0 && frame[23] == 67)
		serve_dhcp(frame + 28, frame[28 + 242]);
}

/* ---- init */

static bool net_speaks(void)
{
	struct message_NET_STATUS m;
	struct incoming in;

	if (!stage_hear(stage.up, ROLE_NET, ROLE_INIT, &in))
		return false;
	world.ready |= in.type == MESSAGE_READY;
	world.alive |= in.type == MESSAGE_PONG;
	if (in.type == MESSAGE_NET_STATUS) {
		assert_int_equal(message_get_NET_STATUS(in.fields, &m), ERR_OK);
		world.up = m.state == NET_STATE_UP && memcmp(m.address, given, 4) == 0 && m.prefix == 24 &&
			   memcmp(m.router, server, 4) == 0;
	}
	return true;
}

static bool net_until(const bool *so)
{
	uint64_t end = clock_ms() + FAIRLY_MS;

	while (!*so) {
		struct pollfd p[] = {{.fd = stage.up, .events = POLLIN}, {.fd = world.cable, .events = POLLIN}};

		if (poll(p, 2, FAIRLY_MS) <= 0 || clock_ms() > end)
			fail_msg("net gets no further; %s failed", faults->name != NULL ? faults->name : "nothing");
		if (p[1].revents != 0)
			server_hears();
		if (p[0].revents != 0 && !net_speaks())
			return false;
	}
	return true;
}

static void play_network(void)
{
	struct buf b = buf_over(stage_storage, sizeof stage_storage);
	bool never = false;

	assert_int_equal(setns(world.home, CLONE_NEWNET), 0);
	if (net_until(&world.ready) && net_until(&world.up)) {
		message_put_PING(&b, NULL);
		stage_send(stage.up, &b, NULL, 0);
		if (net_until(&world.alive)) {
			stage_stop();
			(void)net_until(&never);
		}
	}
	close(world.cable);
}

static void check_net(const char *fault, bool well)
{
	(void)fault;
	if (well)
		assert_true(world.ready && world.up && world.alive);
}

static void net_brings_a_card_up(void **state)
{
	(void)state;
	world.home = this_network();
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	world.outside = this_network();
	haste = 50;
	try(&(struct trial){"net", net_main, prepare_net, play_network, check_net});
	haste = 1;
	assert_int_equal(setns(world.home, CLONE_NEWNET), 0);
	close(world.outside);
	close(world.home);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(net_brings_a_card_up),
	};

	return role_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
}
