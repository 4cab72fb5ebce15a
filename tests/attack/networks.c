/* SPDX-License-Identifier: GPL-3.0-or-later
 * One hostile attempt a function, each in a process of its own: sockets and what answers to ioctl. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/usbdevice_fs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

enum { FDS = 64, VSOCK = 40 };

static int socket_of(int family, int type, int protocol)
{
	return result_of(socket(family, type, protocol));
}

static int inet(const char *unused)
{
	(void)unused;
	return socket_of(AF_INET, SOCK_STREAM, 0);
}

static int inet_datagram(const char *unused)
{
	(void)unused;
	return socket_of(AF_INET, SOCK_DGRAM, 0);
}

static int inet_raw(const char *unused)
{
	(void)unused;
	return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int packet(const char *unused)
{
	(void)unused;
	return socket_of(AF_PACKET, SOCK_RAW, 0);
}

static int netlink(const char *unused)
{
	(void)unused;
	return socket_of(AF_NETLINK, SOCK_RAW, 0);
}

static int vsock(const char *unused)
{
	(void)unused;
	return socket_of(VSOCK, SOCK_STREAM, 0);
}

static int other_families(const char *unused)
{
	(void)unused;
	for (int family = 3; family < 46; family++)
		if (family != AF_INET6 && family != AF_PACKET && family != AF_NETLINK && family != VSOCK &&
		    socket(family, SOCK_STREAM, 0) >= 0)
			return 0;
	return errno;
}

static int unix_named(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	return result_of(connect(fd, (struct sockaddr *)&a, sizeof a));
}

static int unix_abstract(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "%s", name);
	return result_of(bind(fd, (struct sockaddr *)&a, sizeof a));
}

static int listen_tcp(const char *unused)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(4444)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)unused;
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return errno;
	return result_of(listen(fd, 1));
}

/* Some request on every descriptor that the role has. */
static int ioctl_all(unsigned long request, void *argument)
{
	for (int fd = 0; fd < FDS; fd++)
		if (ioctl(fd, (int)request, argument) >= 0)
			return 0;
	return errno;
}

static int ethtool(const char *unused)
{
	uint32_t command = 3; /* ETHTOOL_GDRVINFO */
	struct ifreq request = {.ifr_name = "eth0", .ifr_data = (void *)&command};

	(void)unused;
	return ioctl_all(SIOCETHTOOL, &request);
}

static int type_into_terminal(const char *unused)
{
	static char key = 'x';

	(void)unused;
	return ioctl_all(TIOCSTI, &key);
}

static int paste_selection(const char *unused)
{
	static char request[2] = {3 /* TIOCL_PASTESEL */};

	(void)unused;
	return ioctl_all(TIOCLINUX, request);
}

static int take_terminal(const char *unused)
{
	(void)unused;
	return ioctl_all(TIOCSCTTY, NULL);
}

static int usb_reset(const char *unused)
{
	(void)unused;
	return ioctl_all(USBDEVFS_RESET, NULL);
}

/* The role itself, outside its sandbox, listens there: probe.c. */
static int unix_abstract_connect(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	memcpy(a.sun_path + 1, name, strlen(name));
	return result_of(
	    connect(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))));
}

static int send_datagram(const char *address)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(53)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, address, &a.sin_addr);
	return fd < 0 ? errno : result_of(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof a));
}

static int connect_tcp(const char *address)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, address, &a.sin_addr);
	return fd < 0 ? errno : result_of(connect(fd, (struct sockaddr *)&a, sizeof a));
}

static int pair(const char *unused)
{
	int fds[2];

	(void)unused;
	return result_of(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

/* Whoever gets the descriptor next waits for it to close. */
static int linger(const char *unused)
{
	static const struct linger long_time = {1, 3600};

	(void)unused;
	for (int fd = 0; fd < FDS; fd++)
		if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &long_time, sizeof long_time) == 0)
			return 0;
	return errno;
}

static int no_device(const char *unused)
{
	(void)unused;
	return ioctl_all(SIOCSIFFLAGS, NULL);
}

static const struct attack table[] = {
    {"inet", inet, NULL},
    {"inet-datagram", inet_datagram, NULL},
    {"inet-raw", inet_raw, NULL},
    {"inet-listen", listen_tcp, NULL},
    {"inet-connect 127.0.0.1", connect_tcp, "127.0.0.1"},
    {"inet-connect 10.0.2.2", connect_tcp, "10.0.2.2"},
    {"inet-send 10.0.2.3", send_datagram, "10.0.2.3"},
    {"packet", packet, NULL},
    {"netlink", netlink, NULL},
    {"vsock", vsock, NULL},
    {"other-families", other_families, NULL},
    {"socketpair", pair, NULL},
    {"unix-source-door", unix_named, "/door/source"},
    {"unix-elsewhere", unix_named, "/run/x"},
    {"unix-abstract", unix_abstract, "courier"},
    {"unix-abstract-connect", unix_abstract_connect, outside},
    {"linger", linger, NULL},
    {"ethtool", ethtool, NULL},
    {"card-down", no_device, NULL},
    {"type-into-terminal", type_into_terminal, NULL},
    {"paste-selection", paste_selection, NULL},
    {"take-terminal", take_terminal, NULL},
    {"usb-reset", usb_reset, NULL},
};
const struct attacks attacks_on_networks = {table, sizeof table / sizeof table[0]};
