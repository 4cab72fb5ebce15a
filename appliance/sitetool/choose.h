/* SPDX-License-Identifier: GPL-3.0-or-later
 * Entry guards for a site file, drawn by the Tor inside this program: it is started once, as a client, until it has
 * them. */
#ifndef SITETOOL_CHOOSE_H
#define SITETOOL_CHOOSE_H

#include "site/file.h"

/* Replaces s->guards. Uses s's lines for Tor, and its seed to blur the days. Says what goes on, and what is wrong;
 * returns an enum site_status. */
int choose_guards(struct site *s);

#endif
