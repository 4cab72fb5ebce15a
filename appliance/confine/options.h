/* SPDX-License-Identifier: GPL-3.0-or-later
 * The writing side of role_options_parse, for init. */
#ifndef CONFINE_OPTIONS_H
#define CONFINE_OPTIONS_H

#include "confine/confine.h"

enum { ROLE_OPTIONS_TEXT_MAX = 200 };

/* Appends "slot=3,..." without a NUL. */
void role_options_text(struct buf *out, const struct role_options *o);

#endif
