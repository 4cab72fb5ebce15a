/* SPDX-License-Identifier: GPL-3.0-or-later
 * Writing: the form, what became of one that was sent, and the codename. */
#include <string.h>

#include "base/secret.h"
#include "visit/guard.h"
#include "visit/look.h"
#include "visit/serve.h"
#include "http/text.h"

/* Of a form that is too long its begin is read, with what was typed, so that it can be shown again. */
enum { TYPED_MAX = 256 * 1024 };

/* ---- the page */

static void put_topics(struct visit *v, struct bytes chosen)
{
	for (size_t i = 0; i < v->desks.topic_count; i++) {
		struct bytes one = v->desks.topics[i].name;
		page_set(&v->page, VALUE_topic, one);
		page_set(&v->page, VALUE_topic_name, look_topic(v->part.look, i, one, v->page.language));
		page_set_str(&v->page, VALUE_selected, bytes_eq(one, chosen) ? "1" : "");
		page_put(&v->page, PAGE_write_topic);
	}
}

static void put_files(struct visit *v, const struct upload *u)
{
	for (unsigned i = 0; i < u->count; i++) {
		uint8_t storage[VISIT_LIMITS_TEXT];
		struct buf size = buf_over(storage, sizeof storage);
		visit_size_text(v, u->files[i].len, &size);
		page_set(&v->page, VALUE_file_name, bytes_of(u->files[i].name, u->files[i].name_len));
		page_set(&v->page, VALUE_file_size, buf_view(&size));
		page_put(&v->page, PAGE_write_file);
	}
	/* Views of what is gone. */
	page_set(&v->page, VALUE_file_name, bytes_of(NULL, 0));
	page_set(&v->page, VALUE_file_size, bytes_of(NULL, 0));
}

/* The form, as w has it. */
static void put_form(struct visit *v)
{
	struct write_form *w = &v->write;
	bool ours = w->token_len == UPLOAD_TEXT_LEN;
	uint8_t storage[VISIT_LIMITS_TEXT];
	struct buf limits = buf_over(storage, sizeof storage);

	visit_set_limits(v, &limits);
	page_set_str(&v->page, VALUE_in_conversation, w->in_conversation ? "1" : "");
	page_set_str(&v->page, VALUE_link, w->in_conversation ? "/conversation/write" : "/write");
	if (w->session != NULL)
		page_set(&v->page, VALUE_csrf, BYTES_ARRAY(w->session->csrf));
	page_set(&v->page, VALUE_draft, ours ? BYTES_ARRAY(w->token) : BYTES_ARRAY(w->upload.text));
	page_set_str(&v->page, VALUE_topics, v->desks.topic_count > 0 ? "1" : "");
	page_set(&v->page, VALUE_message, buf_view(&w->message_view));
	page_set_str(&v->page, VALUE_files, w->upload.count > 0 ? "1" : "");
	page_put(&v->page, PAGE_write_begin);
	put_topics(v, buf_view(&w->topic_view));
	page_put(&v->page, PAGE_write_text);
	put_files(v, &w->upload);
	page_put(&v->page, PAGE_write_end);
	page_set(&v->page, VALUE_upload_limit, bytes_of(NULL, 0));
	page_set(&v->page, VALUE_file_limit, bytes_of(NULL, 0));
}

static void form_begin(struct visit *v, bool in_conversation)
{
	struct write_form *w = &v->write;

	write_form_begin(w, &v->store, &v->desks);
	w->in_conversation = in_conversation;
	w->session = v->session_open ? &v->session : NULL;
	w->authorised = !in_conversation;
}

enum err visit_write_empty(struct visit *v, bool in_conversation)
{
	struct message_DESKS_IS there;
	enum err e = visit_store_desks(&v->store, &there);

	/* Better now than after all was typed. */
	if (e == ERR_OK && there.closed != 0)
		e = ERR_CLOSED;
	if (e != ERR_OK)
		return visit_failure(v, e);
	if (!desks_has(&v->desks, there.live))
		return visit_page(v, 503, TEXT_title_error_nobody, PAGE_error_nobody);
	form_begin(v, in_conversation);
	visit_page_begin(v, in_conversation ? TEXT_title_write_again : TEXT_title_write);
	put_form(v);
	e = visit_send(v, 200, NULL);
	write_form_wipe(&v->write);
	return e;
}

enum err visit_write(struct visit *v)
{
	return visit_write_empty(v, false);
}

/* The form again, as it was typed, with what has arrived. problem VALUE_COUNT: none, as was asked for. */
static enum err show_again(struct visit *v, unsigned status, enum page_value problem, bool whole)
{
	struct write_form *w = &v->write;

	/* What arrived is the next connection's, or is gone: without a token nobody can go on with it. */
	if (w->upload.open || !whole)
		visit_store_leave(&v->store);
	else if (w->upload.count > 0 && upload_drop(&w->upload, &v->store) == ERR_OK)
		w->lost = true;
	if (w->lost && (problem == VALUE_COUNT || problem == VALUE_problem_lost))
		problem = w->other_desks ? VALUE_problem_topic : VALUE_problem_lost;
	visit_page_begin(v, problem != VALUE_COUNT ? TEXT_title_not_sent
			    : w->in_conversation   ? TEXT_title_write_again
						   : TEXT_title_write);
	if (problem != VALUE_COUNT)
		page_set_str(&v->page, problem, "1");
	put_form(v);
	return visit_send(v, status, NULL);
}

/* What is shown to a browser that says that the form is from our page may hold what was typed; another page could have
 * typed it otherwise. */
static enum err not_ours(struct visit *v)
{
	struct write_form *w = &v->write;

	if (bytes_eq_str(v->request.sec_fetch_site, "same-origin") ||
	    session_csrf_was(v->request.cookie, bytes_of(w->csrf, w->csrf_len)))
		return show_again(v, 403, w->session != NULL ? VALUE_problem_again : VALUE_problem_session, false);
	v->request.keep = false;
	return w->session != NULL ? visit_error(v, 403) : visit_return_again(v);
}

/* Nothing was sent, and why. */
static enum err failure(struct visit *v, enum err e)
{
	if (v->store.gone)
		return show_again(v, 503, VALUE_problem_busy, false);
	switch ((int)e) {
	case ERR_AUTH:
		return not_ours(v);
	case ERR_TIMEOUT:
		return show_again(v, 408, VALUE_problem_cut, false);
	case ERR_TOO_BIG:
		return show_again(v, 413, v->write.too_long ? VALUE_problem_long : VALUE_problem_limit, false);
	case ERR_FULL:
		return show_again(v, 507, VALUE_problem_full, false);
	case ERR_CLOSED:
		return show_again(v, 503, v->write.nobody ? VALUE_problem_nobody : VALUE_problem_closed, false);
	case ERR_BUSY:
	case ERR_NO_MEMORY:
		return show_again(v, 503, VALUE_problem_busy, false);
	default:
		/* The keeper's channel may stand in the middle of a file: this connection ends here. */
		v->request.keep = false;
		return visit_failure(v, e);
	}
}

/* ---- reading */

static void set_room_aside(struct visit *v)
{
	struct write_form *w = &v->write;

	w->files_off = ERR_TOO_BIG;
	if (v->request.content_length > v->part.upload_max)
		return;
	w->room = sealing_bound(v->request.content_length, v->desks.recipients, v->desks.recipient_count);
	w->files_off = visit_store_reserve(&v->store, w->room);
}

/* The request's body to its end. ERR_AUTH: the form lacks the session's token. */
static enum err read_form(struct visit *v)
{
	struct write_form *w = &v->write;
	size_t most = 0; /* of what was read at once */
	size_t got;
	enum err e;

	TRY(multipart_begin(&w->parser, v->request.content_type, write_form_handler(w)));
	set_room_aside(v);
	while ((e = http_read_body(&v->connection, v->read, sizeof v->read, &got)) == ERR_OK) {
		most = got > most ? got : most;
		w->left = v->connection.body_left + got;
		TRY(multipart_data(&w->parser, bytes_of(v->read, got)));
		if (w->files_off != ERR_OK && v->connection.body_read > TYPED_MAX)
			TRY(w->files_off);
	}
	if (e != ERR_END)
		goto out;
	TRY(multipart_end(&w->parser));
	if (!w->authorised)
		TRY(ERR_AUTH);
out:
	write_form_end(w);
	secret_wipe(v->read, most);
	return e;
}

/* ---- sending */

/* A new conversation for the draft. */
static enum err create_under(struct visit *v, const struct codename_keys *keys)
{
	struct age_recipient recipient;
	uint8_t storage[AGE_TEXT_MAX];
	struct buf text = buf_over(storage, sizeof storage);

	age_identity_recipient(&keys->identity, &recipient);
	age_recipient_text(&text, &recipient);
	BUG_IF(text.failed);
	return visit_store_create(&v->store, keys->conversation, keys->proof, v->write.sealing.desks, buf_view(&text));
}

/* The same with a codename of its own. */
static enum err create(struct visit *v, struct codename *name)
{
	struct codename_keys keys;
	enum err e;

	codename_new(name);
	TRY(visit_derive(v, name, &keys));
	TRY(create_under(v, &keys));
out:
	SECRET_WIPE(keys);
	return e;
}

/* Under the codename of the session. The box may have forgotten its conversation, by a restart: then it begins anew. */
static enum err add(struct visit *v)
{
	struct session *s = &v->session;
	uint16_t before;
	enum err e = ERR_EXISTS;

	if (!s->found)
		e = create_under(v, &s->keys);
	if (e == ERR_OK) {
		s->found = true;
		/* The message is there. If its word isn't, the next visit shows none. */
		(void)!visit_store_visit_word(&v->store, s->word, &before);
		return ERR_OK;
	}
	if (e != ERR_EXISTS)
		return e;
	/* Meanwhile a desk has restored it, or another window has sent something. */
	if (!s->found)
		TRY(visit_store_auth(&v->store, s->keys.conversation, s->keys.proof));
	TRY(visit_store_submit(&v->store, v->write.sealing.desks));
out:
	return e;
}

static enum err show_codename(struct visit *v, const struct codename *name)
{
	const char *language = page_languages[v->page.language].tag;
	uint8_t storage[3][CODENAME_WORDS_MAX];
	struct buf words = buf_over(storage[0], sizeof storage[0]);
	struct buf digits = buf_over(storage[1], sizeof storage[1]);
	struct buf numerals = buf_over(storage[2], sizeof storage[2]);
	struct page_extra extra = {.location = NULL};
	struct guard guard;
	struct bytes rest = {NULL, 0};
	struct bytes word;
	bool has_words = codename_words(&words, name, language) == ERR_OK;
	bool has_numerals = codename_digits_in(&numerals, name, language) == ERR_OK;
	enum err e;

	codename_digits(&digits, name);
	BUG_IF(words.failed || digits.failed || numerals.failed);
	visit_page_begin(v, TEXT_title_codename);
	if (has_words) {
		rest = buf_view(&words);
		page_set_str(&v->page, VALUE_words, "1");
		page_set_str(&v->page, VALUE_words_lang, language);
	}
	page_set(&v->page, VALUE_digits, buf_view(&digits));
	if (has_numerals)
		page_set(&v->page, VALUE_numerals, buf_view(&numerals));
	page_set(&v->page, VALUE_codename, buf_view(&digits));
	guard_begin(&guard, &v->request);
	extra.cookie = guard.set_cookie;
	if (guard.set_cookie.n > 0)
		page_set(&v->page, VALUE_csrf, BYTES_ARRAY(guard.csrf));
	page_put(&v->page, PAGE_codename_begin);
	while (bytes_split(&rest, ' ', &word)) {
		page_set(&v->page, VALUE_word, word);
		page_put(&v->page, PAGE_codename_word);
	}
	page_put(&v->page, PAGE_codename_end);
	e = visit_send(v, 200, &extra);
	guard_wipe(&guard);
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

static enum err send_message(struct visit *v)
{
	struct write_form *w = &v->write;
	struct codename name = {.bits = {0}};
	enum err e;

	e = sealing_text(&w->sealing, buf_view(&w->topic_view), buf_view(&w->message_view));
	if (e == ERR_OK)
		e = w->in_conversation ? add(v) : create(v, &name);
	if (e != ERR_OK)
		e = failure(v, e);
	else
		e = w->in_conversation ? show_sent(v) : show_codename(v, &name);
	SECRET_WIPE(name);
	return e;
}

static enum err submit(struct visit *v)
{
	struct write_form *w = &v->write;
	enum err e = read_form(v);
	bool other_language = visit_choose_language(v, bytes_of(w->lang.text, w->lang.len));

	if (e == ERR_OK)
		e = w->files_off;
	if (e == ERR_OK)
		e = write_form_choose_desks(w);
	if (e != ERR_OK)
		return failure(v, e);
	if (other_language || write_form_word_is(&w->go, "add"))
		return show_again(v, 200, VALUE_COUNT, true);
	if (write_form_word_is(&w->go, "drop")) {
		e = upload_drop(&w->upload, &v->store);
		return e == ERR_OK ? show_again(v, 200, VALUE_COUNT, true) : failure(v, e);
	}
	/* The page showed files that are not here: they must not be missed in silence. */
	if (w->lost || (w->arrived.len > 0 && w->upload.count == 0))
		return show_again(v, 422, VALUE_problem_lost, true);
	if (w->sealing.file_count == 0 && text_is_blank(buf_view(&w->message_view)))
		return show_again(v, 422, VALUE_problem_empty, true);
	if (w->message_view.len > LIMIT_TEXT)
		return show_again(v, 422, VALUE_problem_long, true);
	return send_message(v);
}

enum err visit_write_post(struct visit *v)
{
	enum err e;

	form_begin(v, false);
	e = submit(v);
	write_form_wipe(&v->write);
	return e;
}

enum err visit_conversation_write(struct visit *v)
{
	enum err e = visit_need_session(v);

	if (e != ERR_OK && e != ERR_AUTH && e != ERR_NOT_FOUND)
		return visit_failure(v, e);
	form_begin(v, true);
	e = submit(v);
	write_form_wipe(&v->write);
	return e;
}

/* The page with the codename in another language: it has no address of its own, and the codename is nowhere but in it.
 * A page of somebody else's must not show one that he knows: the browser has to say that ours sent this. */
enum err visit_codename(struct visit *v)
{
	struct codename name = {.bits = {0}};
	enum err e = visit_read_form(v);

	if (e != ERR_OK)
		return visit_failure(v, e);
	if (!guard_fits(&v->request, form_value(&v->form, "csrf")))
		return visit_error(v, 403);
	if (codename_parse(form_value(&v->form, "codename"), page_languages[v->page.language].tag, &name, NULL) !=
	    ERR_OK)
		return visit_error(v, 400);
	(void)visit_choose_language(v, form_value(&v->form, "lang"));
	e = show_codename(v, &name);
	SECRET_WIPE(name);
	return e;
}
