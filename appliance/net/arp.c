/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/arp.h"

#include <string.h>

/* RFC 826, for Ethernet and IPv4. */
enum {
	AT_OPERATION = 7, /* its lower byte */
	AT_SENDER_MAC = 8,
	AT_SENDER = 14,
	AT_TARGET = 24,
};

enum { OPERATION_REQUEST = 1, OPERATION_REPLY = 2 };

/* Ethernet, IPv4, their lengths, and the operation's upper byte. */
static const uint8_t start[AT_OPERATION] = {0, 1, 8, 0, 6, 4, 0};
static const uint8_t nobody[4] = {0};

void arp_put_probe(struct buf *out, const uint8_t mac[static 6], const uint8_t address[static 4])
{
	buf_put(out, BYTES_ARRAY(start));
	buf_byte(out, OPERATION_REQUEST);
	buf_put(out, bytes_of(mac, 6));
	buf_put(out, BYTES_ARRAY(nobody));
	buf_fill(out, 0, 6);
	buf_put(out, bytes_of(address, 4));
}

bool arp_is_conflict(struct bytes in, const uint8_t mac[static 6], const uint8_t address[static 4])
{
	if (in.n < ARP_LEN || memcmp(in.p, start, sizeof start) != 0 ||
	    (in.p[AT_OPERATION] != OPERATION_REQUEST && in.p[AT_OPERATION] != OPERATION_REPLY))
		return false;
	/* Our own probe may come back over a loop in the cabling. */
	if (memcmp(in.p + AT_SENDER_MAC, mac, 6) == 0)
		return false;
	if (memcmp(in.p + AT_SENDER, address, 4) == 0)
		return true;
	return in.p[AT_OPERATION] == OPERATION_REQUEST && memcmp(in.p + AT_SENDER, nobody, 4) == 0 &&
	       memcmp(in.p + AT_TARGET, address, 4) == 0;
}
