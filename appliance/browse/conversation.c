/* SPDX-License-Identifier: GPL-3.0-or-later
 * One conversation: what came, what was answered, and the form to answer with. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "browse/browse.h"
#include "http/text.h"
#include "limits.h"

enum {
	PER_PAGE = 100,
	ROW_ROOM = 16 * 1024, /* of an item without its text */
	ENTITY_MAX = 6,       /* "&quot;" for one byte, or U+FFFD, three, for one that is no character */
};

static void put_unreadable(struct browse *b)
{
	const char *fault = inbox_fault(&b->inbox);

	sheet_set_str(&b->sheet, VALUE_fault, fault != NULL ? fault : "Its file can't be read.");
	sheet_put(&b->sheet, PAGE_unreadable);
}

static const char *sent_text(enum inbox_sent sent)
{
	switch (sent) {
	case INBOX_WAITS:
		return "waits for the next exchange";
	case INBOX_AT_BOX:
		return "sent";
	case INBOX_DELETED:
		return "sent, and deleted by its source";
	case INBOX_UNSENT:
		return "never sent";
	}
	return "";
}

/* A message or a reply. ERR_FULL: it belongs on the next page. */
static enum err put_text(struct browse *b, const struct inbox_entry *entry, bool first)
{
	struct sheet *s = &b->sheet;
	struct buf clean = buf_over(b->clean, sizeof b->clean);
	struct inbox_text text;

	if (inbox_text(&b->inbox, &b->conversation, entry, b->plain, &text) != ERR_OK) {
		put_unreadable(b);
		return ERR_OK;
	}
	if (!first && ENTITY_MAX * text.text.n > sheet_room(s))
		return ERR_FULL;
	text_clean(&clean, text.text);
	while (clean.len > 0 && clean.p[clean.len - 1] == '\n')
		clean.len--;
	BUG_IF(clean.failed);
	sheet_set(s, VALUE_text, buf_view(&clean));
	sheet_set_strange(s, VALUE_topic, text.topic, false);
	sheet_set_count(s, VALUE_files, text.files, "file", "files");
	sheet_set_str(s, VALUE_cut, text.cut ? "1" : "");
	sheet_set_str(s, VALUE_sent, entry->kind == INBOX_REPLY ? sent_text(entry->sent) : "");
	sheet_put(s, entry->kind == INBOX_REPLY ? PAGE_reply : PAGE_message);
	secret_wipe(b->clean, clean.len);
	secret_wipe(b->plain, text.text.n + (size_t)(text.text.p - b->plain));
	return ERR_OK;
}

static void put_file(struct browse *b, const struct inbox_entry *entry)
{
	struct sheet *s = &b->sheet;
	struct inbox_file f;
	enum err e = inbox_file(&b->inbox, &b->conversation, entry, &f);

	sheet_set(s, VALUE_name, bytes_of(NULL, 0));
	sheet_set(s, VALUE_type, bytes_of(NULL, 0));
	sheet_set(s, VALUE_size, bytes_of(NULL, 0));
	sheet_set_strange(s, VALUE_name, bytes_of(f.name, f.name_len), false);
	sheet_set_strange(s, VALUE_type, bytes_of(f.type, f.type_len), false);
	if (e == ERR_OK && f.length != UINT64_MAX)
		sheet_set_size(s, VALUE_size, f.length);
	sheet_set_str(s, VALUE_safe_name, f.safe_name);
	sheet_put(s, entry->kind == INBOX_REPLY_FILE ? PAGE_reply_file : PAGE_file);
	/* The warning stands before the first one. */
	sheet_set(s, VALUE_first_file, bytes_of(NULL, 0));
}

static void set_entry(struct sheet *s, const struct inbox_entry *entry, char number[static 16])
{
	(void)snprintf(number, 16, "%04" PRIu32, entry->number);
	sheet_set_str(s, VALUE_number, number);
	sheet_set_day(s, VALUE_day, entry->day);
}

/* From `from` on, as many as fit; how far it came. */
static size_t put_entries(struct browse *b, const struct inbox_entry *entries, size_t count, size_t from)
{
	struct sheet *s = &b->sheet;
	size_t i = from;

	sheet_set_str(s, VALUE_first_file, "1");
	for (; i < count && i < from + PER_PAGE; i++) {
		char number[16];
		if (i > from && sheet_room(s) < ROW_ROOM)
			break;
		set_entry(s, &entries[i], number);
		if (entries[i].kind == INBOX_FILE || entries[i].kind == INBOX_REPLY_FILE)
			put_file(b, &entries[i]);
		else if (put_text(b, &entries[i], i == from) != ERR_OK)
			break;
	}
	return i;
}

static void set_notice(struct browse *b)
{
	static const struct {
		const char *pair, *text;
	} notices[] = {
	    {"done=reply", "Your reply is sealed. It is sent with the next exchange."},
	    {"done=muted",
	     "It is muted: the box keeps quiet about it from the next exchange on. Its source sees nothing different."},
	    {"done=unmuted", "It is heard again, from the next exchange on."},
	};

	for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++)
		if (browse_query_has(b, notices[i].pair))
			sheet_set_str(&b->sheet, VALUE_notice, notices[i].text);
}

enum err browse_conversation_page(struct browse *b, unsigned status, const char *problem)
{
	struct sheet *s = &b->sheet;
	struct inbox_entry *entries;
	size_t count, from, to;
	enum err e = inbox_entries(&b->inbox, &b->conversation, &entries, &count);

	if (e != ERR_OK)
		return browse_failure(b, e);
	/* The latest ones, unless others were asked for; numbered from 1, so that 0 is "none". */
	from = (size_t)browse_query_number(b, "from=", UINT32_MAX);
	from = from > 0 && from <= count ? from - 1 : count > PER_PAGE ? count - PER_PAGE : 0;
	browse_begin(b, problem != NULL ? TEXT_title_not_sent : TEXT_title_conversation);
	browse_set_conversation(b, &b->conversation);
	sheet_set_str(s, VALUE_problem, problem != NULL ? problem : "");
	set_notice(b);
	if (from > 0)
		sheet_set_pair(s, VALUE_earlier, "from=", from > PER_PAGE ? from - PER_PAGE + 1 : 1);
	sheet_put(s, PAGE_conversation_begin);
	to = put_entries(b, entries, count, from);
	free(entries);
	if (to < count)
		sheet_set_pair(s, VALUE_later, "from=", to + 1);
	sheet_set(s, VALUE_typed, problem != NULL ? buf_view(&b->reply.clean_view) : bytes_of(NULL, 0));
	sheet_set_count(s, VALUE_file_limit, LIMIT_FILES, "file", "files");
	sheet_put(s, PAGE_conversation_end);
	return browse_send(b, status);
}

enum err browse_conversation(struct browse *b)
{
	enum err e;

	if (b->rest.n > 0)
		return browse_error(b, 404);
	e = browse_conversation_page(b, 200, NULL);
	/* Shown is read: all of it, for the latest ones come first. */
	if (b->conversation.is_new && b->request.method == HTTP_GET_ && b->request.query.n == 0 &&
	    inbox_mark_read(&b->inbox, &b->conversation) == ERR_OK)
		browse_list_update(b, b->conversation.id);
	return e;
}
