/* SPDX-License-Identifier: GPL-3.0-or-later
 * The lines of a site file that say how the box is reached on its own network: network, network6, vlan, mac. */
#ifndef SITE_NETWORK_H
#define SITE_NETWORK_H

#include "site/file.h"

bool site_take_network6(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_vlan(struct bytes text, struct site *s, struct site_fault *fault);
bool site_take_mac(struct bytes text, struct site *s, struct site_fault *fault);
/* Those of them that are not as they are without a line, and `network`. */
void site_write_network(struct buf *out, const struct site *s);

#endif
