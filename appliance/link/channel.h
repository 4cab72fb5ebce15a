/* SPDX-License-Identifier: GPL-3.0-or-later
 * A channel: one end of a SOCK_SEQPACKET socketpair between two processes. */
#ifndef LINK_CHANNEL_H
#define LINK_CHANNEL_H

#include "base/fd.h"
#include "link/message.h"

/* Both ends are close-on-exec. ERR_IO. */
enum err channel_pair(int ends[static 2]) MUST_CHECK;

/* A received record. The fields are a view into the storage given to channel_receive. The descriptors are the
 * caller's (close-on-exec); on any error there are none. */
struct incoming {
	enum message type;
	struct bytes fields;
	int fds[LIMIT_MESSAGE_FDS];
	int fd_count;
};

/* The record in `record` (made by message_put_*; a failed buffer is a bug), with descriptors, which stay the
 * caller's. Waits for room until the deadline. ERR_PEER when the other end is gone, ERR_TIMEOUT, ERR_IO. */
enum err channel_send(int fd, const struct buf *record, const int *fds, int fd_count, uint64_t deadline_ms) MUST_CHECK;

/* Waits for a record until the deadline and checks it against messages.def: known, long enough, allowed from
 * one of the `from` roles (1 << enum role) to `to` in `state`, with the right number of descriptors.
 * ERR_END when the other end closed, ERR_TIMEOUT, ERR_PEER when the record breaks the table. */
enum err channel_receive(int fd, uint32_t from, enum role to, enum link_state state,
			 uint8_t storage[static LIMIT_MESSAGE], uint64_t deadline_ms, struct incoming *in) MUST_CHECK;
/* Closes the descriptors that came along and weren't taken (set to -1 what you take). */
void incoming_close(struct incoming *in);

#endif
