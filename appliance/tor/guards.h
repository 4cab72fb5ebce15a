/* SPDX-License-Identifier: GPL-3.0-or-later
 * The guard capsule: which entry guards a box has, in the order in which Tor drew them, and since when. It is not
 * secret, but it says where to look for the box. A line of it (docs/GUARDS.md):
 *
 *   FINGERPRINT SAMPLED [CONFIRMED]      40 digits 0-9A-F, and days YYYY-MM-DD */
#ifndef TOR_GUARDS_H
#define TOR_GUARDS_H

#include "base/bytes.h"
#include "limits.h"

enum {
	GUARD_ID_LEN = 20,                              /* SHA-1 of a relay's RSA identity */
	GUARD_LINE_MAX = 2 * GUARD_ID_LEN + 2 * 11 + 1, /* with its line end */
	GUARDS_PINNED = 3, /* that Tor may use: guard-spec's primary guards. One of them is used at a time */
};

struct guard {
	uint8_t id[GUARD_ID_LEN];
	uint32_t sampled_day;
	uint32_t confirmed_day; /* the first circuit through it; 0: none yet */
};

struct guards {
	struct guard list[LIMIT_GUARDS];
	size_t count;
};

/* ERR_FORMAT; *g is then unchanged. */
enum err guard_parse(struct bytes line, struct guard *g) MUST_CHECK;
/* A list's lines, each with its LF. ERR_FORMAT, ERR_EXISTS: one relay twice; ERR_TOO_BIG: more than LIMIT_GUARDS. *g is
 * then empty. */
enum err guards_parse(struct bytes lines, struct guards *g) MUST_CHECK;
/* One line without its end; all lines, each with it. */
void guard_put(struct buf *out, const struct guard *g);
void guards_put(struct buf *out, const struct guards *g);

/* The place of a relay in the list, or g->count. */
size_t guards_find(const struct guards *g, const uint8_t id[static GUARD_ID_LEN]);

/* Forty digits, upper or lower case, to an identity. ERR_FORMAT. */
enum err guard_id_parse(struct bytes text, uint8_t id[static GUARD_ID_LEN]) MUST_CHECK;
/* "$FINGERPRINT", as Tor's options want relays. */
void guard_id_put(struct buf *out, const uint8_t id[static GUARD_ID_LEN]);

/* Tor's state file (doc/state-contents.txt) with these guards and nothing else. Each stands in it twice: in=default,
 * and in=restricted, to which Tor changes when EntryNodes leaves few of all guards. */
void guards_put_state(struct buf *out, const struct guards *g);
/* The value of EntryNodes: the first GUARDS_PINNED, by commas. Tor takes no other entry then, whatever happens. */
void guards_put_entry_nodes(struct buf *out, const struct guards *g);

#endif
