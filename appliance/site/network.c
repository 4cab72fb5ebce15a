/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "site/network.h"

#include <arpa/inet.h>
#include <string.h>

#include "site/take.h"

/* "192.0.2.7", each number without leading zeros. */
static bool parse_ipv4(struct bytes text, uint8_t out[static 4])
{
	struct bytes part;
	uint64_t v;
	size_t n = 0;

	if (text.n > 0 && text.p[text.n - 1] == '.')
		return false;
	while (bytes_split(&text, '.', &part)) {
		if (n == 4 || bytes_decimal(part, 255, &v) != ERR_OK)
			return false;
		out[n++] = (uint8_t)v;
	}
	return n == 4;
}

bool site_take_network(struct bytes text, struct site *s, struct site_fault *fault)
{
	static const char *const wrong =
	    "network is \"dhcp\", \"none\" (IPv6 alone), or \"ADDRESS/PREFIX,ROUTER\" like "
	    "\"192.0.2.7/24,192.0.2.1\"; the router may be left out with its comma.";
	uint8_t address[4], router[4] = {0};
	struct bytes host, prefix_text;
	size_t slash, comma;
	uint64_t prefix;

	if (bytes_eq_str(text, "dhcp") || bytes_eq_str(text, "none")) {
		s->network = bytes_eq_str(text, "none") ? SITE_NETWORK_NONE : SITE_NETWORK_DHCP;
		return true;
	}
	slash = bytes_find(text, BYTES_LITERAL("/"));
	comma = bytes_find(text, BYTES_LITERAL(","));
	if (slash >= comma)
		return take_refused(fault, wrong);
	host = bytes_first(text, slash);
	prefix_text = bytes_from(bytes_first(text, comma), slash + 1);
	if (!parse_ipv4(host, address) || bytes_decimal(prefix_text, 32, &prefix) != ERR_OK || prefix == 0)
		return take_refused(fault, wrong);
	if (comma < text.n && !parse_ipv4(bytes_from(text, comma + 1), router))
		return take_refused(fault, wrong);
	s->network = SITE_NETWORK_STATIC;
	s->prefix = (uint8_t)prefix;
	memcpy(s->address, address, sizeof s->address);
	memcpy(s->router, router, sizeof s->router);
	return true;
}

/* Not ::, not ::1, not a group's. */
static bool parse_ipv6(struct bytes text, uint8_t out[static 16])
{
	static const uint8_t none[15] = {0};
	char name[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof name)
		return false;
	memcpy(name, text.p, text.n);
	name[text.n] = '\0';
	return inet_pton(AF_INET6, name, out) == 1 && out[0] != 0xff &&
	       !(memcmp(out, none, sizeof none) == 0 && out[15] <= 1);
}

bool site_take_network6(struct bytes text, struct site *s, struct site_fault *fault)
{
	static const char *const wrong = "network6 is \"off\", \"slaac\", or \"ADDRESS/PREFIX,ROUTER\" like "
					 "\"2001:db8::7/64,2001:db8::1\"; the router "
					 "may be left out with its comma.";
	uint8_t address[16], router[16] = {0};
	struct bytes prefix_text;
	size_t slash, comma;
	uint64_t prefix;

	if (bytes_eq_str(text, "off") || bytes_eq_str(text, "slaac")) {
		s->network6 = text.n == 3 ? SITE_NETWORK6_OFF : SITE_NETWORK6_SLAAC;
		return true;
	}
	slash = bytes_find(text, BYTES_LITERAL("/"));
	comma = bytes_find(text, BYTES_LITERAL(","));
	if (slash >= comma)
		return take_refused(fault, wrong);
	prefix_text = bytes_from(bytes_first(text, comma), slash + 1);
	if (!parse_ipv6(bytes_first(text, slash), address) || bytes_decimal(prefix_text, 128, &prefix) != ERR_OK ||
	    prefix == 0)
		return take_refused(fault, wrong);
	if (comma < text.n && !parse_ipv6(bytes_from(text, comma + 1), router))
		return take_refused(fault, wrong);
	s->network6 = SITE_NETWORK6_STATIC;
	s->prefix6 = (uint8_t)prefix;
	memcpy(s->address6, address, sizeof s->address6);
	memcpy(s->router6, router, sizeof s->router6);
	return true;
}

bool site_take_vlan(struct bytes text, struct site *s, struct site_fault *fault)
{
	uint64_t number;

	if (bytes_decimal(text, 4094, &number) != ERR_OK || number == 0)
		return take_refused(
		    fault, "vlan is the number of the network's VLAN, from 1 to 4094. Without the line: none.");
	s->vlan = (uint16_t)number;
	return true;
}

bool site_take_mac(struct bytes text, struct site *s, struct site_fault *fault)
{
	if (!bytes_eq_str(text, "own") && !bytes_eq_str(text, "random"))
		return take_refused(fault,
				    "mac is \"own\" (the network card's), or \"random\": a new one at each start.");
	s->random_mac = bytes_eq_str(text, "random");
	return true;
}

/* ---- writing */

static void ipv4(struct buf *out, const uint8_t address[static 4])
{
	for (int i = 0; i < 4; i++) {
		buf_str(out, i == 0 ? "" : ".");
		buf_decimal(out, address[i]);
	}
}

static void write_ipv4(struct buf *out, const struct site *s)
{
	static const uint8_t none[4] = {0};

	buf_str(out, "network = ");
	if (s->network != SITE_NETWORK_STATIC) {
		buf_str(out, s->network == SITE_NETWORK_NONE ? "none\n" : "dhcp\n");
		return;
	}
	ipv4(out, s->address);
	buf_byte(out, '/');
	buf_decimal(out, s->prefix);
	if (!bytes_eq(BYTES_ARRAY(s->router), BYTES_ARRAY(none))) {
		buf_byte(out, ',');
		ipv4(out, s->router);
	}
	buf_byte(out, '\n');
}

static void ipv6(struct buf *out, const uint8_t address[static 16])
{
	char name[INET6_ADDRSTRLEN];

	BUG_IF(inet_ntop(AF_INET6, address, name, sizeof name) == NULL);
	buf_str(out, name);
}

static void write_ipv6(struct buf *out, const struct site *s)
{
	static const uint8_t none[16] = {0};

	if (s->network6 == SITE_NETWORK6_OFF)
		return;
	buf_str(out, "network6 = ");
	if (s->network6 == SITE_NETWORK6_SLAAC) {
		buf_str(out, "slaac\n");
		return;
	}
	ipv6(out, s->address6);
	buf_byte(out, '/');
	buf_decimal(out, s->prefix6);
	if (!bytes_eq(BYTES_ARRAY(s->router6), BYTES_ARRAY(none))) {
		buf_byte(out, ',');
		ipv6(out, s->router6);
	}
	buf_byte(out, '\n');
}

void site_write_network(struct buf *out, const struct site *s)
{
	write_ipv4(out, s);
	write_ipv6(out, s);
	if (s->vlan != 0) {
		buf_str(out, "vlan = ");
		buf_decimal(out, s->vlan);
		buf_byte(out, '\n');
	}
	if (s->random_mac)
		buf_str(out, "mac = random\n");
}
