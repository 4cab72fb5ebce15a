/* SPDX-License-Identifier: GPL-3.0-or-later
 * The person at the terminal: /dev/tty, or standard input where that is a terminal. Never stdout or stderr. */
#ifndef WORKSTATION_TERMINAL_H
#define WORKSTATION_TERMINAL_H

#include "base/bytes.h"

/* Shows the prompt and takes one line, without echo and without its end; a secret in `answer`. ERR_NOT_FOUND: no
 * terminal (errno); ERR_TOO_BIG: more than `answer` holds; ERR_END: the terminal's input ended; ERR_IO. Says nothing
 * itself. */
enum err terminal_line(const char *prompt, struct buf *answer) MUST_CHECK;
/* The next line of a descriptor, without its end. ERR_TOO_BIG; ERR_END: nothing is left of it; ERR_IO. */
enum err terminal_take_line(int fd, struct buf *answer) MUST_CHECK;
/* Why neither of these took a passphrase, for people: of their errors, right after them. */
const char *terminal_no_passphrase(enum err e);
/* Shows a line. ERR_NOT_FOUND: no terminal (errno); ERR_IO. */
enum err terminal_show(struct bytes line) MUST_CHECK;

#endif
