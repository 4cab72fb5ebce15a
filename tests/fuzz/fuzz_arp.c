/* SPDX-License-Identifier: GPL-3.0-or-later
 * An ARP packet from the network while an address is probed. Ten bytes say which card and address are ours; the rest is
 * the packet. Whether it is a conflict is said here once more, in RFC 5227's order (2.1.1). */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "net/arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned number(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool has(const uint8_t *at, const uint8_t address[static 4])
{
	return memcmp(at, address, 4) == 0;
}

static bool is_conflict(const uint8_t *p, size_t n, const uint8_t mac[static 6], const uint8_t address[static 4])
{
	static const uint8_t nobody[4];

	if (n < ARP_LEN || number(p) != 1 || number(p + 2) != 0x0800 || p[4] != 6 || p[5] != 4)
		return false;
	if (memcmp(p + 8, mac, 6) == 0)
		return false;
	switch (number(p + 6)) {
	case 1:
		return has(p + 14, address) || (has(p + 14, nobody) && has(p + 24, address));
	case 2:
		return has(p + 14, address);
	default:
		return false;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t mac[6], other[6], address[4], probe[ARP_LEN];
	struct buf b = buf_over(probe, sizeof probe);

	if (n < sizeof mac + sizeof address)
		return 0;
	memcpy(mac, data, sizeof mac);
	memcpy(other, data, sizeof other);
	memcpy(address, data + sizeof mac, sizeof address);
	data += sizeof mac + sizeof address;
	n -= sizeof mac + sizeof address;
	BUG_IF(arp_is_conflict(bytes_of(data, n), mac, address) != is_conflict(data, n, mac, address));
	/* Our own probe is a conflict for everybody else, and not for us. */
	other[5] ^= 1;
	arp_put_probe(&b, mac, address);
	BUG_IF(b.failed || b.len != ARP_LEN);
	BUG_IF(arp_is_conflict(buf_view(&b), mac, address) || !arp_is_conflict(buf_view(&b), other, address));
	return 0;
}
