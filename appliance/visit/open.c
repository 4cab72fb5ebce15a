/* SPDX-License-Identifier: GPL-3.0-or-later
 * The pages before the codename, the way in, and the way out. */
#include "base/secret.h"
#include "visit/guard.h"
#include "visit/serve.h"

enum err visit_landing(struct visit *v)
{
	return visit_page(v, 200, TEXT_title_landing, PAGE_landing);
}

enum err visit_safety(struct visit *v)
{
	return visit_page(v, 200, TEXT_title_safety, PAGE_safety);
}

enum err visit_kept(struct visit *v)
{
	return visit_page(v, 200, TEXT_title_kept, PAGE_kept);
}

enum err visit_sent(struct visit *v)
{
	return visit_page(v, 200, TEXT_title_sent, PAGE_sent);
}

enum err visit_left(struct visit *v)
{
	return visit_page(v, 200, TEXT_title_left, PAGE_left);
}

enum err visit_deleted(struct visit *v)
{
	return visit_page(v, 200, TEXT_title_deleted, PAGE_deleted);
}

static void begin_return(struct visit *v)
{
	visit_page_begin(v, TEXT_title_return);
}

/* The page that was begun. gone: the cookie of a session that is over leaves, too. */
static enum err send_return(struct visit *v, unsigned status, bool gone)
{
	struct page_extra extra = {.location = NULL};
	struct guard guard;
	enum err e;

	guard_begin(&guard, &v->request);
	extra.cookie = gone ? session_cookie_gone() : guard.set_cookie;
	if (guard.set_cookie.n > 0 && !gone)
		page_set(&v->page, VALUE_csrf, BYTES_ARRAY(guard.csrf));
	page_put(&v->page, PAGE_return);
	e = visit_send(v, status, &extra);
	guard_wipe(&guard);
	return e;
}

enum err visit_return(struct visit *v)
{
	begin_return(v);
	return send_return(v, 200, false);
}

enum err visit_return_again(struct visit *v)
{
	uint8_t token[SESSION_TOKEN_LEN];
	bool had = session_token(v->request.cookie, "s=", token) == ERR_OK;

	SECRET_WIPE(token);
	v->here = "/return";
	begin_return(v);
	page_set_str(&v->page, VALUE_problem_session, "1");
	return send_return(v, 403, had && v->request.sec_fetch_site.n > 0);
}

enum err visit_unknown(struct visit *v)
{
	v->here = "/conversation";
	return visit_page(v, 403, TEXT_title_unknown, PAGE_unknown);
}

/* The page again, with what was typed, and what seems wrong with it. */
static enum err refuse(struct visit *v, struct bytes typed, const struct codename_problem *problem)
{
	static const enum page_value nearest[CODENAME_NEAREST] = {VALUE_nearest1, VALUE_nearest2, VALUE_nearest3};
	uint8_t storage[24];
	struct buf count = buf_over(storage, sizeof storage);
	enum page_value shown = VALUE_problem_count;

	begin_return(v);
	page_set(&v->page, VALUE_codename, typed);
	switch (problem->fault) {
	case CODENAME_EMPTY:
	case CODENAME_TOO_LONG:
	case CODENAME_WORD_COUNT:
	case CODENAME_DIGIT_COUNT:
		break;
	case CODENAME_UNKNOWN_WORD:
		shown = VALUE_problem_unknown;
		break;
	case CODENAME_MIXED:
		shown = VALUE_problem_mixed;
		break;
	case CODENAME_CHECK:
		shown = VALUE_problem_check;
		break;
	}
	page_set_str(&v->page, shown, "1");
	if (shown == VALUE_problem_count) {
		buf_decimal(&count, problem->count);
		page_set(&v->page, VALUE_problem_count, buf_view(&count));
	}
	if (shown == VALUE_problem_unknown) {
		page_set(&v->page, VALUE_word, problem->word);
		for (size_t i = 0; i < CODENAME_NEAREST && problem->nearest[i] != NULL; i++)
			page_set_str(&v->page, nearest[i], problem->nearest[i]);
	}
	return send_return(v, 403, false);
}

/* The page again, as it was; problem VALUE_COUNT: none. */
static enum err show_typed(struct visit *v, unsigned status, struct bytes typed, enum page_value problem)
{
	begin_return(v);
	page_set(&v->page, VALUE_codename, typed);
	if (problem != VALUE_COUNT)
		page_set_str(&v->page, problem, "1");
	return send_return(v, status, false);
}

enum err visit_derive(struct visit *v, const struct codename *name, struct codename_keys *keys)
{
	enum age_kind kind = age_kind_is_hybrid(v->desks.recipients[0].kind) ? AGE_HYBRID : AGE_X25519;
	enum err e = visit_store_turn(&v->store);

	return e == ERR_OK ? codename_derive(name, v->part.salt, kind, keys) : e;
}

static enum err enter(struct visit *v, const struct codename *name, struct codename_keys *keys)
{
	enum err e;

	TRY(visit_derive(v, name, keys));
	TRY(session_begin(&v->session, &v->store, keys));
	v->session_open = true;
out:
	return e;
}

enum err visit_return_post(struct visit *v)
{
	uint8_t storage[SESSION_COOKIE_MAX];
	struct buf cookie = buf_over(storage, sizeof storage);
	struct codename_problem problem = {.count = 0};
	struct codename_keys keys = {.proof = {0}};
	struct codename name = {.bits = {0}};
	struct bytes typed;
	enum err e = visit_read_form(v);

	if (e != ERR_OK)
		return visit_failure(v, e);
	typed = form_value(&v->form, "codename");
	if (visit_choose_language(v, form_value(&v->form, "lang")))
		return show_typed(v, 200, typed, VALUE_COUNT);
	/* The browser keeps no cookies, or another page sent this: then nothing of it is shown. */
	if (!guard_fits(&v->request, form_value(&v->form, "csrf")))
		return visit_return_again(v);
	if (codename_parse(typed, page_languages[v->page.language].tag, &name, &problem) != ERR_OK)
		return refuse(v, typed, &problem);
	e = enter(v, &name, &keys);
	SECRET_WIPE(name);
	SECRET_WIPE(keys);
	if (e == ERR_BUSY || e == ERR_NO_MEMORY || v->store.gone)
		return show_typed(v, 503, typed, VALUE_problem_busy);
	if (e != ERR_OK)
		return visit_failure(v, e);
	/* A codename that opens nothing leads to the same place: who counts and weighs answers can't tell it from one
	 * that opens something. */
	session_cookie(&cookie, "s=", v->session.token);
	BUG_IF(cookie.failed);
	e = visit_redirect(v, "/conversation", buf_view(&cookie));
	SECRET_WIPE(storage);
	return e;
}

enum err visit_leave(struct visit *v)
{
	const struct page_extra extra = {.cookie = session_cookie_gone(), .clear_site_data = true};
	enum err e = visit_read_form(v);

	if (e != ERR_OK)
		return visit_failure(v, e);
	e = visit_need_session(v);
	if (e == ERR_OK || e == ERR_NOT_FOUND) {
		if (!visit_form_is_ours(v))
			return visit_error(v, 403);
		e = session_drop(&v->session, &v->store);
		v->session_open = false;
	}
	/* Who has no session any more has left already. */
	if (e != ERR_OK && e != ERR_AUTH)
		return visit_failure(v, e);
	v->here = "/left";
	visit_page_begin(v, TEXT_title_left);
	page_put(&v->page, PAGE_left);
	return visit_send(v, 200, &extra);
}
