/* SPDX-License-Identifier: GPL-3.0-or-later
 * The net process: puts a fence around each wired card (net/fence.h), switches it on, gives the first one with carrier
 * its address and default route, by DHCP or as the site file says, and keeps both alive. It knows no names: Tor needs
 * no DNS. IPv6 stays off unless the site file wants it. */
#ifndef NET_NET_H
#define NET_NET_H

/* NET_STATUS and CONSOLE_STATE carry it. */
enum net_state {
	NET_STATE_NO_CARD,    /* no wired card was found (yet) */
	NET_STATE_NO_CARRIER, /* cards, but no cable */
	NET_STATE_ASKING,     /* carrier, no address (yet, or any more) */
	NET_STATE_UP,         /* address and route are set; without IPv4: there is an IPv6 address */
	NET_STATE_COUNT
};

/* PART_NET's mode. STATIC: address and prefix, and router or 0.0.0.0 for none. DHCP, NONE: these three are ignored.
 * NONE: IPv6 alone, and mode6 is not FENCE_IPV6_OFF. */
enum net_mode { NET_MODE_DHCP, NET_MODE_STATIC, NET_MODE_NONE, NET_MODE_COUNT };

/* Role @net, see confine/confine.h. Descriptors: ROLE_FD_UP, ROLE_FD_PART (PART_NET), ROLE_FD_A:
 * net/ipv6/conf/all/disable_ipv6. Starts with CAP_NET_ADMIN and CAP_NET_RAW; after confine_finish() it needs
 * CAP_NET_ADMIN alone. Sends READY, and NET_STATUS at each change. */
int net_main(int argc, char **argv);

#endif
