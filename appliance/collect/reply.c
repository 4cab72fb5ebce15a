/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect/reply.h"

#include <stdio.h>

#include "collect/ask.h"
#include "collect/calls.h"

static const struct bytes first_line = BYTES_LITERAL("age-encryption.org/v1\n");

static enum err refuse(struct reply *r, enum err e, const char *sentence)
{
	r->fault = sentence;
	return e;
}

/* ---- one file */

static enum err file_begin(struct reply *r, enum file_kind kind)
{
	const struct message_FILE_BEGIN begin = {.kind = (uint8_t)kind};
	struct buf record = ask_record(r->c);
	enum err e;

	message_put_FILE_BEGIN(&record, &begin);
	e = ask_tell(r->c, &record);
	r->seen = 0;
	r->open = e == ERR_OK;
	return e;
}

static enum err file_data(struct reply *r, struct bytes data)
{
	const struct message_FILE_DATA m = {.data = data};
	struct buf record = ask_record(r->c);

	for (size_t i = 0; i < data.n && r->seen + i < first_line.n; i++)
		if (data.p[i] != first_line.p[r->seen + i])
			return refuse(r, ERR_FORMAT, "This is not an age file (binary, not armored).");
	r->seen += data.n;
	message_put_FILE_DATA(&record, &m);
	return ask_tell(r->c, &record);
}

static enum err file_end(struct reply *r)
{
	const struct message_FILE_END end = {.keep = r->seen >= first_line.n};
	struct buf record = ask_record(r->c);
	enum err e;

	message_put_FILE_END(&record, &end);
	r->open = false;
	e = ask_ok(r->c, &record);
	return e == ERR_OK && !end.keep ? refuse(r, ERR_FORMAT, "This is not an age file (binary, not armored).") : e;
}

/* ---- the archive's files */

static enum err entry_begin(void *context, struct bytes name, uint64_t size, uint64_t time_s)
{
	struct reply *r = context;
	char data[16], meta[16];

	(void)time_s;
	(void)snprintf(data, sizeof data, "%02u.data.age", r->files + 1);
	(void)snprintf(meta, sizeof meta, "%02u.meta.age", r->files);
	if (r->meta_due && bytes_eq_str(name, meta)) {
		r->meta_due = false;
		return size <= LIMIT_REPLY ? file_begin(r, FILE_META)
					   : refuse(r, ERR_TOO_BIG, "NN.meta.age has at most 262144 bytes.");
	}
	if (!r->meta_due && !r->whole && r->files < LIMIT_FILES && bytes_eq_str(name, data)) {
		r->files++;
		r->meta_due = true;
		return file_begin(r, FILE_DATA);
	}
	if (!r->meta_due && !r->whole && bytes_eq_str(name, "text.age")) {
		r->whole = true;
		return size <= LIMIT_REPLY ? file_begin(r, FILE_TEXT)
					   : refuse(r, ERR_TOO_BIG, "text.age has at most 262144 bytes.");
	}
	return refuse(
	    r, ERR_FORMAT,
	    "The archive's files are 01.data.age, 01.meta.age, 02.data.age and so on, at most 16 of each, and "
	    "text.age, in this order.");
}

static enum err entry_data(void *context, struct bytes data)
{
	return file_data(context, data);
}

static enum err entry_end(void *context)
{
	return file_end(context);
}

/* ---- the whole */

void reply_begin(struct reply *r, struct collect *c, bool archive)
{
	*r = (struct reply){.c = c, .archive = archive};
	if (archive)
		tar_begin(&r->tar, (struct tar_sink){entry_begin, entry_data, entry_end, r}, LIMIT_REPLY_FILES);
}

enum err reply_data(struct reply *r, struct bytes data)
{
	enum err e = ERR_OK;

	if (r->archive) {
		e = tar_push(&r->tar, data);
		if (e == ERR_UNSUPPORTED)
			e = ERR_FORMAT;
		if (r->fault == NULL)
			r->fault = r->tar.fault;
		return e;
	}
	if (!r->open)
		e = file_begin(r, FILE_TEXT);
	return e == ERR_OK ? file_data(r, data) : e;
}

enum err reply_end(struct reply *r, const uint8_t conversation[static 16], struct bytes name)
{
	struct message_REPLY_PUT put = {.name = name};
	struct buf record;

	if (r->archive && (tar_finish(&r->tar) != ERR_OK || !r->whole))
		return refuse(r, ERR_FORMAT, "The archive is cut off, or has no text.age.");
	if (!r->archive) {
		enum err e = r->open ? file_end(r) : refuse(r, ERR_FORMAT, "There is nothing in it.");
		if (e != ERR_OK)
			return e;
	}
	memcpy(put.conversation, conversation, sizeof put.conversation);
	record = ask_record(r->c);
	message_put_REPLY_PUT(&record, &put);
	return ask_ok(r->c, &record);
}

void reply_drop(struct reply *r)
{
	static const struct message_FILE_END end = {.keep = 0};
	static const struct message_DRAFT_DROP drop;
	struct collect *c = r->c;
	struct buf record;

	if (r->open && c->keeper >= 0) {
		record = ask_record(c);
		message_put_FILE_END(&record, &end);
		if (ask_ok(c, &record) != ERR_OK)
			c->keeper = -1;
	}
	r->open = false;
	if (c->keeper < 0)
		return;
	record = ask_record(c);
	message_put_DRAFT_DROP(&record, &drop);
	if (ask_ok(c, &record) != ERR_OK)
		c->keeper = -1;
}

/* ---- PUT /v1/conversations/ID/replies/NAME */

static enum err set_room_aside(struct collect *c)
{
	const struct message_RESERVE reserve = {.size = c->request.content_length};
	struct buf record = ask_record(c);

	message_put_RESERVE(&record, &reserve);
	return ask_ok(c, &record);
}

static enum err pass(struct collect *c, struct reply *r)
{
	uint8_t data[16 * 1024];
	size_t got;
	enum err e;

	while ((e = http_read_body(&c->http, data, sizeof data, &got)) == ERR_OK)
		TRY(reply_data(r, bytes_of(data, got)));
	c->body_read = e == ERR_END;
	if (e == ERR_END)
		e = ERR_OK;
out:
	return e;
}

void call_reply(struct collect *c, const struct call_names *names)
{
	bool archive = bytes_eq_str(c->request.content_type, "application/x-tar");
	struct reply r;
	enum err e;

	if (c->request.content_length > (archive ? LIMIT_REPLY_FILES : LIMIT_REPLY)) {
		call_answer(c, 413,
			    archive ? "A reply with its files has at most 67108864 bytes.\n"
				    : "A reply has at most 262144 bytes.\n");
		return;
	}
	reply_begin(&r, c, archive);
	TRY(set_room_aside(c));
	TRY(pass(c, &r));
	TRY(reply_end(&r, names->conversation, names->reply));
out:
	if (e != ERR_OK)
		reply_drop(&r);
	if (e == ERR_FORMAT)
		call_answer(c, 422, r.fault);
	else if (e == ERR_TIMEOUT || (e == ERR_PEER && c->keeper >= 0))
		call_answer(c, 408, "The body did not arrive whole.\n");
	else if (e == ERR_OK)
		call_answer(c, 201, "The reply is stored.\n");
	else
		call_answer_refused(c, e);
}
