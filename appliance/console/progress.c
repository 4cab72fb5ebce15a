/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/progress.h"

#include <arpa/inet.h>

#include "net/net.h"

static bool is_none(struct bytes address)
{
	for (size_t i = 0; i < address.n; i++)
		if (address.p[i] != 0)
			return false;
	return true;
}

void progress_put_address6(struct buf *out, const struct message_CONSOLE_STATE *now)
{
	char text[INET6_ADDRSTRLEN];

	if (is_none(BYTES_ARRAY(now->address6)))
		buf_str(out, "none");
	else if (inet_ntop(AF_INET6, now->address6, text, sizeof text) != NULL)
		buf_str(out, text);
}

void progress_put_address(struct buf *out, const struct message_CONSOLE_STATE *now)
{
	if (is_none(BYTES_ARRAY(now->address))) {
		progress_put_address6(out, now);
		return;
	}
	for (size_t i = 0; i < sizeof now->address; i++) {
		if (i > 0)
			buf_str(out, ".");
		buf_decimal(out, now->address[i]);
	}
}

void progress_put_card(struct buf *out, const uint8_t mac[static 6])
{
	for (size_t i = 0; i < 6; i++) {
		buf_str(out, i == 0 ? "" : ":");
		buf_hex(out, bytes_of(mac + i, 1));
	}
}

static void put_signed(struct buf *out, int64_t v)
{
	if (v < 0)
		buf_str(out, "-");
	buf_decimal(out, (uint64_t)(v < 0 ? -v : v));
}

static void tell_net(struct buf *out, const struct message_CONSOLE_STATE *now)
{
	static const char *const words[NET_STATE_COUNT] = {"no-card", "no-carrier", "asking", "up "};

	if (now->net_state >= NET_STATE_COUNT)
		return;
	buf_str(out, "courier: net ");
	buf_str(out, words[now->net_state]);
	if (now->net_state == NET_STATE_UP)
		progress_put_address(out, now);
	buf_str(out, "\n");
}

static void tell_card(struct buf *out, const uint8_t mac[static 6])
{
	buf_str(out, "courier: card ");
	progress_put_card(out, mac);
	buf_str(out, "\n");
}

static void tell_number(struct buf *out, const char *what, int64_t n)
{
	buf_str(out, "courier: ");
	buf_str(out, what);
	buf_str(out, " ");
	put_signed(out, n);
	buf_str(out, "\n");
}

static void tell_register(struct buf *out, const char *number, struct bytes value)
{
	buf_str(out, "courier: pcr ");
	buf_str(out, number);
	buf_str(out, " ");
	buf_hex(out, value);
	buf_str(out, "\n");
}

void progress_put_start(struct buf *out, const struct message_CONSOLE_STATE *now)
{
	if (now->measured == 0)
		return;
	tell_register(out, "4", BYTES_ARRAY(now->pcr4));
	tell_register(out, "11", BYTES_ARRAY(now->pcr11));
}

void progress_put(struct buf *out, const struct message_CONSOLE_STATE *before, const struct message_CONSOLE_STATE *now)
{
	static const struct message_CONSOLE_STATE blank = {.net_state = NET_STATE_COUNT};
	const struct message_CONSOLE_STATE *old = before != NULL ? before : &blank;

	if (now->net_state != old->net_state || memcmp(now->address, old->address, sizeof now->address) != 0)
		tell_net(out, now);
	if (memcmp(now->mac, old->mac, sizeof now->mac) != 0)
		tell_card(out, now->mac);
	if (now->dropped != old->dropped)
		tell_number(out, "dropped", now->dropped);
	if (now->bootstrap != old->bootstrap)
		tell_number(out, "tor", now->bootstrap);
	if ((now->published >= 2) != (old->published >= 2))
		buf_str(out, now->published >= 2 ? "courier: onion published\n" : "courier: onion unpublished\n");
	if (now->door_open != old->door_open)
		buf_str(out, now->door_open ? "courier: door open\n" : "courier: door closed\n");
	if (now->skew_s != old->skew_s)
		tell_number(out, "clock skew", (int32_t)now->skew_s);
	if (now->restarts != old->restarts)
		tell_number(out, "restarts", now->restarts);
	if (now->crashes != old->crashes)
		tell_number(out, "crashes", now->crashes);
}
