/* SPDX-License-Identifier: GPL-3.0-or-later
 * The line that tor writes before a connection's first byte (HiddenServiceExportCircuitID haproxy): version 1 of the
 * PROXY protocol, in the one form that tor gives it.
 *
 *   line    = "PROXY TCP6 fc00:dead:beef:4dad::" hex ":" hex " ::1 " decimal " " decimal CR LF
 *   hex     = "0" / 1-f followed by at most three of 0-f      high and low half of the circuit's id
 *   decimal = a number of at most 65535 without leading zeros
 *
 * At most LIMIT_PROXY_LINE bytes with its end. */
#ifndef DOOR_PROXY_LINE_H
#define DOOR_PROXY_LINE_H

#include "base/bytes.h"

/* head: the connection's first bytes, as far as they are there and looked at (LIMIT_PROXY_LINE suffice).
 * ERR_OK: a whole line; *line_len bytes with its end. ERR_END: the beginning of a line; more has to come.
 * ERR_FORMAT: not this line, whatever follows. Outputs are set on ERR_OK alone. */
enum err proxy_line_parse(struct bytes head, size_t *line_len, uint32_t *circuit) MUST_CHECK;

#endif
