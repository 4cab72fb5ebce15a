/* SPDX-License-Identifier: GPL-3.0-or-later
 * A message with its files: read, sealed and passed on in one stream. */
#include <string.h>

#include "base/secret.h"
#include "visit/serve.h"
#include "visit/text.h"

enum write_field { FIELD_NONE, FIELD_TOPIC, FIELD_MESSAGE, FIELD_CSRF, FIELD_FILE, FIELD_NO_FILE };

/* ---- the form's parts, as the parser meets them */

static enum write_field field_of(const struct multipart_part *part)
{
	if (bytes_eq_str(part->name, "file") && part->is_file)
		return part->filename.n > 0 ? FIELD_FILE : FIELD_NO_FILE;
	if (part->is_file)
		return FIELD_NONE;
	if (bytes_eq_str(part->name, "topic"))
		return FIELD_TOPIC;
	if (bytes_eq_str(part->name, "message"))
		return FIELD_MESSAGE;
	return bytes_eq_str(part->name, "csrf") ? FIELD_CSRF : FIELD_NONE;
}

static enum err part_begin(void *context, const struct multipart_part *part)
{
	struct write_form *w = context;

	w->field = (uint8_t)field_of(part);
	if (w->field != FIELD_FILE)
		return ERR_OK;
	/* The token is the form's first field: nothing is stored for a form that isn't ours. */
	return w->authorised ? sealing_file_begin(&w->sealing, part->filename, part->type) : ERR_AUTH;
}

/* Fields that come twice are one long one; no browser does that. */
static enum err append(uint8_t *to, size_t *len, size_t cap, struct bytes data)
{
	if (data.n > cap - *len)
		return ERR_TOO_BIG;
	memcpy(to + *len, data.p, data.n);
	*len += data.n;
	return ERR_OK;
}

static enum err part_data(void *context, struct bytes data)
{
	struct write_form *w = context;
	enum err e;

	switch ((enum write_field)w->field) {
	case FIELD_TOPIC:
		return append(w->topic, &w->topic_len, sizeof w->topic, data);
	case FIELD_MESSAGE:
		return append(w->message, &w->message_len, sizeof w->message, data);
	case FIELD_CSRF:
		return append(w->csrf, &w->csrf_len, sizeof w->csrf, data);
	case FIELD_NO_FILE:
		/* A name was left out, but there are bytes: a file all the same. */
		if (!w->authorised)
			return ERR_AUTH;
		e = sealing_file_begin(&w->sealing, bytes_of(NULL, 0), bytes_of(NULL, 0));
		if (e != ERR_OK)
			return e;
		w->field = FIELD_FILE;
		return sealing_file_data(&w->sealing, data);
	case FIELD_FILE:
		return sealing_file_data(&w->sealing, data);
	case FIELD_NONE:
		break;
	}
	return ERR_OK;
}

static enum err part_end(void *context)
{
	struct write_form *w = context;

	if (w->field == FIELD_CSRF)
		w->authorised = session_csrf_fits(w->session, bytes_of(w->csrf, w->csrf_len));
	return w->field == FIELD_FILE ? sealing_file_end(&w->sealing) : ERR_OK;
}

/* ---- the whole form */

static void form_begin(struct visit *v, const struct session *session)
{
	struct write_form *w = &v->write;

	sealing_begin(&w->sealing, &v->store, v->recipients, v->recipient_count);
	w->session = session;
	w->field = FIELD_NONE;
	w->authorised = session == NULL;
	w->csrf_len = 0;
	w->topic_len = 0;
	w->message_len = 0;
	w->topic_view = buf_over(w->clean_topic, sizeof w->clean_topic);
	w->message_view = buf_over(w->clean_message, sizeof w->clean_message);
}

static void form_wipe(struct write_form *w)
{
	sealing_end(&w->sealing);
	secret_wipe(w->topic, w->topic_len);
	secret_wipe(w->message, w->message_len);
	secret_wipe(w->clean_topic, w->topic_view.len);
	secret_wipe(w->clean_message, w->message_view.len);
	SECRET_WIPE(w->csrf);
}

/* Reads the request's body to its end. ERR_AUTH: the form lacks the session's token. */
static enum err form_read(struct visit *v)
{
	struct write_form *w = &v->write;
	const struct multipart_handler handler = {part_begin, part_data, part_end, w};
	size_t most = 0; /* of what was read at once */
	size_t got;
	enum err e;

	TRY(multipart_begin(&w->parser, v->request.content_type, handler));
	if (v->request.content_length > v->part.upload_max)
		TRY(ERR_TOO_BIG);
	TRY(visit_store_reserve(&v->store, sealing_bound(v->request.content_length)));
	while ((e = http_read_body(&v->connection, v->read, sizeof v->read, &got)) == ERR_OK) {
		most = got > most ? got : most;
		TRY(multipart_data(&w->parser, bytes_of(v->read, got)));
	}
	if (e != ERR_END)
		goto out;
	TRY(multipart_end(&w->parser));
	if (!w->authorised)
		TRY(ERR_AUTH);
	text_clean_line(&w->topic_view, bytes_of(w->topic, w->topic_len));
	text_clean(&w->message_view, bytes_of(w->message, w->message_len));
	BUG_IF(w->topic_view.failed || w->message_view.failed);
out:
	secret_wipe(v->read, most);
	return e;
}

void visit_put_write_form(struct visit *v, bool in_conversation, struct bytes topic, struct bytes message)
{
	uint8_t storage[VISIT_LIMITS_TEXT];
	struct buf limits = buf_over(storage, sizeof storage);
	struct bytes rest = v->part.topics;
	struct bytes one;

	visit_set_limits(v, &limits);
	page_set_str(&v->page, VALUE_in_conversation, in_conversation ? "1" : "");
	page_set_str(&v->page, VALUE_link, in_conversation ? "/conversation/write" : "/write");
	page_set(&v->page, VALUE_topics, v->part.topics);
	page_set(&v->page, VALUE_message, message);
	page_put(&v->page, PAGE_write_begin);
	while (bytes_split(&rest, '\n', &one)) {
		if (one.n == 0)
			continue;
		page_set(&v->page, VALUE_topic, one);
		page_set_str(&v->page, VALUE_selected, bytes_eq(one, topic) ? "1" : "");
		page_put(&v->page, PAGE_write_topic);
	}
	page_put(&v->page, PAGE_write_text);
	page_put(&v->page, PAGE_write_end);
	/* The views above are gone when this returns. */
	page_set_str(&v->page, VALUE_upload_limit, "");
	page_set_str(&v->page, VALUE_file_limit, "");
}

enum err visit_write(struct visit *v)
{
	visit_page_begin(v, TEXT_title_write);
	visit_put_write_form(v, false, bytes_of(NULL, 0), bytes_of(NULL, 0));
	return visit_send(v, 200, NULL);
}

/* The form again, as it was typed. */
static enum err ask_again(struct visit *v, enum page_value problem)
{
	struct write_form *w = &v->write;
	bool in_conversation = w->session != NULL;
	enum err e = visit_store_draft_drop(&v->store);

	if (e != ERR_OK)
		return visit_failure(v, e);
	visit_page_begin(v, TEXT_title_not_sent);
	page_set_str(&v->page, problem, "1");
	if (in_conversation)
		page_set(&v->page, VALUE_csrf, BYTES_ARRAY(w->session->csrf));
	visit_put_write_form(v, in_conversation, buf_view(&w->topic_view), buf_view(&w->message_view));
	return visit_send(v, 422, NULL);
}

/* A new conversation for the draft, and its codename. */
static enum err create(struct visit *v, struct codename *name)
{
	struct codename_keys keys;
	struct age_recipient recipient;
	uint8_t storage[AGE_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	enum err e;

	codename_new(name);
	TRY(visit_derive(v, name, &keys));
	age_identity_recipient(&keys.identity, &recipient);
	age_recipient_text(&text, &recipient);
	BUG_IF(text.failed);
	TRY(visit_store_create(&v->store, keys.conversation, keys.proof, buf_view(&text)));
out:
	SECRET_WIPE(keys);
	return e;
}

static enum err show_codename(struct visit *v, const struct codename *name)
{
	const char *language = page_languages[v->page.language].tag;
	uint8_t storage[3][CODENAME_WORDS_MAX];
	struct buf words = buf_over(storage[0], sizeof storage[0]);
	struct buf digits = buf_over(storage[1], sizeof storage[1]);
	struct buf numerals = buf_over(storage[2], sizeof storage[2]);
	bool has_words = codename_words(&words, name, language) == ERR_OK;
	bool has_numerals = codename_digits_in(&numerals, name, language) == ERR_OK;
	enum err e;

	codename_digits(&digits, name);
	BUG_IF(words.failed || digits.failed || numerals.failed);
	visit_page_begin(v, TEXT_title_codename);
	if (has_words) {
		page_set(&v->page, VALUE_words, buf_view(&words));
		page_set_str(&v->page, VALUE_words_lang, language);
	}
	page_set(&v->page, VALUE_digits, buf_view(&digits));
	if (has_numerals)
		page_set(&v->page, VALUE_numerals, buf_view(&numerals));
	page_set(&v->page, VALUE_codename, buf_view(&digits));
	page_put(&v->page, PAGE_codename);
	e = visit_send(v, 200, NULL);
	SECRET_WIPE(storage);
	return e;
}

static enum err show_sent(struct visit *v)
{
	v->here = "/sent";
	visit_page_begin(v, TEXT_title_sent);
	page_set(&v->page, VALUE_csrf, BYTES_ARRAY(v->session.csrf));
	page_put(&v->page, PAGE_sent);
	return visit_send(v, 200, NULL);
}

static enum err submit(struct visit *v)
{
	struct write_form *w = &v->write;
	struct codename name = {.bits = {0}};
	enum err e = form_read(v);

	if (e != ERR_OK) {
		/* The keeper's channel may stand in the middle of a file: this connection ends here. */
		v->request.keep = false;
		return visit_failure(v, e);
	}
	if (w->sealing.file_count == 0 && text_is_blank(buf_view(&w->message_view)))
		return ask_again(v, VALUE_problem_empty);
	if (w->message_view.len > LIMIT_TEXT)
		return ask_again(v, VALUE_problem_long);
	e = sealing_text(&w->sealing, buf_view(&w->topic_view), buf_view(&w->message_view));
	if (e == ERR_OK)
		e = w->session != NULL ? visit_store_submit(&v->store) : create(v, &name);
	if (e != ERR_OK) {
		/* The draft would be a part of the next message. It goes with the channel. */
		v->request.keep = false;
		e = visit_failure(v, e);
	} else {
		e = w->session != NULL ? show_sent(v) : show_codename(v, &name);
	}
	SECRET_WIPE(name);
	return e;
}

enum err visit_write_post(struct visit *v)
{
	enum err e;

	form_begin(v, NULL);
	e = submit(v);
	form_wipe(&v->write);
	return e;
}

enum err visit_conversation_write(struct visit *v)
{
	enum err e = visit_need_session(v);

	if (e == ERR_AUTH)
		return visit_redirect(v, "/return", bytes_of(NULL, 0));
	if (e != ERR_OK)
		return visit_failure(v, e);
	form_begin(v, &v->session);
	e = submit(v);
	form_wipe(&v->write);
	return e;
}
