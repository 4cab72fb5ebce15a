/* SPDX-License-Identifier: GPL-3.0-or-later
 * Questions to the keeper, one at a time. Any failure of the channel sets c->keeper to -1: nothing can be served then.
 */
#ifndef COLLECT_ASK_H
#define COLLECT_ASK_H

#include "collect/collect.h"
#include "link/channel.h"

/* The record that a message_put_ function shall fill. */
struct buf ask_record(struct collect *c);
/* Sends it; no answer is due. ERR_PEER. */
enum err ask_tell(struct collect *c, const struct buf *record) MUST_CHECK;
/* Sends it and waits for the answer. REFUSED becomes the error it carries; another type than `want`, DONE excepted (if
 * `or_done`: ERR_END), breaks the protocol: ERR_PEER. */
enum err ask(struct collect *c, const struct buf *record, enum message want, bool or_done,
	     struct incoming *in) MUST_CHECK;
/* The same where the answer is OK and nothing else. */
enum err ask_ok(struct collect *c, const struct buf *record) MUST_CHECK;

#endif
