/* SPDX-License-Identifier: GPL-3.0-or-later
 * The messages of messages.def as types: for each NAME a number MESSAGE_NAME, a struct message_NAME, and a
 * pair of functions. Views in a struct point into the record it was read from, and live as long.
 *
 *   void message_put_NAME(struct buf *out, const struct message_NAME *m);    appends number and fields
 *   enum err message_get_NAME(struct bytes fields, struct message_NAME *m);  ERR_FORMAT, ERR_TOO_BIG
 *
 * On an error *m is unchanged. */
#ifndef LINK_MESSAGE_H
#define LINK_MESSAGE_H

#include <string.h>

#include "base/bytes.h"
#include "limits.h"

enum role {
#define ROLE(name, text) ROLE_##name,
#include "link/roles.def"
#undef ROLE
	ROLE_COUNT
};

const char *role_name(enum role r); /* "keeper" */

/* The state of the peer at the receiving end; see messages.def. */
enum link_state { STATE_UP, STATE_NEW, STATE_OPEN, STATE_OWNER, STATE_DESK, STATE_FILE, STATE_COUNT };

/* What a stored file is. Names at the desk's door: NNNN.age, NNNN.data.age, NNNN.meta.age */
enum file_kind { FILE_TEXT, FILE_DATA, FILE_META, FILE_KIND_COUNT };

/* How far a source's own message got. Answered: a reply came when the desks had it. */
enum receipt { RECEIPT_STORED, RECEIPT_COLLECTED, RECEIPT_ANSWERED, RECEIPT_COUNT };

/* Which entry guards Tor has: those of the site file; others, since it has none; of those in the site file not the
 * first, which are gone from the network; bridges. */
enum guard_standing { GUARDS_UNKNOWN, GUARDS_SAME, GUARDS_NEW, GUARDS_MOVED, GUARDS_BRIDGES, GUARD_STANDING_COUNT };

/* What unlock asks the operator for: a line that isn't shown; one that is; `show`, as text and code, until "yes" is
 * typed; and a sentence without an answer, which stays until the next question is answered. */
enum ask_kind { ASK_SECRET, ASK_LINE, ASK_SHOW, ASK_SAY, ASK_KIND_COUNT };

/* Which timer resets the machine when it hangs: none; the kernel's, which ends a hung init but not a hung kernel; one
 * of the machine's. */
enum watchdog_kind { WATCHDOG_NONE, WATCHDOG_KERNEL, WATCHDOG_HARDWARE, WATCHDOG_KIND_COUNT };

/* Where the time of day comes from: the machine's clock; its clock was before the day of the build, which stands in;
 * the operator; three relays that agreed. */
enum clock_state { CLOCK_OF_MACHINE, CLOCK_OF_BUILD, CLOCK_OF_OPERATOR, CLOCK_OF_RELAYS, CLOCK_STATE_COUNT };

enum message {
#define MESSAGE(name, from, to, states, fds, fields) MESSAGE_##name,
#include "link/messages.def"
#undef MESSAGE
	MESSAGE_COUNT
};

struct message_rule {
	const char *name;
	uint32_t from;   /* 1 << enum role */
	uint32_t to;     /* 1 << enum role */
	uint32_t states; /* 1 << enum link_state */
	int fds;
};

extern const struct message_rule message_rules[MESSAGE_COUNT];

/* ---- structs */
#define U8(name)          uint8_t name;
#define U16(name)         uint16_t name;
#define U32(name)         uint32_t name;
#define U64(name)         uint64_t name;
#define FIXED(name, size) uint8_t name[size];
#define BYTES(name, max)  struct bytes name;
#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	struct message_##name {                                                                                        \
		fields                                                                                                 \
	};
#include "link/messages.def"
#undef U8
#undef U16
#undef U32
#undef U64
#undef FIXED
#undef BYTES
#undef MESSAGE

#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	void message_put_##name(struct buf *out, const struct message_##name *m);                                      \
	enum err message_get_##name(struct bytes in, struct message_##name *m) MUST_CHECK;
#include "link/messages.def"
#undef MESSAGE

#endif
