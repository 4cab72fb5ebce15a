/* SPDX-License-Identifier: GPL-3.0-or-later
 * The source's own conversation: the replies, opened here and nowhere else; the state of what was sent; deleting. */
#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "visit/download.h"
#include "visit/serve.h"

enum {
	MESSAGES_SHOWN = 100,
	ESCAPE_MAX = 6, /* one byte may become "&quot;" */
	ROOM_FOR_FILES = LIMIT_FILES * (LIMIT_FILE_NAME * ESCAPE_MAX + 1024),
	ROOM_FOR_REST = 64 * 1024, /* the list of messages */
	REPLY_SEALED_MAX = LIMIT_REPLY,
};

/* ---- one reply */

struct opened {
	uint8_t *text;
	size_t len;
};

static enum err take(void *context, struct bytes data)
{
	struct opened *o = context;
	struct bytes fits = bytes_first(data, VISIT_REPLY - o->len);

	memcpy(o->text + o->len, fits.p, fits.n);
	o->len += fits.n;
	/* Past the room for a text there may be padding, as much as the desk likes. */
	for (size_t i = fits.n; i < data.n; i++)
		if (data.p[i] != 0)
			return ERR_TOO_BIG;
	return ERR_OK;
}

enum err visit_open_item(struct visit *v, uint16_t number, enum file_kind kind, uint64_t most, struct age_sink sink)
{
	uint64_t offset = 0;
	enum err e;

	TRY(age_open_begin(&v->opener, &v->session.keys.identity, 1, sink));
	for (;;) {
		struct bytes part;
		e = visit_store_reply_read(&v->store, number, kind, offset, &part);
		if (e == ERR_END)
			break;
		if (e != ERR_OK)
			goto out;
		offset += part.n;
		if (offset > most)
			TRY(ERR_TOO_BIG);
		TRY(age_open_data(&v->opener, part));
	}
	TRY(age_open_end(&v->opener));
out:
	age_open_drop(&v->opener);
	return e;
}

/* The text of a reply, without its padding, in v->reply. ERR_AUTH, ERR_FORMAT ...: it can't be opened. */
static enum err open_reply(struct visit *v, const struct message_REPLY_ENTRY *r, struct bytes *text)
{
	struct opened o = {.text = v->reply, .len = 0};
	enum err e = visit_open_item(v, r->number, FILE_TEXT, REPLY_SEALED_MAX, (struct age_sink){take, &o});

	while (o.len > 0 && o.text[o.len - 1] == 0)
		o.len--;
	if (e == ERR_OK)
		*text = bytes_of(o.text, o.len);
	return e;
}

static struct bytes decimal(struct buf *out, uint64_t n)
{
	buf_decimal(out, n);
	return buf_view(out);
}

static void put_file(struct visit *v, uint16_t number)
{
	uint8_t number_storage[24];
	uint8_t size_storage[VISIT_LIMITS_TEXT];
	struct buf number_text = buf_over(number_storage, sizeof number_storage);
	struct buf size = buf_over(size_storage, sizeof size_storage);
	struct attachment a;

	/* What can't be opened is left out: who wrote it can be asked, for its text says that there is a file. */
	if (visit_open_meta(v, number, &a) == ERR_OK) {
		visit_size_text(v, a.len, &size);
		page_set(&v->page, VALUE_number, decimal(&number_text, number));
		page_set(&v->page, VALUE_file_name, bytes_of(a.name, a.name_len));
		page_set(&v->page, VALUE_file_size, buf_view(&size));
		page_put(&v->page, PAGE_reply_file);
		page_set(&v->page, VALUE_file_name, bytes_of(NULL, 0));
		page_set(&v->page, VALUE_file_size, bytes_of(NULL, 0));
	}
	SECRET_WIPE(a);
}

/* The attachments of the reply with that number. */
static void put_files(struct visit *v, uint16_t after)
{
	struct message_REPLY_ENTRY r;

	for (size_t i = 0; i < LIMIT_FILES; i++) {
		if (visit_store_reply_next(&v->store, after, &r) != ERR_OK || r.kind != FILE_DATA)
			return;
		put_file(v, r.number);
		after = r.number;
	}
}

/* False when the page is full. */
static bool put_reply(struct visit *v, const struct message_REPLY_ENTRY *r)
{
	uint8_t storage[24];
	struct buf number = buf_over(storage, sizeof storage);
	uint8_t day[10];
	struct bytes text = {NULL, 0};
	enum err e = open_reply(v, r, &text);
	bool fits = page_room(&v->page) > text.n * ESCAPE_MAX + ROOM_FOR_FILES + ROOM_FOR_REST;

	if (fits) {
		clock_day_text(r->day, day);
		page_set(&v->page, VALUE_number, decimal(&number, r->number));
		page_set(&v->page, VALUE_day, BYTES_ARRAY(day));
		page_set(&v->page, VALUE_text, text);
		page_put(&v->page, e == ERR_OK ? PAGE_reply_begin : PAGE_reply_unreadable);
		if (e == ERR_OK) {
			put_files(v, r->number);
			page_set(&v->page, VALUE_number, buf_view(&number));
			page_put(&v->page, PAGE_reply_end);
		}
		page_set(&v->page, VALUE_number, bytes_of(NULL, 0));
		page_set(&v->page, VALUE_day, bytes_of(NULL, 0));
		page_set(&v->page, VALUE_text, bytes_of(NULL, 0));
	}
	SECRET_WIPE(v->reply);
	return fits && !v->store.gone;
}

/* The newest first. */
static enum err put_replies(struct visit *v)
{
	uint8_t storage[24];
	struct buf more = buf_over(storage, sizeof storage);
	size_t count = 0;
	uint16_t after = 0;
	enum err e;

	while (count < LIMIT_MESSAGES && (e = visit_store_reply_next(&v->store, after, &v->replies[count])) == ERR_OK) {
		after = v->replies[count].number;
		/* Its attachments are asked for with its text. */
		count += v->replies[count].kind == FILE_TEXT ? 1 : 0;
	}
	if (e != ERR_OK && e != ERR_END)
		return e;
	page_set_str(&v->page, VALUE_no_replies, count == 0 ? "1" : "");
	page_put(&v->page, PAGE_conversation_begin);
	while (count > 0 && put_reply(v, &v->replies[count - 1]))
		count--;
	if (v->store.gone)
		return ERR_PEER;
	if (count > 0)
		page_set(&v->page, VALUE_more_replies, decimal(&more, count));
	page_put(&v->page, PAGE_replies_end);
	page_set(&v->page, VALUE_more_replies, bytes_of(NULL, 0));
	return ERR_OK;
}

/* ---- what was sent */

static void put_message(struct visit *v, const struct message_MESSAGE_ENTRY *m)
{
	uint8_t day[10];

	clock_day_text(m->day, day);
	page_set(&v->page, VALUE_day, BYTES_ARRAY(day));
	page_set_str(&v->page, VALUE_stored, m->receipt == RECEIPT_STORED ? "1" : "");
	page_set_str(&v->page, VALUE_collected, m->receipt == RECEIPT_COLLECTED ? "1" : "");
	page_set_str(&v->page, VALUE_answered, m->receipt == RECEIPT_ANSWERED ? "1" : "");
	page_put(&v->page, PAGE_message);
	page_set(&v->page, VALUE_day, bytes_of(NULL, 0));
}

/* The last ones, oldest first, from a ring. */
static enum err put_messages(struct visit *v)
{
	struct message_MESSAGE_ENTRY last[MESSAGES_SHOWN];
	uint8_t storage[24];
	struct buf more = buf_over(storage, sizeof storage);
	size_t count = 0;
	uint16_t after = 0;
	enum err e;

	while ((e = visit_store_message_next(&v->store, after, &last[count % MESSAGES_SHOWN])) == ERR_OK)
		after = last[count++ % MESSAGES_SHOWN].number;
	if (e != ERR_END)
		return e;
	page_set_str(&v->page, VALUE_no_messages, count == 0 ? "1" : "");
	page_put(&v->page, PAGE_messages_begin);
	for (size_t i = count > MESSAGES_SHOWN ? count - MESSAGES_SHOWN : 0; i < count; i++)
		put_message(v, &last[i % MESSAGES_SHOWN]);
	if (count > MESSAGES_SHOWN)
		page_set(&v->page, VALUE_more_messages, decimal(&more, count - MESSAGES_SHOWN));
	page_put(&v->page, PAGE_conversation_end);
	page_set(&v->page, VALUE_more_messages, bytes_of(NULL, 0));
	return ERR_OK;
}

/* ---- the page */

static enum err need_session_or_answer(struct visit *v, bool *answered)
{
	enum err e = visit_need_session(v);

	*answered = e != ERR_OK;
	if (e == ERR_AUTH)
		return visit_return_again(v);
	if (e == ERR_NOT_FOUND)
		return visit_unknown(v);
	return e == ERR_OK ? ERR_OK : visit_failure(v, e);
}

static void put_words(struct visit *v)
{
	const struct session *s = &v->session;
	const char *language = page_languages[v->page.language].tag;

	page_set_str(&v->page, VALUE_word_now, codename_word(s->word - 1u, language));
	if (s->word_before != 0)
		page_set_str(&v->page, VALUE_word_before, codename_word(s->word_before - 1u, language));
}

/* A desk brought it back after a restart, as it was on a day. */
static enum err set_restored(struct visit *v, uint8_t day[static 10])
{
	struct message_CONVERSATION_IS here;
	enum err e = visit_store_conversation(&v->store, &here);

	if (e == ERR_OK && here.restored != 0) {
		clock_day_text(here.restored_day, day);
		page_set(&v->page, VALUE_restored, bytes_of(day, 10));
	}
	return e;
}

enum err visit_conversation(struct visit *v)
{
	uint8_t day[10];
	bool answered;
	enum err e = need_session_or_answer(v, &answered);

	if (answered)
		return e;
	visit_page_begin(v, TEXT_title_conversation);
	page_set(&v->page, VALUE_csrf, BYTES_ARRAY(v->session.csrf));
	put_words(v);
	e = set_restored(v, day);
	if (e == ERR_OK)
		e = put_replies(v);
	if (e == ERR_OK)
		e = put_messages(v);
	/* The conversation may have been deleted meanwhile, from another window or by the desk. */
	if (e == ERR_AUTH || e == ERR_NOT_FOUND)
		return visit_unknown(v);
	if (e != ERR_OK)
		return visit_failure(v, e);
	return visit_send(v, 200, NULL);
}

enum err visit_conversation_write_form(struct visit *v)
{
	enum err e = visit_need_session(v);

	if (e == ERR_AUTH)
		return visit_return_again(v);
	/* Without a conversation there will be one when the form is sent. */
	return e == ERR_OK || e == ERR_NOT_FOUND ? visit_write_empty(v, true) : visit_failure(v, e);
}

/* A small form of the conversation: read, its session there, its token right. */
static enum err ours_or_answer(struct visit *v, bool *answered)
{
	enum err e = visit_read_form(v);

	*answered = true;
	if (e != ERR_OK)
		return visit_failure(v, e);
	e = need_session_or_answer(v, answered);
	if (*answered)
		return e;
	*answered = !visit_form_is_ours(v);
	return *answered ? visit_error(v, 403) : ERR_OK;
}

/* One that names a reply or an attachment. */
static enum err part_or_answer(struct visit *v, uint16_t *number, bool *answered)
{
	uint64_t n = 0;
	enum err e = ours_or_answer(v, answered);

	if (*answered)
		return e;
	*answered = bytes_decimal(form_value(&v->form, "number"), LIMIT_MESSAGES, &n) != ERR_OK;
	*number = (uint16_t)n;
	return *answered ? visit_error(v, 400) : ERR_OK;
}

enum err visit_conversation_file(struct visit *v)
{
	struct attachment a;
	uint16_t number;
	bool answered;
	enum err e = part_or_answer(v, &number, &answered);

	if (answered)
		return e;
	/* It knows no chunks, and in one piece the file's length could be counted. */
	if (v->request.old)
		return visit_error(v, 505);
	e = visit_open_meta(v, number, &a);
	/* Deleted meanwhile, in another window or by the desk: the conversation shows what there is. */
	if (e == ERR_NOT_FOUND || e == ERR_END)
		return visit_redirect(v, "/conversation", bytes_of(NULL, 0));
	/* What the desk sealed can't be opened: no fault of its source. */
	e = e == ERR_OK ? visit_download(v, number, &a) : visit_failure(v, ERR_LIBRARY);
	SECRET_WIPE(a);
	return e;
}

enum err visit_conversation_delete_reply(struct visit *v)
{
	uint16_t number;
	bool answered;
	enum err e = part_or_answer(v, &number, &answered);

	if (answered)
		return e;
	e = visit_store_reply_delete(&v->store, number);
	/* Gone already is what was asked for: a second press of the button. */
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return visit_failure(v, e);
	return visit_redirect(v, "/conversation", bytes_of(NULL, 0));
}

enum err visit_conversation_delete(struct visit *v)
{
	const struct page_extra extra = {.cookie = session_cookie_gone(), .clear_site_data = true};
	bool answered;
	enum err e = ours_or_answer(v, &answered);

	if (answered)
		return e;
	e = visit_store_conversation_delete(&v->store);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		e = session_drop(&v->session, &v->store);
	if (e != ERR_OK)
		return visit_failure(v, e);
	v->here = "/deleted";
	visit_page_begin(v, TEXT_title_deleted);
	page_put(&v->page, PAGE_deleted);
	return visit_send(v, 200, &extra);
}
