/* SPDX-License-Identifier: GPL-3.0-or-later
 * How calls answer, and the small ones. */
#include "collect/calls.h"

#include "collect/ask.h"
#include "collect/cursor.h"

static void respond(struct collect *c, unsigned status, const char *type, struct bytes body)
{
	const struct http_header headers[] = {
	    {"Content-Type", bytes_str(type)},
	    {"Cache-Control", BYTES_LITERAL("no-store")},
	};

	c->request.keep = c->request.keep && (c->body_read || !c->request.has_body) && c->keeper >= 0;
	if (http_respond(&c->http, status, headers, 2, body, c->request.keep) != ERR_OK)
		c->request.keep = false;
}

void call_answer(struct collect *c, unsigned status, const char *sentence)
{
	respond(c, status, "text/plain; charset=utf-8", bytes_str(sentence));
}

void call_answer_fault(struct collect *c, unsigned status, const char *fault)
{
	uint8_t storage[256];
	struct buf line = buf_over(storage, sizeof storage);

	buf_str(&line, fault);
	buf_byte(&line, '\n');
	BUG_IF(line.failed);
	respond(c, status, "text/plain; charset=utf-8", buf_view(&line));
}

void call_answer_json(struct collect *c, struct bytes json)
{
	respond(c, 200, "application/json", json);
}

void call_answer_refused(struct collect *c, enum err e)
{
	switch ((int)e) {
	case ERR_NOT_FOUND:
		call_answer(c, 404, "The box knows no such conversation or message.\n");
		return;
	case ERR_FULL:
		call_answer(c, 507,
			    "The box has no room for this. Confirm what was collected, or forget conversations.\n");
		return;
	case ERR_TOO_BIG:
		call_answer(c, 413, "This is bigger than the box takes.\n");
		return;
	case ERR_CLOSED:
		call_answer(c, 503, "The box is about to restart and takes nothing more.\n");
		return;
	case ERR_EXISTS:
	case ERR_STATE:
		call_answer(c, 409, "This is not possible now.\n");
		return;
	default:
		call_answer(c, 503, "The box can't do this at the moment. Try again.\n");
		return;
	}
}

void call_answer_result(struct collect *c, enum err e, unsigned status, const char *sentence)
{
	if (e == ERR_OK)
		call_answer(c, status, sentence);
	else
		call_answer_refused(c, e);
}

enum err call_read_body(struct collect *c, uint8_t *out, size_t cap, size_t *n)
{
	enum err e;
	size_t got;

	*n = 0;
	if (c->request.content_length > cap)
		return ERR_TOO_BIG;
	while ((e = http_read_body(&c->http, out + *n, cap - *n > 0 ? cap - *n : 1, &got)) == ERR_OK)
		*n += got;
	c->body_read = e == ERR_END;
	return e == ERR_END ? ERR_OK : e;
}

void call_collected(struct collect *c, const struct call_names *names)
{
	uint8_t body[CURSOR_TEXT_MAX + 2];
	uint8_t boot[16];
	struct message_COLLECTED m;
	struct cursor cursor;
	struct buf record;
	size_t n;
	enum err e;

	(void)names;
	e = call_read_body(c, body, sizeof body, &n);
	if (e == ERR_TOO_BIG || (e == ERR_OK && cursor_parse(bytes_trim(bytes_of(body, n)), &cursor) != ERR_OK)) {
		call_answer(c, 400, "The body is the content of the stream's `cursor` file.\n");
		return;
	}
	TRY(e);
	TRY(cursor_ask_boot(c, boot));
	if (!bytes_eq(BYTES_ARRAY(boot), BYTES_ARRAY(cursor.boot))) {
		call_answer(
		    c, 409,
		    "The box was restarted since this was collected; what it held then is gone. Collect again.\n");
		return;
	}
	m.cursor = cursor.number;
	record = ask_record(c);
	message_put_COLLECTED(&record, &m);
	TRY(ask_ok(c, &record));
out:
	call_answer_result(c, e, 200, "Confirmed: the box may forget it now.\n");
}

void call_forget_conversation(struct collect *c, const struct call_names *names)
{
	struct message_CONVERSATION_FORGET m;
	struct buf record = ask_record(c);

	memcpy(m.conversation, names->conversation, sizeof m.conversation);
	message_put_CONVERSATION_FORGET(&record, &m);
	call_answer_result(c, ask_ok(c, &record), 200, "The conversation is forgotten.\n");
}

void call_forget_message(struct collect *c, const struct call_names *names)
{
	struct message_MESSAGE_FORGET m = {.number = names->number};
	struct buf record = ask_record(c);

	memcpy(m.conversation, names->conversation, sizeof m.conversation);
	message_put_MESSAGE_FORGET(&record, &m);
	call_answer_result(c, ask_ok(c, &record), 200, "The message is forgotten.\n");
}
