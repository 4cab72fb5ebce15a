/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/random.h"
#include "limits.h"

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_un local;
};

const char *link_sentence(enum link_fault fault)
{
	static const char *const sentences[LINK_FAULT_COUNT] = {
	    [LINK_FINE] = "",
	    [LINK_ADDRESS] = "This is not ADDRESS:PORT with numbers (127.0.0.1:9050, [::1]:9050) or unix:PATH.",
	    [LINK_NO_SERVER] = "Nothing answers at this address. Is Tor running? --socks ADDR:PORT names another port.",
	    [LINK_NOT_SOCKS] =
		"What answers there is no SOCKS5 port. --socks takes Tor's SocksPort, usually 127.0.0.1:9050.",
	    [LINK_UNREACHABLE] =
		"Tor could not reach the box. Is it on, and its address right? Tor itself may still be starting: try "
		"again in a minute.",
	    [LINK_NO_KEY] =
		"Tor has no key for this box, or the box doesn't know it. The operator needs this desk's "
		"for-the-operator.txt; with --socks, Tor's torrc needs `ClientOnionAuthDir DIR/boxes/NAME/tor`.",
	    [LINK_BAD_ADDRESS] = "Tor says that the box's onion address is wrong. Compare the box's file address with "
				 "what the operator says.",
	    [LINK_TIMEOUT] = "No answer came in time. Try again.",
	    [LINK_TOLD] = "The box was not reached.",
	};

	BUG_IF((unsigned)fault >= LINK_FAULT_COUNT);
	return sentences[fault];
}

static bool parse_address(const char *text, union address *address, socklen_t *n)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t host_len;
	uint64_t port;

	memset(address, 0, sizeof *address);
	if (strncmp(text, "unix:", 5) == 0) {
		if (text[5] == '\0' || strlen(text + 5) >= sizeof address->local.sun_path)
			return false;
		address->local.sun_family = AF_UNIX;
		memcpy(address->local.sun_path, text + 5, strlen(text + 5));
		*n = sizeof address->local;
		return true;
	}
	if (colon == NULL || bytes_decimal(bytes_str(colon + 1), 65535, &port) != ERR_OK || port == 0)
		return false;
	host_len = (size_t)(colon - text);
	if (host_len == 0 || host_len >= sizeof host)
		return false;
	memcpy(host, text, host_len);
	host[host_len] = '\0';
	if (host[0] == '[' && host[host_len - 1] == ']') {
		host[host_len - 1] = '\0';
		address->ipv6.sin6_family = AF_INET6;
		address->ipv6.sin6_port = htons((uint16_t)port);
		*n = sizeof address->ipv6;
		return inet_pton(AF_INET6, host + 1, &address->ipv6.sin6_addr) == 1;
	}
	address->ipv4.sin_family = AF_INET;
	address->ipv4.sin_port = htons((uint16_t)port);
	*n = sizeof address->ipv4;
	return inet_pton(AF_INET, host, &address->ipv4.sin_addr) == 1;
}

static enum link_fault connect_to(const char *text, uint64_t deadline_ms, int *fd)
{
	union address address;
	socklen_t n;
	int error = 0;
	socklen_t error_len = sizeof error;
	enum link_fault fault = LINK_FINE;
	int s;

	if (!parse_address(text, &address, &n))
		return LINK_ADDRESS;
	s = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return LINK_NO_SERVER;
	if (connect(s, &address.any, n) != 0) {
		if (errno != EINPROGRESS)
			fault = LINK_NO_SERVER;
		else if (fd_wait(s, POLLOUT, deadline_ms) != ERR_OK)
			fault = LINK_TIMEOUT;
		else if (getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &error_len) != 0 || error != 0)
			fault = LINK_NO_SERVER;
	}
	if (fault == LINK_FINE)
		*fd = s;
	else
		close(s);
	return fault;
}

/* One per run of the program: Tor keeps streams with other names off this one's circuits. RFC 1929. */
static void put_credentials(struct buf *out)
{
	static uint8_t secret[16];
	static bool drawn;

	if (!drawn)
		random_fill(secret, sizeof secret);
	drawn = true;
	buf_byte(out, 1);
	buf_byte(out, 7);
	buf_str(out, "courier");
	buf_byte(out, 2 * sizeof secret);
	buf_hex(out, BYTES_ARRAY(secret));
}

static enum link_fault reply_fault(uint8_t code)
{
	switch (code) {
	case 0x00:
		return LINK_FINE;
	case 0xf4: /* ExtendedErrors: client authorisation missing, or refused */
	case 0xf5:
		return LINK_NO_KEY;
	case 0xf6:
		return LINK_BAD_ADDRESS;
	default:
		return LINK_UNREACHABLE;
	}
}

static enum link_fault read_fault(enum err e)
{
	return e == ERR_TIMEOUT ? LINK_TIMEOUT : e == ERR_END ? LINK_UNREACHABLE : LINK_NOT_SOCKS;
}

static enum link_fault greet(int fd, uint64_t deadline_ms)
{
	uint8_t storage[64];
	uint8_t answer[2];
	struct buf credentials = buf_over(storage, sizeof storage);
	enum err e = fd_write_all(fd, BYTES_LITERAL("\x05\x02\x02\x00"), deadline_ms);

	if (e == ERR_OK)
		e = fd_read_all(fd, answer, sizeof answer, deadline_ms);
	if (e != ERR_OK)
		return e == ERR_TIMEOUT ? LINK_TIMEOUT : LINK_NOT_SOCKS;
	if (answer[0] != 5 || (answer[1] != 0 && answer[1] != 2))
		return LINK_NOT_SOCKS;
	if (answer[1] == 0)
		return LINK_FINE;
	put_credentials(&credentials);
	BUG_IF(credentials.failed);
	e = fd_write_all(fd, buf_view(&credentials), deadline_ms);
	if (e == ERR_OK)
		e = fd_read_all(fd, answer, sizeof answer, deadline_ms);
	return e != ERR_OK ? read_fault(e) : answer[1] != 0 ? LINK_NOT_SOCKS : LINK_FINE;
}

enum link_fault link_socks(int fd, const char *host, uint64_t deadline_ms)
{
	uint8_t storage[300];
	uint8_t answer[4];
	uint8_t bound[256 + 2];
	struct buf request = buf_over(storage, sizeof storage);
	size_t bound_len;
	enum link_fault fault = greet(fd, deadline_ms);
	enum err e;

	if (fault != LINK_FINE)
		return fault;
	buf_put(&request, BYTES_LITERAL("\x05\x01\x00\x03"));
	buf_byte(&request, (uint8_t)strlen(host));
	buf_str(&request, host);
	buf_put(&request, BYTES_LITERAL("\x00\x50"));
	BUG_IF(request.failed || strlen(host) > 255);
	e = fd_write_all(fd, buf_view(&request), deadline_ms);
	if (e == ERR_OK)
		e = fd_read_all(fd, answer, sizeof answer, deadline_ms);
	if (e != ERR_OK)
		return read_fault(e);
	if (answer[0] != 5)
		return LINK_NOT_SOCKS;
	if (answer[1] != 0)
		return reply_fault(answer[1]);
	/* The bound address tells us nothing, but it must be read to its end. */
	bound_len = answer[3] == 1 ? 4 : answer[3] == 4 ? 16 : 0;
	if (answer[3] == 3) {
		e = fd_read_all(fd, bound, 1, deadline_ms);
		bound_len = bound[0];
	} else if (bound_len == 0) {
		return LINK_NOT_SOCKS;
	}
	if (e == ERR_OK)
		e = fd_read_all(fd, bound, bound_len + 2, deadline_ms);
	return e == ERR_OK ? LINK_FINE : read_fault(e);
}

enum link_fault link_open(const struct link_target *target, int *fd)
{
	uint64_t deadline_ms = clock_ms() + LIMIT_DESK_CONNECT_MS;
	enum link_fault fault;
	int s;

	if (target->direct != NULL)
		return connect_to(target->direct, deadline_ms, fd);
	fault = connect_to(target->socks, deadline_ms, &s);
	if (fault != LINK_FINE)
		return fault;
	fault = link_socks(s, target->host, deadline_ms);
	if (fault == LINK_FINE)
		*fd = s;
	else
		close(s);
	return fault;
}
