/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/serve.h"

#include "base/secret.h"
#include "visit/look.h"

struct route {
	char path[28];
	enum err (*get)(struct visit *v);
	enum err (*post)(struct visit *v);
};

static const struct route routes[] = {
    {.path = "/", .get = visit_landing},
    {.path = "/safety", .get = visit_safety},
    {.path = "/write", .get = visit_write, .post = visit_write_post},
    {.path = "/codename", .post = visit_codename},
    {.path = "/return", .get = visit_return, .post = visit_return_post},
    {.path = "/conversation", .get = visit_conversation},
    {.path = "/conversation/write", .get = visit_conversation_write_form, .post = visit_conversation_write},
    {.path = "/conversation/file", .post = visit_conversation_file},
    {.path = "/conversation/delete-reply", .post = visit_conversation_delete_reply},
    {.path = "/conversation/delete", .post = visit_conversation_delete},
    {.path = "/leave", .post = visit_leave},
    /* What is shown once something is done; each can be asked for by itself, in another language. */
    {.path = "/kept", .get = visit_kept},
    {.path = "/sent", .get = visit_sent},
    {.path = "/left", .get = visit_left},
    {.path = "/deleted", .get = visit_deleted},
};

struct error_page {
	uint16_t status;
	uint8_t page;  /* enum page_id */
	uint8_t title; /* enum page_text */
};

/* Statuses that say the same to a person share a page. */
static const struct error_page error_pages[] = {
    {400, PAGE_error_400, TEXT_title_error_400}, {403, PAGE_error_403, TEXT_title_error_403},
    {404, PAGE_error_404, TEXT_title_error_404}, {405, PAGE_error_405, TEXT_title_error_405},
    {408, PAGE_error_408, TEXT_title_error_408}, {411, PAGE_error_400, TEXT_title_error_400},
    {413, PAGE_error_413, TEXT_title_error_413}, {414, PAGE_error_400, TEXT_title_error_400},
    {415, PAGE_error_400, TEXT_title_error_400}, {417, PAGE_error_400, TEXT_title_error_400},
    {431, PAGE_error_400, TEXT_title_error_400}, {500, PAGE_error_500, TEXT_title_error_500},
    {501, PAGE_error_405, TEXT_title_error_405}, {503, PAGE_error_503, TEXT_title_error_503},
    {505, PAGE_error_400, TEXT_title_error_400}, {507, PAGE_error_507, TEXT_title_error_507},
};

enum err visit_set_part(struct visit *v, struct bytes fields)
{
	enum err e = message_get_PART_VISIT(fields, &v->part);

	if (e != ERR_OK)
		return e;
	v->page.style = look_style(v->part.look);
	v->page.style_source = look_style_source(v->part.look);
	return desks_set(&v->desks, v->part.recipients, v->part.topics);
}

/* ---- answers */

/* "500 MB", in whole units of 1000 that promise no more than what is taken. */
static struct bytes size_text(uint64_t size, enum page_language language, struct buf *out)
{
	bool mega = size >= 1000000;

	buf_decimal(out, mega ? size / 1000000 : size / 1000);
	buf_str(out, "\xc2\xa0");
	buf_put(out, page_text(mega ? TEXT_unit_mb : TEXT_unit_kb, language));
	return buf_view(out);
}

void visit_size_text(const struct visit *v, uint64_t size, struct buf *out)
{
	(void)size_text(size < 1000 ? 1000 : size, v->page.language, out);
	BUG_IF(out->failed);
}

void visit_page_begin(struct visit *v, enum page_text title)
{
	page_begin(&v->page, v->part.name, title);
	page_set_str(&v->page, VALUE_here, v->here);
}

enum err visit_send(struct visit *v, unsigned status, const struct page_extra *extra)
{
	/* An answer that leaves some of the request unread is the connection's last. */
	bool keep = v->request.keep && v->connection.body_left == 0 && !v->store.gone;

	v->request.keep = keep;
	return page_send(&v->page, &v->connection, status, extra, keep);
}

enum err visit_page(struct visit *v, unsigned status, enum page_text title, enum page_id id)
{
	visit_page_begin(v, title);
	page_set(&v->page, VALUE_address, v->part.address);
	page_set(&v->page, VALUE_intro, look_text(v->part.look, v->page.language));
	page_put(&v->page, id);
	return visit_send(v, status, NULL);
}

void visit_set_limits(struct visit *v, struct buf *storage)
{
	size_t at;

	page_set(&v->page, VALUE_upload_limit, size_text(v->part.upload_max, v->page.language, storage));
	at = storage->len;
	buf_decimal(storage, LIMIT_FILES);
	BUG_IF(storage->failed);
	page_set(&v->page, VALUE_file_limit, bytes_from(buf_view(storage), at));
}

static enum err error_with(struct visit *v, unsigned status, const struct page_extra *extra)
{
	uint8_t storage[VISIT_LIMITS_TEXT];
	struct buf limits = buf_over(storage, sizeof storage);
	size_t i = 0;

	while (i < sizeof error_pages / sizeof error_pages[0] && error_pages[i].status != status)
		i++;
	BUG_IF(i == sizeof error_pages / sizeof error_pages[0]);
	visit_page_begin(v, (enum page_text)error_pages[i].title);
	visit_set_limits(v, &limits);
	page_put(&v->page, (enum page_id)error_pages[i].page);
	return visit_send(v, status, extra);
}

enum err visit_error(struct visit *v, unsigned status)
{
	return error_with(v, status, NULL);
}

enum err visit_redirect(struct visit *v, const char *location, struct bytes cookie)
{
	char whole[VISIT_LOCATION] = {0};
	struct buf b = buf_over(whole, sizeof whole - 1);
	const struct page_extra extra = {.location = whole, .cookie = cookie};

	buf_str(&b, location);
	buf_str(&b, page_query(&v->page));
	BUG_IF(b.failed);
	visit_page_begin(v, TEXT_title_see_other);
	page_set_str(&v->page, VALUE_link, location);
	page_put(&v->page, PAGE_see_other);
	return visit_send(v, 303, &extra);
}

enum err visit_failure(struct visit *v, enum err e)
{
	if (v->store.gone)
		return visit_error(v, 503);
	switch (e) {
	case ERR_PEER: /* the source went away */
	case ERR_IO:
		return e;
	case ERR_TIMEOUT:
		return visit_error(v, 408);
	case ERR_FORMAT:
	case ERR_END:
		return visit_error(v, 400);
	case ERR_UNSUPPORTED:
		return visit_error(v, 415);
	case ERR_TOO_BIG:
		return visit_error(v, 413);
	case ERR_AUTH:
		return visit_error(v, 403);
	case ERR_FULL:
		return visit_error(v, 507);
	case ERR_CLOSED:
		return visit_page(v, 503, TEXT_title_error_closed, PAGE_error_closed);
	case ERR_BUSY:
	case ERR_NO_MEMORY:
		return visit_error(v, 503);
	case ERR_OK:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_STATE:
	case ERR_LIBRARY:
	case ERR_COUNT:
		break;
	}
	return visit_error(v, 500);
}

/* ---- requests */

enum err visit_need_session(struct visit *v)
{
	enum err e = session_resume(&v->session, &v->store, v->request.cookie);

	v->session_open = e == ERR_OK;
	return e == ERR_OK && !v->session.found ? ERR_NOT_FOUND : e;
}

bool visit_form_is_ours(const struct visit *v)
{
	return v->session_open && session_csrf_fits(&v->session, form_value(&v->form, "csrf"));
}

enum err visit_read_form(struct visit *v)
{
	size_t n = 0;
	enum err e;

	v->form.count = 0;
	if (!form_type(v->request.content_type))
		return v->request.has_body ? ERR_UNSUPPORTED : ERR_OK;
	if (v->request.content_length > sizeof v->form_body)
		return ERR_TOO_BIG;
	while (n < v->request.content_length) {
		size_t got;
		e = http_read_body(&v->connection, v->form_body + n, sizeof v->form_body - n, &got);
		if (e != ERR_OK)
			return e;
		n += got;
		v->form_len = n;
	}
	return form_parse(v->form_body, n, &v->form);
}

static enum err not_allowed(struct visit *v, const struct route *r)
{
	struct page_extra extra = {.allow = "POST"};

	if (r->get != NULL)
		extra.allow = r->post != NULL ? "GET, HEAD, POST" : "GET, HEAD";
	return error_with(v, 405, &extra);
}

/* A form that another site's page sent is refused before anything of it counts: it could sign a source in to a
 * conversation of somebody else's. Origin can't tell, for our own forms say "null" (Referrer-Policy); a browser too old
 * for Sec-Fetch-Site says nothing, and the forms behind a session have their token besides. */
static bool from_another_site(const struct http_request *r)
{
	return r->method == HTTP_POST_ && r->sec_fetch_site.n > 0 && !bytes_eq_str(r->sec_fetch_site, "same-origin") &&
	       !bytes_eq_str(r->sec_fetch_site, "none");
}

/* The one that the source chose, which our links then carry in their query, or the one its browser asks for. */
static void set_language(struct visit *v)
{
	struct bytes query = v->request.query;
	enum page_language asked = page_language_from_accept(v->request.accept_language);
	enum page_language language = asked;

	if (bytes_starts(query, BYTES_LITERAL("lang=")))
		(void)page_language_from_tag(bytes_from(query, 5), &language);
	page_set_language(&v->page, language, language != asked);
}

bool visit_choose_language(struct visit *v, struct bytes tag)
{
	enum page_language language;

	if (!page_language_from_tag(tag, &language))
		return false;
	page_set_language(&v->page, language, language != page_language_from_accept(v->request.accept_language));
	return true;
}

static enum err answer(struct visit *v)
{
	const struct route *r = routes;
	const struct route *end = routes + sizeof routes / sizeof routes[0];

	set_language(v);
	while (r < end && !bytes_eq_str(v->request.path, r->path))
		r++;
	v->here = r < end && r->get != NULL ? r->path : "/";
	if (r == end)
		return visit_error(v, 404);
	if (from_another_site(&v->request))
		return visit_error(v, 403);
	switch (v->request.method) {
	case HTTP_GET_:
	case HTTP_HEAD_:
		return r->get != NULL ? r->get(v) : not_allowed(v, r);
	case HTTP_POST_:
		return r->post != NULL ? r->post(v) : not_allowed(v, r);
	case HTTP_PUT_:
	case HTTP_DELETE_:
	case HTTP_METHOD_COUNT:
		break;
	}
	return not_allowed(v, r);
}

/* What one request leaves behind is gone before the next one comes, or before a long wait for it. */
static void wipe(struct visit *v)
{
	if (v->session_open)
		session_wipe(&v->session);
	v->session_open = false;
	secret_wipe(v->form_body, v->form_len);
	v->form_len = 0;
	v->form.count = 0;
}

void visit_serve(struct visit *v, int fd, int keeper_fd, int hurry_fd)
{
	unsigned status;
	enum err e;

	http_open(&v->connection, fd, hurry_fd);
	v->connection.head.old_too = true; /* lynx and w3m speak nothing else */
	visit_store_open(&v->store, keeper_fd);
	v->session_open = false;
	v->here = "/";
	v->form.count = 0;
	v->form_len = 0;
	do {
		e = http_read_head(&v->connection, &v->request, &status);
		if (e != ERR_OK) {
			v->request = (struct http_request){.keep = false};
			set_language(v);
			if (status != 0)
				e = visit_error(v, status);
			break;
		}
		e = answer(v);
		wipe(v);
	} while (e == ERR_OK && v->request.keep);
	/* What was set aside for this connection is others' from here on. */
	visit_store_leave(&v->store);
	/* What the answer left unread is read and dropped, however long: only then a browser looks at the answer. It
	 * costs what taking it would cost. */
	if (e == ERR_OK && http_drain(&v->connection, LIMIT_UPLOAD_MOST) != ERR_PEER)
		http_close(&v->connection);
}
