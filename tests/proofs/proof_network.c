/* SPDX-License-Identifier: GPL-3.0-or-later
 * site/network.c: addresses of numbers, and the site file's line of an address, a prefix and a router. */
#include "views.h"

#include "site/network.c"

void prove_ipv4(void)
{
	uint8_t object[9], out[4];
	struct bytes text = last_bytes(object, sizeof object);

	if (!parse_ipv4(text, out))
		return;
	PROVE(text.n >= 7 && text.p[0] >= '0' && text.p[0] <= '9' && text.p[text.n - 1] != '.');
	if (text.n == 7)
		for (size_t i = 0; i < 4; i++)
			PROVE(text.p[2 * i] == '0' + out[i] && (i == 0 || text.p[2 * i - 1] == '.'));
}

bool take_refused_shown(struct site_fault *fault, const char *sentence)
{
	PROVE(fault != NULL && __CPROVER_r_ok(sentence, 1));
	return false;
}

static struct bytes whole;

bool parse_ipv4_shown(struct bytes text, uint8_t out[static 4])
{
	PROVE(within(text, whole));
	for (size_t i = 0; i < 4; i++)
		out[i] = nondet_byte();
	return text.n > 0 && nondet_bool();
}

bool parse_ipv6_shown(struct bytes text, uint8_t out[static 16])
{
	PROVE(within(text, whole));
	out[0] = nondet_byte();
	return text.n > 0 && nondet_bool();
}

bool bytes_eq_str_shown(struct bytes a, const char *s)
{
	(void)s;
	PROVE(a.n == 0 || __CPROVER_r_ok(a.p, a.n));
	return nondet_bool();
}

void prove_line4(void)
{
	uint8_t object[6];
	struct site_fault fault;
	struct site s = {.network = SITE_NETWORK_DHCP, .prefix = 77};

	whole = last_bytes(object, sizeof object);
	if (site_take_network(whole, &s, &fault) && s.network == SITE_NETWORK_STATIC)
		PROVE(s.prefix >= 1 && s.prefix <= 32 && bytes_find(whole, BYTES_LITERAL("/")) < whole.n);
	else
		PROVE(s.prefix == 77);
}

void prove_line6(void)
{
	uint8_t object[6];
	struct site_fault fault;
	struct site s = {.network6 = SITE_NETWORK6_OFF, .prefix6 = 0};

	whole = last_bytes(object, sizeof object);
	if (site_take_network6(whole, &s, &fault) && s.network6 == SITE_NETWORK6_STATIC)
		PROVE(s.prefix6 >= 1 && s.prefix6 <= 128 && bytes_find(whole, BYTES_LITERAL("/")) < whole.n);
	else
		PROVE(s.prefix6 == 0);
}

/* The C library reads it, and gets a string. */
int inet_pton_shown(int family, const char *text, void *out)
{
	PROVE(family == AF_INET6 && strlen(text) < INET6_ADDRSTRLEN);
	((uint8_t *)out)[0] = nondet_byte();
	return nondet_bool();
}

void prove_ipv6(void)
{
	uint8_t object[INET6_ADDRSTRLEN + 1], out[16];

	if (parse_ipv6(last_bytes(object, sizeof object), out))
		PROVE(out[0] != 0xff);
}

void prove_vlan(void)
{
	uint8_t object[5];
	struct site_fault fault;
	struct site s = {.vlan = 77};

	if (site_take_vlan(last_bytes(object, sizeof object), &s, &fault))
		PROVE(s.vlan >= 1 && s.vlan <= 4094);
	else
		PROVE(s.vlan == 77);
}
