/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's calls. Each is entered with a known desk, reads what it needs of the request's body and answers. */
#ifndef COLLECT_CALLS_H
#define COLLECT_CALLS_H

#include "collect/collect.h"

/* What the path named. */
struct call_names {
	uint8_t conversation[16];
	uint16_t number;
	struct bytes reply; /* [a-z0-9-], 1 to LIMIT_REPLY_NAME */
};

void call_collect(struct collect *c, const struct call_names *names);
void call_collected(struct collect *c, const struct call_names *names);
void call_reply(struct collect *c, const struct call_names *names);
void call_forget_conversation(struct collect *c, const struct call_names *names);
void call_forget_message(struct collect *c, const struct call_names *names);
void call_status(struct collect *c, const struct call_names *names);

/* A response with a sentence for people as text/plain. Keeps the connection where the client and the body allow. */
void call_answer(struct collect *c, unsigned status, const char *sentence);
/* What the keeper's refusal means here. */
void call_answer_refused(struct collect *c, enum err e);

#endif
