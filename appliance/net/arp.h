/* SPDX-License-Identifier: GPL-3.0-or-later
 * ARP (RFC 826) as far as a client needs it to find out whether an address is somebody else's before it is used
 * (RFC 5227 2.1). No system call here. Addresses are four bytes in network order. */
#ifndef NET_ARP_H
#define NET_ARP_H

#include "base/bytes.h"

enum { ARP_LEN = 28 };

/* "Who has it?", with no address of our own: so nobody's table is changed by asking. */
void arp_put_probe(struct buf *out, const uint8_t mac[static 6], const uint8_t address[static 4]);

/* Does this packet show that another card than ours has the address, or is about to take it? False for what isn't
 * well-formed. What stands behind the first ARP_LEN bytes is the frame's filling. */
bool arp_is_conflict(struct bytes in, const uint8_t mac[static 6], const uint8_t address[static 4]);

#endif
