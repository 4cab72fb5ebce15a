/* SPDX-License-Identifier: GPL-3.0-or-later
 * The small calls; GET /v1/collect is in stream.c. */
#include "collect/calls.h"

#include "collect/ask.h"
#include "collect/cursor.h"

void call_answer(struct collect *c, unsigned status, const char *sentence)
{
	const struct http_header headers[] = {
	    {"Content-Type", BYTES_LITERAL("text/plain; charset=utf-8")},
	    {"Cache-Control", BYTES_LITERAL("no-store")},
	};

	c->request.keep = c->request.keep && (c->body_read || !c->request.has_body) && c->keeper >= 0;
	if (http_respond(&c->http, status, headers, 2, bytes_str(sentence), c->request.keep) != ERR_OK)
		c->request.keep = false;
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
	case ERR_EXISTS:
	case ERR_STATE:
		call_answer(c, 409, "This is not possible now.\n");
		return;
	default:
		call_answer(c, 503, "The box can't do this at the moment. Try again.\n");
		return;
	}
}

static void answer_result(struct collect *c, enum err e, unsigned status, const char *sentence)
{
	if (e == ERR_OK)
		call_answer(c, status, sentence);
	else
		call_answer_refused(c, e);
}

/* The whole body, at most cap bytes. ERR_TOO_BIG. */
static enum err read_body(struct collect *c, uint8_t *out, size_t cap, size_t *n)
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
	e = read_body(c, body, sizeof body, &n);
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
	answer_result(c, e, 200, "Confirmed: the box may forget it now.\n");
}

/* Copies the body into the keeper's draft file as it comes. Looks at nothing but the first line. */
static enum err pass_reply(struct collect *c)
{
	static const char first_line[] = "age-encryption.org/v1\n";
	struct message_FILE_DATA m;
	uint8_t data[16 * 1024];
	size_t seen = 0;
	enum err e;

	for (;;) {
		struct buf record = ask_record(c);
		size_t got;

		e = http_read_body(&c->http, data, sizeof data, &got);
		if (e == ERR_END)
			break;
		if (e != ERR_OK)
			return e;
		for (size_t i = 0; i < got && seen + i < sizeof first_line - 1; i++)
			if (data[i] != (uint8_t)first_line[seen + i])
				return ERR_FORMAT;
		seen += got;
		m.data = bytes_of(data, got);
		message_put_FILE_DATA(&record, &m);
		e = ask_tell(c, &record);
		if (e != ERR_OK)
			return e;
	}
	c->body_read = true;
	return seen >= sizeof first_line - 1 ? ERR_OK : ERR_FORMAT;
}

static enum err store_reply(struct collect *c, const struct call_names *names)
{
	const struct message_RESERVE reserve = {.size = c->request.content_length};
	const struct message_FILE_BEGIN begin = {.kind = FILE_TEXT};
	struct message_FILE_END end = {.keep = 1};
	struct message_REPLY_PUT put = {.name = names->reply};
	struct buf record = ask_record(c);
	enum err e, ended;

	message_put_RESERVE(&record, &reserve);
	TRY(ask_ok(c, &record));
	record = ask_record(c);
	message_put_FILE_BEGIN(&record, &begin);
	TRY(ask_tell(c, &record));
	e = pass_reply(c);
	end.keep = e == ERR_OK;
	record = ask_record(c);
	message_put_FILE_END(&record, &end);
	ended = ask_ok(c, &record);
	TRY(e);
	TRY(ended);
	memcpy(put.conversation, names->conversation, sizeof put.conversation);
	record = ask_record(c);
	message_put_REPLY_PUT(&record, &put);
	e = ask_ok(c, &record);
	if (e != ERR_OK && c->keeper >= 0) {
		static const struct message_DRAFT_DROP drop;
		record = ask_record(c);
		message_put_DRAFT_DROP(&record, &drop);
		if (ask_ok(c, &record) != ERR_OK)
			c->keeper = -1; /* the channel's end drops it too */
	}
out:
	return e;
}

void call_reply(struct collect *c, const struct call_names *names)
{
	enum err e;

	if (c->request.content_length > LIMIT_REPLY) {
		call_answer(c, 413, "A reply has at most 262144 bytes.\n");
		return;
	}
	e = store_reply(c, names);
	if (e == ERR_FORMAT)
		call_answer(c, 422,
			    "The body is an age file (binary, not armored), sealed to the conversation's recipient.\n");
	else if (e == ERR_TIMEOUT || (e == ERR_PEER && c->keeper >= 0))
		call_answer(c, 408, "The body did not arrive whole.\n");
	else
		answer_result(c, e, 201, "The reply is stored.\n");
}

void call_forget_conversation(struct collect *c, const struct call_names *names)
{
	struct message_CONVERSATION_FORGET m;
	struct buf record = ask_record(c);

	memcpy(m.conversation, names->conversation, sizeof m.conversation);
	message_put_CONVERSATION_FORGET(&record, &m);
	answer_result(c, ask_ok(c, &record), 200, "The conversation is forgotten.\n");
}

void call_forget_message(struct collect *c, const struct call_names *names)
{
	struct message_MESSAGE_FORGET m = {.number = names->number};
	struct buf record = ask_record(c);

	memcpy(m.conversation, names->conversation, sizeof m.conversation);
	message_put_MESSAGE_FORGET(&record, &m);
	answer_result(c, ask_ok(c, &record), 200, "The message is forgotten.\n");
}

static void json_number(struct buf *out, const char *key, uint64_t value)
{
	buf_str(out, ",\"");
	buf_str(out, key);
	buf_str(out, "\":");
	buf_decimal(out, value);
}

/* RFC 8259, clause 7. The site file lets no control characters into the name. */
static void json_string(struct buf *out, struct bytes text)
{
	buf_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_byte(out, '\\');
		if (text.p[i] >= 0x20)
			buf_byte(out, text.p[i]);
	}
	buf_byte(out, '"');
}

void call_status(struct collect *c, const struct call_names *names)
{
	const struct http_header headers[] = {
	    {"Content-Type", BYTES_LITERAL("application/json")},
	    {"Cache-Control", BYTES_LITERAL("no-store")},
	};
	static const struct message_STATUS question;
	struct message_STATUS_IS m;
	uint8_t storage[1024];
	uint8_t day[10];
	struct buf json = buf_over(storage, sizeof storage);
	struct buf record = ask_record(c);
	struct incoming in;
	enum err e;

	(void)names;
	message_put_STATUS(&record, &question);
	e = ask(c, &record, MESSAGE_STATUS_IS, false, &in);
	if (e != ERR_OK || message_get_STATUS_IS(in.fields, &m) != ERR_OK) {
		call_answer_refused(c, e);
		return;
	}
	clock_day_text(m.boot_day, day);
	buf_str(&json, "{\"name\":");
	json_string(&json, c->site_name);
	buf_str(&json, ",\"boot\":\"");
	buf_hex(&json, BYTES_ARRAY(m.boot_id));
	buf_str(&json, "\",\"boot_day\":\"");
	buf_put(&json, BYTES_ARRAY(day));
	buf_str(&json, "\"");
	json_number(&json, "conversations", m.conversations);
	json_number(&json, "messages", m.waiting);
	json_number(&json, "replies", m.replies);
	json_number(&json, "used", m.used);
	json_number(&json, "capacity", m.capacity);
	buf_str(&json, "}\n");
	BUG_IF(json.failed);
	c->request.keep = c->request.keep && !c->request.has_body;
	if (http_respond(&c->http, 200, headers, 2, buf_view(&json), c->request.keep) != ERR_OK)
		c->request.keep = false;
}
