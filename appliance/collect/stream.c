/* SPDX-License-Identifier: GPL-3.0-or-later
 * GET /v1/collect: the messages past a cursor as one tar stream, read from the keeper as they are sent. Anything that
 * goes wrong in the middle ends the connection without the stream's end, which no reader can mistake for one. */
#include <stdio.h>

#include "collect/ask.h"
#include "collect/calls.h"
#include "collect/cursor.h"
#include "collect/out.h"
#include "tar/writer.h"
#include "link/wire.h"

/* A cursor is sent again after so many bytes, so that a desk whose connection broke can go on from there. */
enum { CURSOR_EVERY = 4 * 1024 * 1024 };

static enum err put_zeros(struct collect *c, size_t n)
{
	static const uint8_t zeros[TAR_END];

	return out_put(c, bytes_of(zeros, n));
}

static enum err put_header(struct collect *c, const char *name, uint64_t size, uint32_t day)
{
	uint8_t block[TAR_BLOCK];

	tar_header(block, name, size, day);
	return out_put(c, BYTES_ARRAY(block));
}

/* A file of one line. */
static enum err put_line_file(struct collect *c, const char *name, struct bytes line, uint32_t day)
{
	enum err e;

	TRY(put_header(c, name, line.n + 1, day));
	TRY(out_put(c, line));
	TRY(out_put(c, BYTES_LITERAL("\n")));
	TRY(put_zeros(c, tar_padding(line.n + 1)));
out:
	return e;
}

static enum err put_cursor(struct collect *c, const struct cursor *cursor)
{
	uint8_t storage[CURSOR_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);

	cursor_text(&text, cursor);
	BUG_IF(text.failed);
	return put_line_file(c, "cursor", buf_view(&text), 0);
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
		TRY(out_put(c, data));
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
	TRY(put_line_file(c, name, bytes_of(entry->recipient, entry->recipient_len), entry->day));
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

/* ---- what a restart would take */

static enum err put_state(struct collect *c, const struct message_STATE_ENTRY *m)
{
	char name[TAR_NAME_MAX + 1];
	struct buf text = buf_over(name, sizeof name);
	enum err e;

	buf_hex(&text, BYTES_ARRAY(m->conversation));
	buf_str(&text, "/state");
	buf_byte(&text, 0);
	BUG_IF(text.failed);
	TRY(put_header(c, name, m->state.n, 0));
	TRY(out_put(c, m->state));
	TRY(put_zeros(c, tar_padding(m->state.n)));
out:
	return e;
}

/* Of all conversations that changed since the desk knows. */
static enum err put_states(struct collect *c, uint64_t since)
{
	struct message_STATE_NEXT question = {.since = since};
	struct message_STATE_ENTRY m;
	struct incoming in;
	enum err e;

	for (;;) {
		struct buf record = ask_record(c);
		message_put_STATE_NEXT(&record, &question);
		e = ask(c, &record, MESSAGE_STATE_ENTRY, true, &in);
		if (e == ERR_END)
			return ERR_OK;
		TRY(e);
		TRY(message_get_STATE_ENTRY(in.fields, &m));
		/* A slot that doesn't grow would keep us here for ever. */
		if (m.slot <= question.slot_after)
			TRY(ERR_PEER);
		TRY(put_state(c, &m));
		question.slot_after = m.slot;
	}
out:
	return e;
}

static uint8_t open_ids[LIMIT_CONVERSATIONS][16];

static enum err list_open(struct collect *c, size_t *count)
{
	struct message_OPEN_NEXT question = {.slot_after = 0};
	struct message_OPEN_ENTRY m;
	struct incoming in;
	enum err e;

	*count = 0;
	for (;;) {
		struct buf record = ask_record(c);
		message_put_OPEN_NEXT(&record, &question);
		e = ask(c, &record, MESSAGE_OPEN_ENTRY, true, &in);
		if (e == ERR_END)
			return ERR_OK;
		TRY(e);
		TRY(message_get_OPEN_ENTRY(in.fields, &m));
		if (m.slot <= question.slot_after || *count == LIMIT_CONVERSATIONS)
			TRY(ERR_PEER);
		memcpy(open_ids[(*count)++], m.conversation, sizeof m.conversation);
		question.slot_after = m.slot;
	}
out:
	return e;
}

/* All conversations that the box has for this desk: what it had and isn't among them was forgotten. */
static enum err put_open(struct collect *c)
{
	size_t count;
	enum err e;

	TRY(list_open(c, &count));
	TRY(put_header(c, "open", count * 33, 0));
	for (size_t i = 0; i < count; i++) {
		uint8_t storage[33];
		struct buf line = buf_over(storage, sizeof storage);
		buf_hex(&line, BYTES_ARRAY(open_ids[i]));
		buf_byte(&line, '\n');
		TRY(out_put(c, buf_view(&line)));
	}
	TRY(put_zeros(c, tar_padding(count * 33)));
out:
	return e;
}

/* ---- the whole */

static enum err put_messages(struct collect *c, struct cursor *cursor)
{
	static struct entry entry;
	uint64_t sent = 0;
	enum err e;

	while ((e = next_entry(c, cursor->number, &entry)) == ERR_OK) {
		TRY(put_entry(c, &entry, &sent));
		cursor->number = entry.cursor;
		if (sent >= CURSOR_EVERY) {
			TRY(put_cursor(c, cursor));
			sent = 0;
		}
	}
out:
	return e == ERR_END ? ERR_OK : e;
}

static enum err stream(struct collect *c, struct cursor *cursor, const struct message_CHANGES *changes)
{
	uint8_t hex_storage[32];
	struct buf hex = buf_over(hex_storage, sizeof hex_storage);
	enum err e;

	TRY(out_begin(c, "application/x-tar"));
	buf_hex(&hex, BYTES_ARRAY(cursor->boot));
	TRY(put_line_file(c, "boot", buf_view(&hex), 0));
	TRY(put_messages(c, cursor));
	TRY(put_states(c, cursor->change));
	if (changes->last_forgotten > cursor->change)
		TRY(put_open(c));
	/* Also past what is not for this desk. What came or changed meanwhile is the next stream's. */
	if (cursor->number < changes->cursor)
		cursor->number = changes->cursor;
	cursor->change = changes->now;
	TRY(put_cursor(c, cursor));
	TRY(put_zeros(c, TAR_END));
	TRY(out_end(c));
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
		*from = given;
	return e;
}

/* Before anything is listed: what is listed then is at least up to this. */
static enum err ask_changes(struct collect *c, struct message_CHANGES *m)
{
	static const struct message_CHANGES_GET question;
	struct buf record = ask_record(c);
	struct incoming in;
	enum err e;

	message_put_CHANGES_GET(&record, &question);
	TRY(ask(c, &record, MESSAGE_CHANGES, false, &in));
	TRY(message_get_CHANGES(in.fields, m));
out:
	return e;
}

void call_collect(struct collect *c, const struct call_names *names)
{
	struct cursor cursor = {.number = 0};
	struct message_CHANGES changes;
	enum err e = cursor_ask_boot(c, cursor.boot);

	(void)names;
	if (e == ERR_OK)
		e = ask_changes(c, &changes);
	if (e != ERR_OK) {
		call_answer_refused(c, e);
		return;
	}
	if (parse_query(c->request.query, &cursor) != ERR_OK) {
		call_answer(c, 400, "The query is `after=` and the content of the last stream's `cursor` file.\n");
		return;
	}
	c->cut_off = stream(c, &cursor, &changes) != ERR_OK;
}
