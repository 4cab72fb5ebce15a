/* SPDX-License-Identifier: GPL-3.0-or-later
 * A packet from the network, as net reads it: frame, then message. Byte 0 says whether sums count, byte 1 whether the
 * rest is a whole frame or only a message. What is accepted must be something a card can be given. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "net/dhcp.h"
#include "net/lease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct dhcp_answer a;
	struct lease l = {0};
	struct bytes in;

	if (n < 2)
		return 0;
	in = bytes_of(data + 2, n - 2);
	if ((data[1] & 1) != 0 && dhcp_read_frame(in, (data[0] & 1) != 0, &in) != ERR_OK)
		return 0;
	if (dhcp_read_answer(in, 0x11223344, mac, &a) != ERR_OK)
		return 0;
	BUG_IF(!dhcp_is_host(a.server));
	if (a.type != DHCP_NAK) {
		BUG_IF(!dhcp_is_host(a.address) || a.prefix < 8 || a.prefix > 32);
		BUG_IF(!dhcp_is_zero(a.router) && !dhcp_is_host(a.router));
		BUG_IF(a.lease_s != 0 && !(a.renew_s < a.rebind_s && a.rebind_s < a.lease_s && a.renew_s > 0));
		BUG_IF(a.type == DHCP_ACK && a.lease_s < DHCP_LEASE_MIN);
	}
	/* Every state takes every answer, at any time. */
	(void)lease_start(&l, mac, 1000);
	for (int i = 0; i < 16; i++) {
		(void)lease_answer(&l, &a, l.next_ms);
		if (i >= 8 && (data[0] & 2) != 0)
			(void)lease_conflict(&l, l.next_ms);
		(void)lease_tick(&l, l.next_ms == DEADLINE_NONE ? 1000 : l.next_ms);
		BUG_IF(l.valid && !dhcp_is_host(l.held.address));
	}
	return 0;
}
