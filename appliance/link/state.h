/* SPDX-License-Identifier: GPL-3.0-or-later
 * What a desk keeps of a conversation, so that a box that forgot everything can be told: the file ID/state of the
 * desk's door. The keeper writes and reads it; on the way it is nobody's business. ASCII, each line ends with LF, all
 * lines in this order, and after the last one nothing:
 *
 *   courier-state 1
 *   recipient age1...                what replies are sealed to
 *   proof HEX                        64 digits: SHA-256 of what the source proves itself with
 *   word N                           of the source's last visit, 1 to 65535, or "none"
 *   last N                           the last number of its messages' items
 *   muted yes                        or "no": by this desk
 *   day YYYY-MM-DD                   when this was written
 *   message YYYY-MM-DD collected     or "stored", "answered": a line for each that its source sees, oldest first
 *   reply NAME                       a line for each that its source has not deleted
 *   end
 *
 * Numbers are decimal, without leading zeros; hexadecimal digits are lower case. */
#ifndef LINK_STATE_H
#define LINK_STATE_H

#include "link/message.h"

struct state_message {
	uint32_t day;
	uint8_t receipt; /* enum receipt */
};

/* Views are into the text that was read. */
struct state {
	struct bytes recipient;
	uint8_t proof_hash[32];
	uint16_t word; /* 0: none */
	uint16_t last; /* at most LIMIT_MESSAGES */
	bool muted;
	uint32_t day;
	uint8_t message_count;
	struct state_message messages[LIMIT_HISTORY];
	uint8_t reply_count;
	struct bytes replies[LIMIT_STATE_REPLIES];
};

/* A recipient of age's: "age1", then lower-case letters and digits, at most LIMIT_RECIPIENT_TEXT. */
bool state_is_recipient(struct bytes text);
/* What a reply may be called: 1 to LIMIT_REPLY_NAME of a-z, 0-9 and -. */
bool state_is_reply_name(struct bytes text);

/* At most LIMIT_STATE bytes for what keeps the rules above. */
void state_put(struct buf *out, const struct state *s);
/* ERR_FORMAT: it is not what state_put() writes; ERR_TOO_BIG: a maximum was passed. *s is unchanged then. */
enum err state_get(struct bytes in, struct state *s) MUST_CHECK;

#endif
