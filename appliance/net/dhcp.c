/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dhcp.h"

#include <string.h>

/* The fixed part, RFC 2131 figure 1. */
enum {
	AT_OP = 0,
	AT_HARDWARE_TYPE = 1,
	AT_HARDWARE_LEN = 2,
	AT_EXCHANGE = 4,
	AT_YOUR_ADDRESS = 16,
	AT_MAC = 28,
	AT_SERVER_NAME = 44,
	AT_FILE = 108,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
	SERVER_NAME_LEN = 64,
	FILE_LEN = 128,
};

enum { OP_REQUEST = 1, OP_REPLY = 2, HARDWARE_ETHERNET = 1 };
enum { PORT_SERVER = 67, PORT_CLIENT = 68, PROTOCOL_UDP = 17, HEADER_IP = 20, HEADER_UDP = 8 };

enum option {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_ROUTER = 3,
	OPTION_WANTED = 50,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_PARAMETERS = 55,
	OPTION_RENEW = 58,
	OPTION_REBIND = 59,
	OPTION_END = 255,
};

static const uint8_t cookie[4] = {99, 130, 83, 99};

static void put_u16(struct buf *out, unsigned v)
{
	buf_byte(out, (uint8_t)(v >> 8));
	buf_byte(out, (uint8_t)v);
}

static void put_u32(struct buf *out, uint32_t v)
{
	put_u16(out, v >> 16);
	put_u16(out, v & 0xffff);
}

static uint32_t get_u16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get_u32(const uint8_t *p)
{
	return get_u16(p) << 16 | get_u16(p + 2);
}

bool dhcp_is_zero(const uint8_t address[static 4])
{
	return get_u32(address) == 0;
}

bool dhcp_is_host(const uint8_t address[static 4])
{
	return address[0] != 0 && address[0] != 127 && address[0] < 224;
}

static void put_option(struct buf *out, enum option code, struct bytes value)
{
	buf_byte(out, (uint8_t)code);
	buf_byte(out, (uint8_t)value.n);
	buf_put(out, value);
}

void dhcp_put_request(struct buf *out, const struct dhcp_request *r)
{
	/* What net uses, and nothing more: a longer list is a fingerprint. */
	static const uint8_t parameters[] = {OPTION_MASK, OPTION_ROUTER};
	const uint8_t type = (uint8_t)r->type;
	size_t from = out->len;

	buf_byte(out, OP_REQUEST);
	buf_byte(out, HARDWARE_ETHERNET);
	buf_byte(out, sizeof r->mac);
	buf_byte(out, 0);
	put_u32(out, r->exchange);
	put_u16(out, r->elapsed_s);
	put_u16(out, 0); /* answers may be unicast: the packet socket takes them */
	buf_put(out, BYTES_ARRAY(r->own));
	buf_fill(out, 0, AT_MAC - AT_YOUR_ADDRESS);
	buf_put(out, BYTES_ARRAY(r->mac));
	buf_fill(out, 0, AT_COOKIE - AT_MAC - sizeof r->mac);
	buf_put(out, BYTES_ARRAY(cookie));
	put_option(out, OPTION_TYPE, bytes_of(&type, 1));
	if (!dhcp_is_zero(r->wanted))
		put_option(out, OPTION_WANTED, BYTES_ARRAY(r->wanted));
	if (!dhcp_is_zero(r->server))
		put_option(out, OPTION_SERVER, BYTES_ARRAY(r->server));
	if (r->type != DHCP_DECLINE) /* RFC 2131 table 5 */
		put_option(out, OPTION_PARAMETERS, BYTES_ARRAY(parameters));
	buf_byte(out, OPTION_END);
	if (!out->failed)
		buf_fill(out, 0, DHCP_SEND_MAX - (out->len - from));
}

/* ---- options */

/* Those we read; a slot with n == 0 was not there. */
struct options {
	struct bytes type, server, mask, router, lease, renew, rebind, overload;
};

/* The place for an option and the length it must have: `exact`, or at least 4 and a multiple of 4 (routers). */
static struct bytes *option_place(struct options *o, uint8_t code, size_t *exact)
{
	*exact = 4;
	switch (code) {
	case OPTION_TYPE:
		*exact = 1;
		return &o->type;
	case OPTION_OVERLOAD:
		*exact = 1;
		return &o->overload;
	case OPTION_ROUTER:
		*exact = 0;
		return &o->router;
	case OPTION_SERVER:
		return &o->server;
	case OPTION_MASK:
		return &o->mask;
	case OPTION_LEASE:
		return &o->lease;
	case OPTION_RENEW:
		return &o->renew;
	case OPTION_REBIND:
		return &o->rebind;
	default:
		return NULL;
	}
}

static enum err read_options(struct bytes in, struct options *o)
{
	while (in.n > 0 && in.p[0] != OPTION_END) {
		struct bytes value;
		struct bytes *place;
		size_t exact;

		if (in.p[0] == OPTION_PAD) {
			in = bytes_from(in, 1);
			continue;
		}
		if (in.n < 2 || in.n - 2 < in.p[1])
			return ERR_FORMAT;
		value = bytes_first(bytes_from(in, 2), in.p[1]);
		place = option_place(o, in.p[0], &exact);
		if (place != NULL) {
			/* RFC 3396 lets long options come in parts; none of ours is long. */
			if (place->n != 0 || value.n == 0 || (exact != 0 ? value.n != exact : value.n % 4 != 0))
				return ERR_FORMAT;
			*place = value;
		}
		in = bytes_from(in, 2 + value.n);
	}
	/* The end marker is the proof that the datagram isn't cut. */
	return in.n > 0 ? ERR_OK : ERR_FORMAT;
}

/* Option 52: the two fixed fields may hold options as well. They can't overload further. */
static enum err read_all_options(struct bytes in, struct options *o)
{
	enum err e = read_options(bytes_from(in, AT_OPTIONS), o);
	uint8_t where;

	if (e != ERR_OK || o->overload.n == 0)
		return e;
	where = o->overload.p[0];
	if (where < 1 || where > 3)
		return ERR_FORMAT;
	if ((where & 1) != 0)
		e = read_options(bytes_first(bytes_from(in, AT_FILE), FILE_LEN), o);
	if (e == ERR_OK && (where & 2) != 0)
		e = read_options(bytes_first(bytes_from(in, AT_SERVER_NAME), SERVER_NAME_LEN), o);
	return e;
}

/* ---- meaning */

static enum err read_prefix(struct bytes mask, const uint8_t address[static 4], uint8_t *prefix)
{
	uint32_t bits;

	if (mask.n == 0) {
		*prefix = address[0] < 128 ? 8 : address[0] < 192 ? 16 : 24;
		return ERR_OK;
	}
	bits = get_u32(mask.p);
	/* Ones, then zeros; at least eight ones. */
	if ((~bits & (~bits + 1)) != 0 || bits < 0xff000000u)
		return ERR_FORMAT;
	*prefix = (uint8_t)__builtin_popcount(bits);
	return ERR_OK;
}

static enum err read_address(const struct options *o, const uint8_t *yours, struct dhcp_answer *a)
{
	uint32_t host_bits;
	uint32_t host;
	enum err e;

	memcpy(a->address, yours, 4);
	if (!dhcp_is_host(a->address))
		return ERR_FORMAT;
	e = read_prefix(o->mask, a->address, &a->prefix);
	if (e != ERR_OK)
		return e;
	host_bits = a->prefix < 31 ? UINT32_MAX >> a->prefix : 0;
	host = get_u32(a->address) & host_bits;
	if (host_bits != 0 && (host == 0 || host == host_bits))
		return ERR_FORMAT;
	if (o->router.n != 0) {
		memcpy(a->router, o->router.p, 4);
		if (!dhcp_is_host(a->router) || memcmp(a->router, a->address, 4) == 0)
			return ERR_FORMAT;
	}
	return ERR_OK;
}

static enum err read_times(const struct options *o, struct dhcp_answer *a)
{
	if (o->lease.n == 0)
		return a->type == DHCP_OFFER ? ERR_OK : ERR_FORMAT;
	a->lease_s = get_u32(o->lease.p);
	if (a->lease_s < DHCP_LEASE_MIN)
		return ERR_FORMAT;
	a->renew_s = o->renew.n != 0 ? get_u32(o->renew.p) : a->lease_s / 2;
	a->rebind_s = o->rebind.n != 0 ? get_u32(o->rebind.p) : (uint32_t)((uint64_t)a->lease_s * 7 / 8);
	if (a->renew_s == 0 || a->renew_s >= a->rebind_s || a->rebind_s >= a->lease_s) {
		a->renew_s = a->lease_s / 2;
		a->rebind_s = (uint32_t)((uint64_t)a->lease_s * 7 / 8);
	}
	return ERR_OK;
}

enum err dhcp_read_answer(struct bytes in, uint32_t exchange, const uint8_t mac[static 6], struct dhcp_answer *answer)
{
	struct dhcp_answer a = {0}; /* NOLINT(clang-analyzer-optin.core.EnumCastOutOfRange): no type yet */
	struct options o = {0};
	enum err e;

	if (in.n < AT_OPTIONS || in.n > DHCP_READ_MAX || memcmp(in.p + AT_COOKIE, cookie, sizeof cookie) != 0 ||
	    in.p[AT_OP] != OP_REPLY || in.p[AT_HARDWARE_TYPE] != HARDWARE_ETHERNET || in.p[AT_HARDWARE_LEN] != 6)
		return ERR_FORMAT;
	if (get_u32(in.p + AT_EXCHANGE) != exchange || memcmp(in.p + AT_MAC, mac, 6) != 0)
		return ERR_NOT_FOUND;
	e = read_all_options(in, &o);
	if (e != ERR_OK)
		return e;
	if (o.type.n == 0 || o.server.n == 0)
		return ERR_FORMAT;
	a.type = (enum dhcp_type)o.type.p[0];
	memcpy(a.server, o.server.p, 4);
	if (!dhcp_is_host(a.server) || (a.type != DHCP_OFFER && a.type != DHCP_ACK && a.type != DHCP_NAK))
		return ERR_FORMAT;
	if (a.type != DHCP_NAK) {
		e = read_address(&o, in.p + AT_YOUR_ADDRESS, &a);
		if (e == ERR_OK)
			e = read_times(&o, &a);
		if (e != ERR_OK)
			return e;
	}
	*answer = a;
	return ERR_OK;
}

/* ---- frames */

/* RFC 1071, over parts of even length but the last. Zero when it comes out right. */
static uint32_t sum(uint32_t so_far, struct bytes in)
{
	for (size_t i = 0; i + 1 < in.n; i += 2)
		so_far += get_u16(in.p + i);
	if (in.n % 2 != 0)
		so_far += (uint32_t)in.p[in.n - 1] << 8;
	return so_far;
}

static unsigned fold(uint32_t s)
{
	s = (s >> 16) + (s & 0xffff);
	s = (s >> 16) + (s & 0xffff);
	return ~s & 0xffff;
}

static uint32_t pseudo_header(struct bytes addresses, size_t udp_len)
{
	return sum(PROTOCOL_UDP + (uint32_t)udp_len, addresses);
}

void dhcp_put_frame(struct buf *out, const uint8_t from[static 4], const uint8_t to[static 4], struct bytes payload)
{
	uint8_t header[HEADER_IP + HEADER_UDP] = {0};
	struct buf h = buf_over(header, sizeof header);
	size_t udp_len = HEADER_UDP + payload.n;
	unsigned check;

	put_u16(&h, 0x4500);
	put_u16(&h, (unsigned)(HEADER_IP + udp_len));
	put_u32(&h, 0x4000); /* id 0, don't fragment */
	put_u16(&h, 64 << 8 | PROTOCOL_UDP);
	put_u16(&h, 0);
	buf_put(&h, bytes_of(from, 4));
	buf_put(&h, bytes_of(to, 4));
	check = fold(sum(0, bytes_of(header, HEADER_IP)));
	header[10] = (uint8_t)(check >> 8);
	header[11] = (uint8_t)check;
	put_u16(&h, PORT_CLIENT);
	put_u16(&h, PORT_SERVER);
	put_u16(&h, (unsigned)udp_len);
	check =
	    fold(sum(sum(pseudo_header(bytes_of(header + 12, 8), udp_len), bytes_of(header + HEADER_IP, 6)), payload));
	put_u16(&h, check == 0 ? 0xffff : check);
	BUG_IF(h.failed);
	buf_put(out, BYTES_ARRAY(header));
	buf_put(out, payload);
}

enum err dhcp_read_frame(struct bytes in, bool checksummed, struct bytes *payload)
{
	struct bytes udp;
	size_t header_len;
	size_t total;

	if (in.n < HEADER_IP || in.p[0] >> 4 != 4)
		return ERR_FORMAT;
	header_len = (size_t)(in.p[0] & 15) * 4;
	total = get_u16(in.p + 2);
	if (header_len < HEADER_IP || total > in.n || total < header_len + HEADER_UDP || in.p[9] != PROTOCOL_UDP ||
	    (get_u16(in.p + 6) & 0x3fff) != 0 || fold(sum(0, bytes_first(in, header_len))) != 0)
		return ERR_FORMAT;
	udp = bytes_from(bytes_first(in, total), header_len);
	if (get_u16(udp.p) != PORT_SERVER || get_u16(udp.p + 2) != PORT_CLIENT || get_u16(udp.p + 4) < HEADER_UDP ||
	    get_u16(udp.p + 4) > udp.n)
		return ERR_FORMAT;
	udp = bytes_first(udp, get_u16(udp.p + 4));
	if (checksummed && get_u16(udp.p + 6) != 0 && fold(sum(pseudo_header(bytes_of(in.p + 12, 8), udp.n), udp)) != 0)
		return ERR_FORMAT;
	*payload = bytes_from(udp, HEADER_UDP);
	return ERR_OK;
}
