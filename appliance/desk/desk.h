/* SPDX-License-Identifier: GPL-3.0-or-later
 * `courier desk ...`: the workstation of those who read and answer. */
#ifndef DESK_DESK_H
#define DESK_DESK_H

/* argv[0] is "desk". `serve` is the command of that name, which lies in a layer above. Returns an enum desk_status,
 * which exchange/exchange.h has. */
int desk_main(int argc, char **argv, int (*serve)(int argc, char **argv));

#endif
