/* SPDX-License-Identifier: GPL-3.0-or-later
 * Whose request it is, and who answers it. */
#include "browse/browse.h"

#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "browse/peer.h"
#include "limits.h"

struct route {
	const char *path; /* "c" stands for a conversation, which no path can */
	enum err (*get)(struct browse *b);
	enum err (*post)(struct browse *b);
	bool apart;
	bool own_form; /* the handler reads the body, and looks for the form's token */
};

static const struct route routes[] = {
    {.path = "/", .get = browse_list},
    {.path = "/sync", .get = browse_sync, .post = browse_sync_start},
    {.path = "/leave", .post = browse_leave},
    {.path = "c", .get = browse_conversation},
    {.path = "c/unread", .post = browse_unread},
    {.path = "c/mute", .post = browse_mute},
    {.path = "c/unmute", .post = browse_unmute},
    {.path = "c/forget", .get = browse_forget_ask, .post = browse_forget},
    {.path = "c/reply", .post = browse_reply, .apart = true, .own_form = true},
    {.path = "c/file", .get = browse_file, .apart = true},
};

static const struct {
	uint16_t status;
	enum browse_page page;
	enum browse_text title;
} error_pages[] = {
    {400, PAGE_error_400, TEXT_title_error_400}, {403, PAGE_elsewhere, TEXT_title_elsewhere},
    {404, PAGE_error_404, TEXT_title_error_404}, {405, PAGE_error_405, TEXT_title_error_405},
    {408, PAGE_error_400, TEXT_title_error_400}, {411, PAGE_error_400, TEXT_title_error_400},
    {413, PAGE_error_413, TEXT_title_error_413}, {414, PAGE_error_400, TEXT_title_error_400},
    {415, PAGE_error_400, TEXT_title_error_400}, {417, PAGE_error_400, TEXT_title_error_400},
    {431, PAGE_error_400, TEXT_title_error_400}, {500, PAGE_error_500, TEXT_title_error_500},
    {501, PAGE_error_405, TEXT_title_error_405}, {503, PAGE_error_503, TEXT_title_error_503},
    {505, PAGE_error_400, TEXT_title_error_400},
};

/* ---- answers */

void browse_begin(struct browse *b, enum browse_text title)
{
	const struct login *l = &b->login;

	sheet_begin(&b->sheet, title, b->known && l->open ? BYTES_ARRAY(l->csrf) : bytes_of(NULL, 0));
	sheet_set_str(&b->sheet, VALUE_link, b->path);
}

enum err browse_send(struct browse *b, unsigned status)
{
	return sheet_send(&b->sheet, &b->connection, status, NULL);
}

static enum err error_with(struct browse *b, unsigned status, const struct sheet_extra *extra)
{
	size_t i = 0;

	while (i < sizeof error_pages / sizeof error_pages[0] && error_pages[i].status != status)
		i++;
	BUG_IF(i == sizeof error_pages / sizeof error_pages[0]);
	browse_begin(b, error_pages[i].title);
	sheet_put(&b->sheet, error_pages[i].page);
	return sheet_send(&b->sheet, &b->connection, status, extra);
}

enum err browse_error(struct browse *b, unsigned status)
{
	return error_with(b, status, NULL);
}

enum err browse_failure(struct browse *b, enum err e)
{
	switch ((int)e) {
	case ERR_PEER: /* the browser went away */
		return e;
	case ERR_TIMEOUT:
		return browse_error(b, 408);
	case ERR_UNSUPPORTED:
		return browse_error(b, 415);
	case ERR_TOO_BIG:
	case ERR_FULL:
		return browse_error(b, 413);
	case ERR_NOT_FOUND:
		return browse_error(b, 404);
	case ERR_FORMAT:
	case ERR_END:
		return browse_error(b, 400);
	default:
		return browse_error(b, 500);
	}
}

enum err browse_redirect(struct browse *b, const char *location, struct bytes cookie)
{
	const struct sheet_extra extra = {.location = location, .cookie = cookie};

	browse_begin(b, TEXT_title_see_other);
	sheet_set_str(&b->sheet, VALUE_link, location);
	sheet_put(&b->sheet, PAGE_see_other);
	return sheet_send(&b->sheet, &b->connection, 303, &extra);
}

/* ---- what was asked for */

static struct bytes query_value(const struct browse *b, const char *name)
{
	struct bytes query = b->request.query;
	struct bytes pair;

	while (bytes_split(&query, '&', &pair))
		if (bytes_starts(pair, bytes_str(name)))
			return bytes_from(pair, strlen(name));
	return bytes_of(NULL, 0);
}

uint64_t browse_query_number(const struct browse *b, const char *name, uint64_t max)
{
	uint64_t n = 0;

	return bytes_decimal(query_value(b, name), max, &n) == ERR_OK ? n : 0;
}

bool browse_query_has(const struct browse *b, const char *pair)
{
	struct bytes query = b->request.query;
	struct bytes one;

	while (bytes_split(&query, '&', &one))
		if (bytes_eq_str(one, pair))
			return true;
	return false;
}

/* At whichever box it is. */
static enum err find_conversation(struct browse *b, const char *id)
{
	enum err e = ERR_NOT_FOUND;

	for (size_t i = 0; e == ERR_NOT_FOUND && i < b->inbox.home.box_count; i++)
		e = inbox_get(&b->inbox, b->inbox.home.boxes[i].name, id, &b->conversation);
	return e;
}

/* "/c/ID/VERB/REST": the conversation, and the route's name of it in `name`. ERR_NOT_FOUND. */
static enum err split_path(struct browse *b, char name[static BROWSE_PATH])
{
	struct buf out = buf_over(name, BROWSE_PATH - 1);
	struct bytes path = b->request.path;
	struct bytes id = bytes_first(bytes_from(path, 3), FOLDER_CONVERSATION_LEN);
	struct bytes rest = bytes_from(path, 3 + FOLDER_CONVERSATION_LEN);
	struct buf own = buf_over(b->path, sizeof b->path - 1);
	char text[FOLDER_CONVERSATION_LEN + 1] = {0};
	size_t verb;

	memset(name, 0, BROWSE_PATH);
	memset(b->path, 0, sizeof b->path);
	b->rest = bytes_of(NULL, 0);
	if (!bytes_starts(path, BYTES_LITERAL("/c/"))) {
		buf_put(&out, path);
		return out.failed ? ERR_NOT_FOUND : ERR_OK;
	}
	if (!folder_is_conversation(id) || (rest.n > 0 && rest.p[0] != '/'))
		return ERR_NOT_FOUND;
	verb = rest.n == 0 ? 0 : 1 + bytes_find(bytes_from(rest, 1), BYTES_LITERAL("/"));
	buf_str(&out, "c");
	buf_put(&out, bytes_first(rest, verb));
	b->rest = bytes_from(rest, verb + 1);
	memcpy(text, id.p, id.n);
	buf_str(&own, "/c/");
	buf_put(&own, id);
	if (out.failed)
		return ERR_NOT_FOUND;
	return find_conversation(b, text);
}

static enum err not_allowed(struct browse *b, const struct route *r)
{
	struct sheet_extra extra = {.allow = "POST"};

	if (r->get != NULL)
		extra.allow = r->post != NULL ? "GET, HEAD, POST" : "GET, HEAD";
	return error_with(b, 405, &extra);
}

/* Reads a form that has nothing but its token. ERR_AUTH: it isn't ours. */
static enum err read_form(struct browse *b)
{
	size_t n = 0;
	enum err e;

	if (!form_type(b->request.content_type))
		return ERR_UNSUPPORTED;
	if (b->request.content_length > sizeof b->form_body)
		return ERR_TOO_BIG;
	while (n < b->request.content_length) {
		size_t got;
		e = http_read_body(&b->connection, b->form_body + n, sizeof b->form_body - n, &got);
		if (e != ERR_OK)
			return e;
		n += got;
	}
	e = form_parse(b->form_body, n, &b->form);
	if (e != ERR_OK)
		return e;
	return login_form_fits(&b->login, form_value(&b->form, "csrf")) ? ERR_OK : ERR_AUTH;
}

static enum err enter(struct browse *b)
{
	uint8_t storage[LOGIN_COOKIE_MAX];
	struct buf cookie = buf_over(storage, sizeof storage);
	enum err e;

	if (b->request.method == HTTP_GET_ && login_enter(&b->login, query_value(b, "key="), clock_ms(), &cookie)) {
		b->known = true;
		e = browse_redirect(b, "/", buf_view(&cookie));
	} else {
		sheet_begin(&b->sheet, TEXT_title_login, bytes_of(NULL, 0));
		sheet_put(&b->sheet, PAGE_login);
		e = browse_send(b, 403);
	}
	SECRET_WIPE(storage);
	return e;
}

static enum err run(struct browse *b, const struct route *r)
{
	enum err e;

	if (b->request.method == HTTP_GET_ || b->request.method == HTTP_HEAD_)
		return r->get(b);
	if (!r->own_form) {
		e = read_form(b);
		if (e == ERR_AUTH)
			return browse_error(b, 403);
		if (e != ERR_OK)
			return browse_failure(b, e);
	}
	return r->post(b);
}

/* The route, if somebody may have it; NULL: it has been answered, with *e. */
static const struct route *find(struct browse *b, enum err *e)
{
	const struct route *end = routes + sizeof routes / sizeof routes[0];
	const struct route *r = routes;
	bool gets = b->request.method == HTTP_GET_ || b->request.method == HTTP_HEAD_;
	char name[BROWSE_PATH];

	*e = split_path(b, name);
	while (r < end && strcmp(r->path, name) != 0)
		r++;
	if (*e == ERR_OK && r == end)
		*e = ERR_NOT_FOUND;
	if (*e != ERR_OK)
		*e = browse_failure(b, *e);
	else if (gets ? r->get != NULL : b->request.method == HTTP_POST_ && r->post != NULL)
		return r;
	else
		*e = not_allowed(b, r);
	return NULL;
}

enum err browse_answer(struct browse *b, bool *apart)
{
	const struct route *r;
	enum err e;

	*apart = false;
	b->known = false;
	b->path[0] = '\0';
	/* A kernel that doesn't tell is no reason to refuse: cookie and form token stand behind this. */
	if (peer_check(b->connection.fd) == ERR_AUTH || gate_check(&b->request, b->port) != GATE_OPEN) {
		sheet_begin(&b->sheet, TEXT_title_elsewhere, bytes_of(NULL, 0));
		sheet_put(&b->sheet, PAGE_elsewhere);
		return browse_send(b, 403);
	}
	if (bytes_eq_str(b->request.path, "/enter") || !login_check(&b->login, b->request.cookie, clock_ms()))
		return enter(b);
	b->known = true;
	r = find(b, &e);
	if (r == NULL)
		return e;
	*apart = r->apart;
	return r->apart ? ERR_OK : run(b, r);
}

enum err browse_answer_apart(struct browse *b)
{
	enum err e;
	const struct route *r = find(b, &e);

	return r == NULL ? e : run(b, r);
}

enum err browse_refuse(struct browse *b, unsigned status)
{
	b->known = false;
	b->path[0] = '\0';
	return browse_error(b, status);
}

enum err browse_answer_busy(struct browse *b)
{
	return browse_error(b, 503);
}

enum err browse_leave(struct browse *b)
{
	uint8_t storage[LOGIN_COOKIE_MAX];
	struct buf cookie = buf_over(storage, sizeof storage);
	struct sheet_extra extra;

	login_leave(&b->login, &cookie);
	extra = (struct sheet_extra){.cookie = buf_view(&cookie)};
	browse_begin(b, TEXT_title_left);
	sheet_put(&b->sheet, PAGE_left);
	return sheet_send(&b->sheet, &b->connection, 200, &extra);
}

void browse_wipe(struct browse *b)
{
	login_wipe(&b->login);
	inbox_close(&b->inbox);
	SECRET_WIPE(b->form_body);
	SECRET_WIPE(b->reply);
	SECRET_WIPE(b->read);
	SECRET_WIPE(b->plain);
	SECRET_WIPE(b->clean);
	SECRET_WIPE(b->connection.head);
	/* sheet_send() wiped what it sent; what was never sent may still be here. */
	secret_wipe(b->sheet.storage, b->sheet.out.len);
	secret_wipe(b->sheet.notes_storage, b->sheet.notes.len);
}
