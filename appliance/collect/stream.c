/* SPDX-License-Identifier: GPL-3.0-or-later
 * GET /v1/collect: the messages past a cursor as one tar stream, read from the keeper as they are sent. Anything that
 * goes wrong in the middle ends the connection without the stream's end, which no reader can mistake for one. */
#include <stdio.h>

#include "collect/ask.h"
#include "collect/calls.h"
#include "collect/cursor.h"
#include "tar/writer.h"
#include "link/wire.h"

/* A cursor is sent again after so many bytes, so that a desk whose connection broke can go on from there. */
enum { CURSOR_EVERY = 4 * 1024 * 1024 };

/* From here on a small write is put together with others. */
enum { WORTH_A_WRITE = 32 * 1024 };

static enum err flush(struct collect *c)
{
	size_t n = c->out_len;

	c->out_len = 0;
	return http_stream_data(&c->http, bytes_of(c->out, n));
}

static enum err put(struct collect *c, struct bytes data)
{
	enum err e = ERR_OK;

	if (data.n >= WORTH_A_WRITE || data.n > sizeof c->out - c->out_len)
		e = flush(c);
	if (e != ERR_OK)
		return e;
	if (data.n >= WORTH_A_WRITE)
		return http_stream_data(&c->http, data);
	memcpy(c->out + c->out_len, data.p, data.n);
	c->out_len += data.n;
	return ERR_OK;
}

static enum err put_zeros(struct collect *c, size_t n)
{
	static const uint8_t zeros[TAR_END];

	return n > 0 ? put(c, bytes_of(zeros, n)) : ERR_OK;
}

static enum err put_header(struct collect *c, const char *name, uint64_t size, uint32_t day)
{
	uint8_t block[TAR_BLOCK];

	tar_header(block, name, size, day);
	return put(c, BYTES_ARRAY(block));
}

static enum err put_small_file(struct collect *c, const char *name, struct bytes content, uint32_t day)
{
	enum err e;

	TRY(put_header(c, name, content.n + 1, day));
	TRY(put(c, content));
	TRY(put(c, BYTES_LITERAL("\n")));
	TRY(put_zeros(c, tar_padding(content.n + 1)));
out:
	return e;
}

static enum err put_cursor(struct collect *c, const struct cursor *cursor)
{
	uint8_t storage[CURSOR_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);

	cursor_text(&text, cursor);
	BUG_IF(text.failed);
	return put_small_file(c, "cursor", buf_view(&text), 0);
}

/* One message, as COLLECT_ENTRY told it, copied out of the answer's storage. */
struct entry {
	uint64_t cursor;
	uint32_t day;
	uint8_t conversation[16];
	char hex[33];
	uint8_t recipient[LIMIT_RECIPIENT_TEXT];
	size_t recipient_len;
	uint8_t files[(2 * LIMIT_FILES + 1) * 11];
	size_t files_len;
};

static enum err next_entry(struct collect *c, uint64_t after, struct entry *entry)
{
	const struct message_COLLECT_NEXT question = {.after = after};
	struct message_COLLECT_ENTRY m;
	struct buf record = ask_record(c);
	struct buf hex = buf_over(entry->hex, sizeof entry->hex);
	struct incoming in;
	enum err e;

	message_put_COLLECT_NEXT(&record, &question);
	TRY(ask(c, &record, MESSAGE_COLLECT_ENTRY, true, &in));
	TRY(message_get_COLLECT_ENTRY(in.fields, &m));
	/* A cursor that doesn't grow would keep us here for ever. */
	if (m.cursor <= after || m.recipient.n > sizeof entry->recipient || m.files.n > sizeof entry->files) {
		e = ERR_PEER;
		goto out;
	}
	entry->cursor = m.cursor;
	entry->day = m.day;
	memcpy(entry->conversation, m.conversation, sizeof entry->conversation);
	buf_hex(&hex, BYTES_ARRAY(m.conversation));
	buf_byte(&hex, 0);
	memcpy(entry->recipient, m.recipient.p, m.recipient.n);
	entry->recipient_len = m.recipient.n;
	memcpy(entry->files, m.files.p, m.files.n);
	entry->files_len = m.files.n;
out:
	return e;
}

/* The next bytes of a file; ERR_END past its end. The view lives until the next question. */
static enum err read_chunk(struct collect *c, struct message_MESSAGE_READ *question, struct bytes *data)
{
	struct message_FILE_CHUNK m;
	struct buf record = ask_record(c);
	struct incoming in;
	enum err e;

	message_put_MESSAGE_READ(&record, question);
	TRY(ask(c, &record, MESSAGE_FILE_CHUNK, true, &in));
	TRY(message_get_FILE_CHUNK(in.fields, &m));
	if (m.data.n == 0) {
		e = ERR_PEER;
		goto out;
	}
	question->offset += m.data.n;
	*data = m.data;
out:
	return e;
}

static enum err put_file(struct collect *c, const struct entry *entry, uint8_t kind, uint16_t number, uint64_t size)
{
	static const char *const endings[FILE_KIND_COUNT] = {
	    [FILE_TEXT] = "", [FILE_DATA] = ".data", [FILE_META] = ".meta"};
	struct message_MESSAGE_READ question = {.number = number, .kind = kind};
	char name[TAR_NAME_MAX + 1];
	struct bytes data;
	uint64_t left = size;
	enum err e;

	if (kind >= FILE_KIND_COUNT || number == 0 || number > LIMIT_MESSAGES || size > TAR_SIZE_MAX)
		return ERR_PEER;
	memcpy(question.conversation, entry->conversation, sizeof question.conversation);
	/* The first bytes are fetched before the header goes out: a message whose source just deleted it is left out.
	 */
	e = read_chunk(c, &question, &data);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	TRY(e);
	(void)snprintf(name, sizeof name, "%s/%04u%s.age", entry->hex, (unsigned)number, endings[kind]);
	TRY(put_header(c, name, size, entry->day));
	for (;;) {
		if (data.n > left) {
			e = ERR_PEER;
			goto out;
		}
		left -= data.n;
		TRY(put(c, data));
		if (left == 0)
			break;
		TRY(read_chunk(c, &question, &data));
	}
	TRY(put_zeros(c, tar_padding(size)));
out:
	return e;
}

static enum err put_entry(struct collect *c, const struct entry *entry, uint64_t *sent)
{
	struct wire_reader files = wire_reader_over(bytes_of(entry->files, entry->files_len));
	char name[TAR_NAME_MAX + 1];
	enum err e;

	(void)snprintf(name, sizeof name, "%s/recipient", entry->hex);
	TRY(put_small_file(c, name, bytes_of(entry->recipient, entry->recipient_len), entry->day));
	while (files.e == ERR_OK && files.rest.n > 0) {
		uint8_t kind = wire_get_u8(&files);
		uint16_t number = wire_get_u16(&files);
		uint64_t size = wire_get_u64(&files);
		if (files.e == ERR_OK)
			TRY(put_file(c, entry, kind, number, size));
		*sent += size;
	}
	e = wire_reader_end(&files);
out:
	return e;
}

static enum err stream(struct collect *c, struct cursor *cursor)
{
	static struct entry entry;
	uint8_t hex_storage[32];
	struct buf hex = buf_over(hex_storage, sizeof hex_storage);
	uint64_t sent = 0;
	enum err e;

	buf_hex(&hex, BYTES_ARRAY(cursor->boot));
	TRY(put_small_file(c, "boot", buf_view(&hex), 0));
	while ((e = next_entry(c, cursor->number, &entry)) == ERR_OK) {
		TRY(put_entry(c, &entry, &sent));
		cursor->number = entry.cursor;
		if (sent >= CURSOR_EVERY) {
			TRY(put_cursor(c, cursor));
			sent = 0;
		}
	}
	if (e != ERR_END)
		goto out;
	TRY(put_cursor(c, cursor));
	TRY(put_zeros(c, TAR_END));
	TRY(flush(c));
	TRY(http_stream_end(&c->http));
out:
	return e;
}

/* "after=CURSOR" or nothing. A cursor of an earlier boot is the beginning: all there is came after it. */
static enum err parse_query(struct bytes query, struct cursor *from)
{
	struct cursor given;
	enum err e;

	if (query.n == 0)
		return ERR_OK;
	if (!bytes_starts(query, BYTES_LITERAL("after=")))
		return ERR_FORMAT;
	query = bytes_from(query, 6);
	if (bytes_eq_str(query, "0"))
		return ERR_OK;
	e = cursor_parse(query, &given);
	if (e == ERR_OK && bytes_eq(BYTES_ARRAY(given.boot), BYTES_ARRAY(from->boot)))
		from->number = given.number;
	return e;
}

void call_collect(struct collect *c, const struct call_names *names)
{
	const struct http_header headers[] = {
	    {"Content-Type", BYTES_LITERAL("application/x-tar")},
	    {"Cache-Control", BYTES_LITERAL("no-store")},
	};
	struct cursor cursor = {.number = 0};
	enum err e = cursor_ask_boot(c, cursor.boot);

	(void)names;
	if (e != ERR_OK) {
		call_answer_refused(c, e);
		return;
	}
	if (parse_query(c->request.query, &cursor) != ERR_OK) {
		call_answer(c, 400, "The query is `after=` and the content of the last stream's `cursor` file.\n");
		return;
	}
	c->request.keep = false;
	c->out_len = 0;
	if (http_stream_begin(&c->http, 200, headers, 2) != ERR_OK || stream(c, &cursor) != ERR_OK)
		c->cut_off = true;
}
