/* SPDX-License-Identifier: GPL-3.0-or-later
 * net/dhcp.c: options of any contents, and what is made of them. */
#include "proof.h"

#include "base/bytes.c"
#include "net/dhcp.c"

void prove_options(void)
{
	struct bytes in = any_bytes(9);
	struct options o = {0};

	if (read_options(in, &o) != ERR_OK)
		return;
	PROVE(o.type.n == 0 || (o.type.n == 1 && o.type.p > in.p && o.type.p < in.p + in.n));
	PROVE(o.server.n == 0 || (o.server.n == 4 && o.server.p > in.p && o.server.p + 4 < in.p + in.n));
	PROVE(o.overload.n <= 1);
}

void prove_times(void)
{
	uint8_t lease[4], renew[4], rebind[4];
	struct options o = {.lease = {lease, nondet_bool() ? 4 : 0},
			    .renew = {renew, nondet_bool() ? 4 : 0},
			    .rebind = {rebind, nondet_bool() ? 4 : 0}};
	struct dhcp_answer a = {.type = nondet_bool() ? DHCP_OFFER : DHCP_ACK};

	if (read_times(&o, &a) == ERR_OK && a.lease_s != 0)
		PROVE(a.lease_s >= DHCP_LEASE_MIN && a.renew_s > 0 && a.renew_s < a.rebind_s && a.rebind_s < a.lease_s);
}

static struct bytes anywhere(struct bytes in, size_t n)
{
	size_t at = nondet_size();

	ASSUME(n <= in.n && at <= in.n - n);
	return bytes_of(in.p + at, n);
}

/* What read_options() leaves: views of the lengths that option_place() asks for. */
enum err read_options_shown(struct bytes in, struct options *o)
{
	struct bytes *const of_4[] = {&o->server, &o->mask, &o->router, &o->lease, &o->renew, &o->rebind};

	PROVE(__CPROVER_r_ok(in.p, in.n));
	if (in.n < 4 || nondet_bool())
		return ERR_FORMAT;
	for (size_t i = 0; i < sizeof of_4 / sizeof of_4[0]; i++)
		if (nondet_bool())
			*of_4[i] = anywhere(in, 4);
	if (nondet_bool())
		o->type = anywhere(in, 1);
	if (nondet_bool())
		o->overload = anywhere(in, 1);
	return ERR_OK;
}

void prove_all_options(void)
{
	uint8_t object[AT_OPTIONS + 6];
	struct bytes in = last_bytes(object, sizeof object);
	struct options o = {0};

	ASSUME(in.n >= AT_OPTIONS);
	if (read_all_options(in, &o) == ERR_OK && o.server.n != 0)
		PROVE(__CPROVER_r_ok(o.server.p, 4));
}

enum err read_all_options_shown(struct bytes in, struct options *o)
{
	return read_options_shown(bytes_from(in, AT_OPTIONS), o);
}

void prove_answer(void)
{
	uint8_t object[AT_OPTIONS + 6], mac[6];
	struct bytes in = last_bytes(object, sizeof object);
	struct dhcp_answer a = {.prefix = 77};
	enum err e = dhcp_read_answer(in, nondet_u32(), mac, &a);

	if (e != ERR_OK) {
		PROVE(a.prefix == 77);
		return;
	}
	PROVE(a.type == DHCP_OFFER || a.type == DHCP_ACK || a.type == DHCP_NAK);
	if (a.type == DHCP_NAK)
		return;
	PROVE(a.prefix >= 8 && a.prefix <= 32);
	PROVE(a.address[0] != 0 && a.address[0] != 127 && a.address[0] < 224);
	PROVE(a.type == DHCP_OFFER || a.lease_s >= DHCP_LEASE_MIN);
}

void prove_sum(void)
{
	struct bytes in = any_bytes(5);
	uint32_t so_far = nondet_u32();

	ASSUME(so_far <= UINT16_MAX * 0x100);
	PROVE(sum(so_far, in) >= so_far);
}

uint32_t sum_shown(uint32_t so_far, struct bytes in)
{
	(void)so_far;
	PROVE(__CPROVER_r_ok(in.p, in.n));
	return nondet_u32();
}

void prove_frame(void)
{
	uint8_t object[70]; /* the longest IPv4 header, UDP's, and two bytes */
	struct bytes in = last_bytes(object, sizeof object), payload = {NULL, 77};
	enum err e = dhcp_read_frame(in, nondet_bool(), &payload);

	if (e != ERR_OK)
		PROVE(e == ERR_FORMAT && payload.n == 77);
	else
		PROVE(payload.n <= in.n - HEADER_IP - HEADER_UDP && __CPROVER_r_ok(payload.p, payload.n));
}
