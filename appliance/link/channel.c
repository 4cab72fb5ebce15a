/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/wire.h"

/* Room for a few whole chunks, so that a sender of file data seldom waits. The kernel doubles it. */
enum { SOCKET_BUFFER = 4 * LIMIT_MESSAGE };

enum err channel_pair(int ends[static 2])
{
	const int size = SOCKET_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return ERR_IO;
	for (int i = 0; i < 2; i++)
		/* A smaller buffer than asked for still holds one record. */
		(void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return ERR_OK;
}

union control {
	struct cmsghdr align;
	uint8_t space[CMSG_SPACE(sizeof(int) * LIMIT_MESSAGE_FDS)];
};

enum err channel_send(int fd, const struct buf *record, const int *fds, int fd_count, uint64_t deadline_ms)
{
	union control control = {0};
	struct iovec iov = {.iov_base = record->p, .iov_len = record->len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	BUG_IF(record->failed || record->len < 2 || fd_count < 0 || fd_count > LIMIT_MESSAGE_FDS);
	if (fd_count > 0) {
		struct cmsghdr *c;
		m.msg_control = control.space;
		m.msg_controllen = (socklen_t)CMSG_SPACE(sizeof(int) * (unsigned)fd_count);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(sizeof(int) * (unsigned)fd_count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (unsigned)fd_count);
	}
	for (;;) {
		ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			return ERR_OK; /* SEQPACKET: all or nothing */
		if (errno == EAGAIN) {
			enum err e = fd_wait(fd, POLLOUT, deadline_ms);
			if (e != ERR_OK)
				return e;
		} else if (errno != EINTR) {
			return errno == EPIPE || errno == ECONNRESET ? ERR_PEER : ERR_IO;
		}
	}
}

void incoming_close(struct incoming *in)
{
	for (int i = 0; i < in->fd_count; i++)
		if (in->fds[i] >= 0)
			close(in->fds[i]);
	in->fd_count = 0;
}

/* The kernel gathers a record's descriptors in one control message; more than we have room for were never
 * installed (MSG_CTRUNC). */
static void take_descriptors(struct msghdr *m, struct incoming *in)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t n;

	in->fd_count = 0;
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < n && in->fd_count < LIMIT_MESSAGE_FDS; i++)
		memcpy(&in->fds[in->fd_count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
}

static enum err check(uint32_t from, enum role to, enum link_state state, const struct msghdr *m, struct bytes record,
		      struct incoming *in)
{
	struct wire_reader w = wire_reader_over(record);
	uint16_t type = wire_get_u16(&w);
	const struct message_rule *rule;

	if ((m->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || w.e != ERR_OK || type >= MESSAGE_COUNT)
		return ERR_PEER;
	rule = &message_rules[type];
	if ((rule->from & from) == 0 || (rule->to & 1u << to) == 0 || (rule->states & 1u << state) == 0 ||
	    rule->fds != in->fd_count)
		return ERR_PEER;
	in->type = (enum message)type;
	in->fields = w.rest;
	return ERR_OK;
}

enum err channel_receive(int fd, uint32_t from, enum role to, enum link_state state,
			 uint8_t storage[static LIMIT_MESSAGE], uint64_t deadline_ms, struct incoming *in)
{
	union control control;
	struct iovec iov = {.iov_base = storage, .iov_len = LIMIT_MESSAGE};
	enum err e;
	ssize_t n;

	for (;;) {
		struct msghdr m = {
		    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control};
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
		if (n >= 0) {
			take_descriptors(&m, in);
			/* An empty record looks like the end, but for the descriptors that it may have brought. */
			if (n == 0)
				e = in->fd_count > 0 ? ERR_PEER : ERR_END;
			else
				e = check(from, to, state, &m, bytes_of(storage, (size_t)n), in);
			if (e != ERR_OK)
				incoming_close(in);
			return e;
		}
		in->fd_count = 0;
		if (errno == ECONNRESET)
			return ERR_END;
		if (errno == EAGAIN) {
			e = fd_wait(fd, POLLIN, deadline_ms);
			if (e != ERR_OK)
				return e;
		} else if (errno != EINTR) {
			return ERR_IO;
		}
	}
}
