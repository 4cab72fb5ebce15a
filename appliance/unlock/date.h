/* SPDX-License-Identifier: GPL-3.0-or-later
 * The operator's word for the time, where the machine's clock has lost it. */
#ifndef UNLOCK_DATE_H
#define UNLOCK_DATE_H

#include "unlock/interview.h"

/* Seconds since 1970 of "YYYY-MM-DD HH:MM", or of the beginning of "YYYY-MM-DD"; UTC. ERR_FORMAT. */
enum err date_parse(struct bytes text, int64_t *unix_s) MUST_CHECK;
/* Asks until it is a time that this program can live in. ERR_NOT_FOUND: the operator leaves it to the relays. ERR_END,
 * ERR_STATE as interview.h. */
enum err date_ask(struct interview *i, int64_t *unix_s) MUST_CHECK;

#endif
