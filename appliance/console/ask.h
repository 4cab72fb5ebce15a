/* SPDX-License-Identifier: GPL-3.0-or-later
 * The questions at the start, as the console keeps, draws and answers them. No system call here. */
#ifndef CONSOLE_ASK_H
#define CONSOLE_ASK_H

#include "console/sheet.h"
#include "link/message.h"

/* All zeros: nothing was asked. Wipe the whole once there is no more to ask. */
struct ask {
	bool open; /* a question waits for its answer */
	uint8_t kind;
	bool unlasting;  /* a secret line that is shown on the screen, because somebody pressed Tab */
	uint32_t number; /* grows with each question */
	uint8_t text[LIMIT_ASK_TEXT];
	size_t text_len;
	uint8_t show[LIMIT_ASK_SHOW];
	size_t show_len;
	uint8_t said[LIMIT_ASK_TEXT]; /* ASK_SAY's, above the next question until that is answered */
	size_t said_len;
	uint8_t line[LIMIT_ANSWER]; /* what is typed */
	size_t line_len;
};

/* Unlock's next question; what was typed for the last one is wiped. ERR_FORMAT: no such kind; nothing is changed. */
enum err ask_take(struct ask *a, const struct message_ASK *m) MUST_CHECK;
/* A key (console/reader.h) for an open question. True: it is answered; the answer is in a->line, and ask_done() is
 * next. */
bool ask_key(struct ask *a, uint8_t key);
/* Wipes question and answer; what was said before it, too. */
void ask_done(struct ask *a);

/* The question, or what was said, below the title. lasting: no secret is shown, whatever Tab did. */
void ask_draw(const struct ask *a, bool lasting, struct screen *out);

#endif
