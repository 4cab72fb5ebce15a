/* SPDX-License-Identifier: GPL-3.0-or-later
 * The stable lines for programs that watch the serial line (docs/NET.md). No system call here. */
#ifndef CONSOLE_PROGRESS_H
#define CONSOLE_PROGRESS_H

#include "link/message.h"

/* What the first state says before anything else is known: the TPM's registers, which stay as they are. */
void progress_put_start(struct buf *out, const struct message_CONSOLE_STATE *now);

/* What changed from `before` to `now`. before NULL: all that is worth saying at start. */
enum { PROGRESS_BYTES_MAX = 512 };
void progress_put(struct buf *out, const struct message_CONSOLE_STATE *before, const struct message_CONSOLE_STATE *now);

/* "10.0.2.15", or the IPv6 address of a box without IPv4. */
void progress_put_address(struct buf *out, const struct message_CONSOLE_STATE *now);
/* "none" where there is none. */
void progress_put_address6(struct buf *out, const struct message_CONSOLE_STATE *now);
/* "52:54:00:12:34:56" */
void progress_put_card(struct buf *out, const uint8_t mac[static 6]);

#endif
