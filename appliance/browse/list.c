/* SPDX-License-Identifier: GPL-3.0-or-later
 * The list of conversations. */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "browse/browse.h"
#include "http/text.h"
#include "limits.h"

enum { PER_PAGE = 50, SHORT_ID = 12, PREVIEW = 240 };

/* ---- kept, because looking at a hundred thousand of them takes seconds */

static void count_new(struct browse_list *l)
{
	l->new_count = 0;
	for (size_t i = 0; i < l->count; i++)
		l->new_count += l->entries[i].is_new;
}

enum err browse_list_refresh(struct browse *b)
{
	struct browse_list *l = &b->list;
	struct inbox_conversation *entries;
	uint64_t stamp;
	size_t count;
	enum err e;

	/* Other programs work on the folder, too. */
	e = inbox_stamp(&b->inbox, &stamp);
	if (e != ERR_OK || (l->entries != NULL && !l->stale && stamp == l->stamp))
		return e;
	e = inbox_list(&b->inbox, &entries, &count);
	if (e != ERR_OK)
		return e;
	free(l->entries);
	*l = (struct browse_list){.entries = entries, .count = count, .stamp = stamp};
	count_new(l);
	return ERR_OK;
}

void browse_list_update(struct browse *b, const char *id)
{
	struct browse_list *l = &b->list;

	for (size_t i = 0; i < l->count; i++) {
		struct inbox_conversation *c = &l->entries[i];
		if (strcmp(c->id, id) != 0)
			continue;
		l->new_count -= c->is_new;
		if (inbox_get(&b->inbox, c->box, id, c) == ERR_OK)
			l->new_count += c->is_new;
		else
			l->stale = true;
		return;
	}
	l->stale = true;
}

/* ---- shown */

/* One line of text's beginning. */
static void set_preview(struct sheet *s, struct bytes text)
{
	uint8_t storage[3 * PREVIEW];
	struct buf line = buf_over(storage, sizeof storage);

	text_clean_line(&line, text_first(bytes_trim(text), PREVIEW));
	sheet_set_strange(s, VALUE_text, buf_view(&line), false);
	SECRET_WIPE(storage);
}

/* Its topic and how it begins. Where it can't be opened they are empty: the conversation's own page says why. */
static void set_first_message(struct browse *b, const struct inbox_conversation *c)
{
	struct sheet *s = &b->sheet;
	struct inbox_entry *entries;
	struct inbox_text text;
	size_t count, i = 0;

	sheet_set(s, VALUE_topic, bytes_of(NULL, 0));
	sheet_set(s, VALUE_text, bytes_of(NULL, 0));
	if (inbox_entries(&b->inbox, c, &entries, &count) != ERR_OK)
		return;
	while (i < count && entries[i].kind != INBOX_MESSAGE)
		i++;
	if (i < count && inbox_text(&b->inbox, c, &entries[i], b->plain, &text) == ERR_OK) {
		sheet_set_strange(s, VALUE_topic, text.topic, false);
		set_preview(s, text.text);
		secret_wipe(b->plain, text.text.n + (size_t)(text.text.p - b->plain));
	}
	free(entries);
}

static const char *state_text(struct browse *b, const struct inbox_conversation *c)
{
	enum receipt receipt;

	if (c->gone)
		return "deleted at the box";
	if (inbox_receipt(&b->inbox, c, &receipt) != ERR_OK)
		return "";
	return receipt == RECEIPT_ANSWERED ? "answered" : "not answered";
}

void browse_set_conversation(struct browse *b, const struct inbox_conversation *c)
{
	struct sheet *s = &b->sheet;

	set_first_message(b, c);
	sheet_set(s, VALUE_short_id, bytes_first(bytes_str(c->id), SHORT_ID));
	sheet_set_day(s, VALUE_day, c->day);
	sheet_set_count(s, VALUE_messages, c->messages, "message", "messages");
	sheet_set_count(s, VALUE_files, c->files, "file", "files");
	sheet_set_count(s, VALUE_replies, c->replies, "reply", "replies");
	sheet_set_count(s, VALUE_waiting, c->waiting, "of them waits", "of them wait");
	sheet_set_str(s, VALUE_muted, c->muted ? "1" : "");
	sheet_set_str(s, VALUE_state, state_text(b, c));
	if (b->inbox.home.box_count > 1)
		sheet_set_str(s, VALUE_box, c->box);
}

static void put_row(struct browse *b, const struct inbox_conversation *c)
{
	char link[BROWSE_PATH] = {0};
	struct buf to = buf_over(link, sizeof link - 1);

	buf_str(&to, "/c/");
	buf_str(&to, c->id);
	browse_set_conversation(b, c);
	sheet_set_str(&b->sheet, VALUE_link, link);
	sheet_set_str(&b->sheet, VALUE_is_new, c->is_new ? "1" : "");
	sheet_put(&b->sheet, PAGE_list_row);
}

static void put_rows(struct browse *b, bool only_new, size_t skip)
{
	const struct browse_list *l = &b->list;
	size_t shown = 0;

	for (size_t i = l->count; i > 0 && shown < PER_PAGE; i--) {
		const struct inbox_conversation *c = &l->entries[i - 1];
		if (only_new && !c->is_new)
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		put_row(b, c);
		shown++;
	}
}

static void set_pages(struct sheet *s, bool only_new, size_t page, size_t pages)
{
	if (pages < 2)
		return;
	sheet_set_number(s, VALUE_page, page);
	sheet_set_number(s, VALUE_pages, pages);
	if (page > 1)
		sheet_set_pair(s, VALUE_newer, only_new ? "show=new&page=" : "page=", page - 1);
	if (page < pages)
		sheet_set_pair(s, VALUE_older, only_new ? "show=new&page=" : "page=", page + 1);
}

enum err browse_list(struct browse *b)
{
	struct sheet *s = &b->sheet;
	bool only_new = browse_query_has(b, "show=new");
	enum err e = browse_list_refresh(b);
	size_t of, pages, page;

	if (e != ERR_OK)
		return browse_failure(b, e);
	of = only_new ? b->list.new_count : b->list.count;
	pages = of == 0 ? 1 : (of + PER_PAGE - 1) / PER_PAGE;
	page = (size_t)browse_query_number(b, "page=", LIMIT_DESK_CONVERSATIONS);
	page = page < 1 ? 1 : page > pages ? pages : page;
	browse_begin(b, TEXT_title_list);
	sheet_set_str(s, VALUE_only_new, only_new ? "1" : "");
	sheet_set_str(s, VALUE_none, b->list.count == 0 ? "1" : "");
	if (browse_query_has(b, "done=forgotten"))
		sheet_set_str(s, VALUE_notice, "It is forgotten here; the box is told at the next exchange.");
	sheet_set_number(s, VALUE_total, b->list.count);
	sheet_set_number(s, VALUE_new_count, b->list.new_count);
	set_pages(s, only_new, page, pages);
	sheet_put(s, PAGE_list_begin);
	put_rows(b, only_new, (page - 1) * PER_PAGE);
	if (pages < 2)
		sheet_set_str(s, VALUE_only_new, "");
	sheet_put(s, PAGE_list_end);
	return browse_send(b, 200);
}
