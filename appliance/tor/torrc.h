/* SPDX-License-Identifier: GPL-3.0-or-later
 * The torrc: ours from one table, each option with its reason, then the site file's extra lines, which may only set
 * the options of a second table. */
#ifndef TOR_TORRC_H
#define TOR_TORRC_H

#include "tor/guards.h"

enum { TORRC_MAX = 32 * 1024 }; /* ours is 3 KiB; the rest is room for the site file's lines */

/* Checks extra lines (split by LF; blank ones are skipped). A line is `Option SP value`: Option from the table in
 * torrc.c, value of 1 to 512 printable ASCII bytes without quotes, backslash, # and %. So a line can't continue on the
 * next, include a file or name another option. ERR_FORMAT, ERR_UNSUPPORTED (an option that is not in the table),
 * ERR_TOO_BIG; *line is then the line's number, from 1; unchanged when all are good. */
enum err torrc_check_extra(struct bytes lines, size_t *line) MUST_CHECK;

/* Does the line set that option? */
bool torrc_is_option(struct bytes line, const char *name);

/* Appends the whole torrc. With guards, Tor may use the first GUARDS_PINNED of them as entries and no other relay.
 * second: torctl will draw the layer-2 guards, and until it has, services have none and build no circuit. The extra
 * lines are checked again here: nothing else stands between them and Tor. Errors of torrc_check_extra(), and
 * ERR_TOO_BIG when it doesn't fit; *out is then unchanged. */
enum err torrc_render(struct buf *out, const struct guards *guards, bool second, struct bytes extra_lines) MUST_CHECK;
/* The same for a client (client.h). *line: as torrc_check_extra(). */
enum err torrc_render_client(struct buf *out, struct bytes extra_lines, size_t *line) MUST_CHECK;

/* Checks one line of an authorized_clients file, RFC 4648 base32 without padding: "descriptor:x25519:" and 52 digits.
 */
enum err torrc_check_client(struct bytes line) MUST_CHECK;

#endif
