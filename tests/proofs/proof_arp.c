/* SPDX-License-Identifier: GPL-3.0-or-later
 * net/arp.c: any packet. */
#include "proof.h"

#include "net/arp.c"

void prove_conflict(void)
{
	uint8_t object[ARP_LEN + 1], mac[6], address[4];
	struct bytes in = last_bytes(object, sizeof object);

	if (arp_is_conflict(in, mac, address))
		PROVE(in.n >= ARP_LEN && (in.p[AT_OPERATION] == 1 || in.p[AT_OPERATION] == 2));
}
