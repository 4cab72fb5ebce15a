/* SPDX-License-Identifier: GPL-3.0-or-later
 * The desk's calls. Each is entered with a known desk, reads what it needs of the request's body and answers. */
#ifndef COLLECT_CALLS_H
#define COLLECT_CALLS_H

#include "collect/collect.h"
#include "link/message.h"
#include "link/state.h"

/* What the path named. */
struct call_names {
	uint8_t conversation[16];
	uint16_t number;
	struct bytes reply; /* [a-z0-9-], 1 to LIMIT_REPLY_NAME */
};

/* stream.c */
void call_collect(struct collect *c, const struct call_names *names);
/* calls.c */
void call_collected(struct collect *c, const struct call_names *names);
void call_forget_conversation(struct collect *c, const struct call_names *names);
void call_forget_message(struct collect *c, const struct call_names *names);
/* reply.c */
void call_reply(struct collect *c, const struct call_names *names);
/* restore.c */
void call_restore(struct collect *c, const struct call_names *names);
/* orders.c */
void call_mute(struct collect *c, const struct call_names *names);
void call_unmute(struct collect *c, const struct call_names *names);
void call_drain(struct collect *c, const struct call_names *names);
void call_undrain(struct collect *c, const struct call_names *names);
void call_token(struct collect *c, const struct call_names *names);
void call_revoke(struct collect *c, const struct call_names *names);
/* status.c */
void call_status(struct collect *c, const struct call_names *names);

/* ---- for them */

/* A response with a sentence for people as text/plain, its line end included. Keeps the connection where the client and
 * the body allow. */
void call_answer(struct collect *c, unsigned status, const char *sentence);
/* The same with a sentence without a line end, at most 250 bytes. */
void call_answer_fault(struct collect *c, unsigned status, const char *fault);
/* What the keeper's refusal means here. */
void call_answer_refused(struct collect *c, enum err e);
/* The one or the other. */
void call_answer_result(struct collect *c, enum err e, unsigned status, const char *sentence);
/* 200 and JSON. */
void call_answer_json(struct collect *c, struct bytes json);

/* The request's whole body, at most cap bytes. ERR_TOO_BIG: nothing of it was read; errors of http_read_body(). */
enum err call_read_body(struct collect *c, uint8_t *out, size_t cap, size_t *n) MUST_CHECK;
/* Errors of ask(). */
enum err call_ask_status(struct collect *c, struct message_STATUS_IS *m) MUST_CHECK;

#endif
