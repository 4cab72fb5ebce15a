/* SPDX-License-Identifier: GPL-3.0-or-later
 * The programs run in the kernel's own interpreter, on a socket: there 0 (TC_ACT_OK, "pass") means that a packet
 * doesn't arrive, and 2 (TC_ACT_SHOT, "drop") that its first two bytes do. */
#include "test.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/fence.h"

struct packet {
	uint8_t bytes[128];
	size_t n;
};

static bool passes(const struct fence *f, const struct packet *p)
{
	struct sock_fprog program = {.len = f->count, .filter = (struct sock_filter *)(uintptr_t)f->code};
	uint8_t got[128];
	int pair[2];
	ssize_t n;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
	(void)!send(pair[0], p->bytes, p->n, MSG_DONTWAIT);
	n = recv(pair[1], got, sizeof got, MSG_DONTWAIT);
	assert_true(n == (ssize_t)(p->n < TC_ACT_SHOT ? p->n : TC_ACT_SHOT) || (n < 0 && errno == EAGAIN));
	close(pair[0]);
	close(pair[1]);
	return n < 0;
}

static struct packet ethernet(uint16_t type)
{
	struct packet p = {.bytes = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, (uint8_t)(type >> 8), (uint8_t)type}, .n = 14};

	return p;
}

static struct packet arp(uint8_t operation)
{
	struct packet p = ethernet(0x0806);

	memcpy(p.bytes + 14, (uint8_t[]){0, 1, 8, 0, 6, 4, 0, operation}, 8);
	p.n = 42;
	return p;
}

/* words: of the header, 5 without options */
static struct packet ipv4(uint8_t protocol, uint8_t words)
{
	struct packet p = ethernet(0x0800);

	p.bytes[14] = (uint8_t)(0x40 | words);
	p.bytes[23] = protocol;
	p.n = 14u + words * 4u;
	return p;
}

static struct packet tcp(uint8_t flags)
{
	struct packet p = ipv4(6, 5);

	p.bytes[p.n + 13] = flags;
	p.n += 20;
	return p;
}

static struct packet udp(uint8_t words, uint8_t from, uint8_t to)
{
	struct packet p = ipv4(17, words);

	p.bytes[p.n + 1] = from;
	p.bytes[p.n + 3] = to;
	p.n += 8;
	return p;
}

static struct packet ipv6(uint8_t next)
{
	struct packet p = ethernet(0x86dd);

	p.bytes[14] = 0x60;
	p.bytes[20] = next;
	p.n = 54;
	return p;
}

static struct packet tcp6(uint8_t flags)
{
	struct packet p = ipv6(6);

	p.bytes[p.n + 13] = flags;
	p.n += 20;
	return p;
}

static struct packet icmp6(uint8_t type)
{
	struct packet p = ipv6(58);

	p.bytes[p.n] = type;
	p.n += 8;
	return p;
}

static struct packet report6(uint8_t next, uint8_t length, uint8_t type)
{
	struct packet p = ipv6(0);

	p.bytes[p.n] = next;
	p.bytes[p.n + 1] = length;
	p.bytes[p.n + 8] = type;
	p.n += 16;
	return p;
}

enum { OFF = 1, STATIC = 2, SLAAC = 4, ALL = 7, ON = 6 };

/* in, out: with which kinds of IPv6 it passes */
struct row {
	const char *what;
	struct packet packet;
	unsigned in, out;
};

static void check(const struct row *rows, size_t count)
{
	for (unsigned kind = 0; kind < 3; kind++)
		for (unsigned way = 0; way < 2; way++) {
			struct fence f;

			fence_make(&f, (enum fence_way)way, (enum fence_ipv6)kind, 0);
			for (size_t i = 0; i < count; i++) {
				struct packet p = rows[i].packet;
				unsigned with = way == FENCE_IN ? rows[i].in : rows[i].out;
				bool want = (with >> kind & 1) != 0;
				if (passes(&f, &p) != want)
					fail_msg("%s, %s, IPv6 %u", rows[i].what, way == FENCE_IN ? "in" : "out", kind);
				/* What is cut off passes neither way. */
				while (want && --p.n > 0)
					if (passes(&f, &p))
						fail_msg("%s, cut to %zu bytes", rows[i].what, p.n);
			}
		}
}

static void ipv4_lets_tor_dhcp_and_arp_pass(void **state)
{
	struct packet fragment = tcp(0x10);
	struct packet last_fragment = tcp(0x10);
	struct packet unfragmented = tcp(0x10);
	struct packet fddi = arp(1);
	struct packet long_mac = arp(1);
	const struct row *rows;

	(void)state;
	fragment.bytes[20] = 0x20;
	last_fragment.bytes[21] = 1;
	unfragmented.bytes[20] = 0x40;
	fddi.bytes[15] = 6;
	long_mac.bytes[18] = 8;
	rows = (const struct row[]){
	    {"ARP request", arp(1), ALL, ALL},
	    {"ARP reply", arp(2), ALL, ALL},
	    {"reverse ARP", arp(3), 0, 0},
	    {"ARP of another network", fddi, 0, 0},
	    {"ARP with long addresses", long_mac, 0, 0},
	    {"ACK", tcp(0x10), ALL, ALL},
	    {"ACK that must not be cut", unfragmented, ALL, ALL},
	    {"SYN", tcp(0x02), 0, ALL},
	    {"SYN ACK", tcp(0x12), ALL, ALL},
	    {"FIN ACK", tcp(0x11), ALL, ALL},
	    {"FIN scan", tcp(0x01), 0, ALL},
	    {"null scan", tcp(0x00), 0, ALL},
	    {"Xmas scan", tcp(0x29), 0, ALL},
	    {"reset of a connection", tcp(0x14), ALL, ALL},
	    {"reset of what is none", tcp(0x04), ALL, 0},
	    {"first fragment", fragment, 0, 0},
	    {"last fragment", last_fragment, 0, 0},
	    {"DHCP answer", udp(5, 67, 68), ALL, 0},
	    {"DHCP request", udp(5, 68, 67), 0, ALL},
	    {"DHCP answer behind options", udp(15, 67, 68), ALL, 0},
	    {"DNS answer", udp(5, 53, 68), 0, 0},
	    {"DNS request", udp(5, 68, 53), 0, 0},
	    {"NTP", udp(5, 123, 123), 0, 0},
	    {"ICMP", ipv4(1, 8), 0, 0},
	    {"IGMP", ipv4(2, 8), 0, 0},
	    {"SCTP", ipv4(132, 8), 0, 0},
	    {"IPv6 in IPv4", ipv4(41, 8), 0, 0},
	    {"LLDP", {.bytes = {[12] = 0x88, [13] = 0xcc}, .n = 60}, 0, 0},
	    {"spanning tree", {.bytes = {[13] = 38}, .n = 60}, 0, 0},
	    {"a tag within the frame", {.bytes = {[12] = 0x81, [16] = 8}, .n = 60}, 0, 0},
	};
	check(rows, 30);
}

static void ipv6_passes_where_it_is_wanted(void **state)
{
	struct packet fragment = tcp6(0x10);
	struct packet dhcp6 = tcp6(0x10);
	const struct row *rows;

	(void)state;
	fragment.bytes[20] = 44;
	dhcp6.bytes[20] = 17;
	rows = (const struct row[]){
	    {"ACK", tcp6(0x10), ON, ON},
	    {"SYN", tcp6(0x02), 0, ON},
	    {"reset of what is none", tcp6(0x04), ON, 0},
	    {"router solicitation", icmp6(133), 0, SLAAC},
	    {"router advertisement", icmp6(134), SLAAC, 0},
	    {"neighbour solicitation", icmp6(135), ON, ON},
	    {"neighbour advertisement", icmp6(136), ON, ON},
	    {"redirect", icmp6(137), 0, 0},
	    {"echo request", icmp6(128), 0, 0},
	    {"unreachable", icmp6(1), 0, 0},
	    {"packet too big", icmp6(2), 0, 0},
	    {"multicast query", report6(58, 0, 130), ON, 0},
	    {"multicast report", report6(58, 0, 143), 0, ON},
	    {"echo request behind options", report6(58, 0, 128), 0, 0},
	    {"query behind longer options", report6(58, 1, 130), 0, 0},
	    {"TCP behind options", report6(6, 0, 143), 0, 0},
	    {"fragment", fragment, 0, 0},
	    {"DHCPv6", dhcp6, 0, 0},
	};
	check(rows, 18);
}

/* A socket's packets carry no tag, so here only its absence is seen; tests/system shows the rest. */
static void without_its_tag_nothing_passes(void **state)
{
	struct packet p = arp(1);

	(void)state;
	for (unsigned way = 0; way < 2; way++) {
		struct fence f;

		fence_make(&f, (enum fence_way)way, FENCE_IPV6_SLAAC, 5);
		assert_true(f.count <= FENCE_MAX);
		assert_false(passes(&f, &p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ipv4_lets_tor_dhcp_and_arp_pass),
	    cmocka_unit_test(ipv6_passes_where_it_is_wanted),
	    cmocka_unit_test(without_its_tag_nothing_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
