/* SPDX-License-Identifier: GPL-3.0-or-later
 * What unlock asks the operator, by the console: link/messages.def, "questions at the start". Each call waits as long
 * as it takes. ERR_END: the console is gone, and with it whoever was asked; ERR_STATE: there is none. */
#ifndef UNLOCK_INTERVIEW_H
#define UNLOCK_INTERVIEW_H

#include "base/bytes.h"
#include "limits.h"

struct interview {
	int console;                    /* the channel; -1: nobody can be asked */
	uint8_t storage[LIMIT_MESSAGE]; /* wiped after each answer */
};

/* A line that isn't shown; one that is. ERR_TOO_BIG: it has more than `answer` holds. */
enum err interview_secret(struct interview *i, const char *text, struct buf *answer) MUST_CHECK;
enum err interview_line(struct interview *i, const char *text, struct buf *answer) MUST_CHECK;
/* As text and as a code, until the operator says that it was noted. */
enum err interview_show(struct interview *i, const char *text, struct bytes show) MUST_CHECK;
enum err interview_say(struct interview *i, const char *text) MUST_CHECK;
/* Does nothing for a while, unless the console goes. */
enum err interview_wait(struct interview *i, uint64_t ms) MUST_CHECK;

#endif
