/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/peer.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* netlink's sock_diag(7): one socket by its addresses, or an error. */
struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

struct answer {
	struct nlmsghdr head;
	union {
		struct nlmsgerr error;
		struct inet_diag_msg body;
	};
	char attributes[512];
};

static enum err ask(const struct question *q, struct answer *a)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	const struct timeval limit = {.tv_sec = 1};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t n = -1;

	if (fd < 0)
		return ERR_UNSUPPORTED;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
	    sendto(fd, q, sizeof *q, 0, (const struct sockaddr *)&kernel, sizeof kernel) == (ssize_t)sizeof *q)
		n = recv(fd, a, sizeof *a, MSG_TRUNC);
	(void)close(fd);
	if (n < (ssize_t)NLMSG_HDRLEN)
		return ERR_UNSUPPORTED;
	if (a->head.nlmsg_type == SOCK_DIAG_BY_FAMILY && (size_t)n >= NLMSG_HDRLEN + sizeof a->body)
		return ERR_OK;
	/* The kernel knows the question, and there is no such socket any more. */
	if (a->head.nlmsg_type == NLMSG_ERROR && (size_t)n >= NLMSG_HDRLEN + sizeof a->error &&
	    a->error.error == -ENOENT)
		return ERR_AUTH;
	return ERR_UNSUPPORTED;
}

enum err peer_check(int fd)
{
	struct sockaddr_in us = {0}, them = {0};
	socklen_t us_len = sizeof us, them_len = sizeof them;
	struct question q = {
	    .head = {.nlmsg_len = sizeof q, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
	    .body = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = UINT32_MAX},
	};
	struct answer a = {0};
	enum err e;

	if (getsockname(fd, (struct sockaddr *)&us, &us_len) != 0 ||
	    getpeername(fd, (struct sockaddr *)&them, &them_len) != 0 || us.sin_family != AF_INET ||
	    them.sin_family != AF_INET)
		return ERR_AUTH;
	/* The other end's socket: its own address is our peer's. */
	q.body.id.idiag_sport = them.sin_port;
	q.body.id.idiag_dport = us.sin_port;
	q.body.id.idiag_src[0] = them.sin_addr.s_addr;
	q.body.id.idiag_dst[0] = us.sin_addr.s_addr;
	q.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	q.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	e = ask(&q, &a);
	if (e != ERR_OK)
		return e;
	return a.body.idiag_uid == geteuid() ? ERR_OK : ERR_AUTH;
}
