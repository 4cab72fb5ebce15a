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
