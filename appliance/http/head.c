/* SPDX-License-Identifier: GPL-3.0-or-later
 * Two readers of the same bytes: our rules for lines and fields, and llhttp. Where they disagree, the head is refused.
 * llhttp alone lets pass: HTTP/0.9 and 1.0, no Host, two Hosts, leading empty lines, chunked requests. */
#include "http/head.h"

#include <string.h>

#include "base/secret.h"

enum { METHOD_MAX = 16, LINE_MAX = METHOD_MAX + 1 + LIMIT_HTTP_TARGET + 1 + 8 + 2 };

struct method {
	char name[8];
	uint8_t llhttp; /* its number for the same method */
	bool body;      /* a Content-Length must be there; without: it must be 0 or absent */
};

static const struct method methods[HTTP_METHOD_COUNT] = {
    [HTTP_GET_] = {"GET", HTTP_GET, false},          [HTTP_HEAD_] = {"HEAD", HTTP_HEAD, false},
    [HTTP_POST_] = {"POST", HTTP_POST, true},        [HTTP_PUT_] = {"PUT", HTTP_PUT, true},
    [HTTP_DELETE_] = {"DELETE", HTTP_DELETE, false},
};

/* The header fields that mean something here; all others are read and left alone. */
enum field {
	FIELD_HOST,
	FIELD_CONTENT_LENGTH,
	FIELD_CONTENT_TYPE,
	FIELD_COOKIE,
	FIELD_AUTHORIZATION,
	FIELD_ACCEPT_LANGUAGE,
	FIELD_SEC_FETCH_SITE,
	FIELD_ORIGIN,
	FIELD_EXPECT,
	FIELD_TRANSFER_ENCODING,
	FIELD_CONNECTION,
	FIELD_COUNT
};

static const char field_names[FIELD_COUNT][20] = {
    [FIELD_HOST] = "host",
    [FIELD_CONTENT_LENGTH] = "content-length",
    [FIELD_CONTENT_TYPE] = "content-type",
    [FIELD_COOKIE] = "cookie",
    [FIELD_AUTHORIZATION] = "authorization",
    [FIELD_ACCEPT_LANGUAGE] = "accept-language",
    [FIELD_SEC_FETCH_SITE] = "sec-fetch-site",
    [FIELD_ORIGIN] = "origin",
    [FIELD_EXPECT] = "expect",
    [FIELD_TRANSFER_ENCODING] = "transfer-encoding",
    [FIELD_CONNECTION] = "connection",
};

static enum err refuse(struct http_head *h, unsigned status)
{
	h->status = status;
	switch (status) {
	case 413:
	case 414:
	case 431:
		return ERR_TOO_BIG;
	case 501:
	case 505:
		return ERR_UNSUPPORTED;
	default:
		return ERR_FORMAT;
	}
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 9110 clause 5.6.2: tchar */
static bool is_token(uint8_t c)
{
	return is_alnum(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* RFC 3986: pchar, '/' and '?'; a '%' stands before two hex digits. */
static bool is_path_and_query(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];
		if (c == '%') {
			if (b.n - i < 3 || !is_hex(b.p[i + 1]) || !is_hex(b.p[i + 2]))
				return false;
		} else if (!is_alnum(c) && (c == 0 || strchr("-._~!$&'()*+,;=:@/?", c) == NULL)) {
			return false;
		}
	}
	return true;
}

/* RFC 9110 clause 7.2, narrowed: a name of letters, digits, '-' and '.', or an IPv6 address in brackets; a port. */
static bool is_host(struct bytes b)
{
	size_t i = 0;

	if (b.n == 0 || b.n > LIMIT_HTTP_HOST)
		return false;
	if (b.p[0] == '[') {
		for (i = 1; i < b.n && (is_hex(b.p[i]) || b.p[i] == ':' || b.p[i] == '.'); i++)
			;
		if (i < 3 || i == b.n || b.p[i++] != ']')
			return false;
	} else {
		while (i < b.n && (is_alnum(b.p[i]) || b.p[i] == '-' || b.p[i] == '.'))
			i++;
		if (i == 0)
			return false;
	}
	if (i < b.n) {
		uint64_t port;
		return b.p[i] == ':' && bytes_decimal(bytes_from(b, i + 1), 65535, &port) == ERR_OK;
	}
	return true;
}

static bool same_nocase(struct bytes a, struct bytes b)
{
	for (size_t i = 0; i < a.n && a.n == b.n; i++) {
		uint8_t x = a.p[i];
		uint8_t y = b.p[i];
		if (x != y && ((x ^ y) != 0x20 || !is_alnum(x) || !is_alnum(y) || (x | 0x20) < 'a'))
			return false;
	}
	return a.n == b.n;
}

/* ---- the request line, ours */

static enum err check_line(struct http_head *h, struct bytes line, struct http_request *r)
{
	struct bytes method = {NULL, 0};
	struct bytes target = {NULL, 0};
	struct bytes version;
	int m;

	if (!bytes_split(&line, ' ', &method) || !bytes_split(&line, ' ', &target))
		return refuse(h, 400);
	version = line;
	if (method.n == 0 || method.n > METHOD_MAX || target.n == 0 || version.n != 8 ||
	    !bytes_starts(version, BYTES_LITERAL("HTTP/")) || version.p[6] != '.')
		return refuse(h, 400);
	for (size_t i = 0; i < method.n; i++)
		if (!is_token(method.p[i]))
			return refuse(h, 400);
	if (version.p[5] < '0' || version.p[5] > '9' || version.p[7] < '0' || version.p[7] > '9')
		return refuse(h, 400);
	h->old = h->old_too && bytes_eq_str(version, "HTTP/1.0");
	if (!h->old && !bytes_eq_str(version, "HTTP/1.1"))
		return refuse(h, 505);
	for (m = 0; m < HTTP_METHOD_COUNT && !bytes_eq_str(method, methods[m].name); m++)
		;
	if (m == HTTP_METHOD_COUNT)
		return refuse(h, 501);
	if (target.n > LIMIT_HTTP_TARGET)
		return refuse(h, 414);
	r->method = (enum http_method)m;
	r->path = target;
	return ERR_OK;
}

/* Before the whole line is there: what can't become one is refused at once (a TLS hello, say). */
static enum err check_line_begin(struct http_head *h)
{
	size_t i = 0;

	while (i < h->have && i <= METHOD_MAX && is_token(h->bytes[i]))
		i++;
	if (i < h->have && (i == 0 || i > METHOD_MAX || h->bytes[i] != ' '))
		return refuse(h, 400);
	return h->have > LINE_MAX ? refuse(h, 414) : ERR_BUSY;
}

/* origin-form, or absolute-form whose authority is the Host: gives path, query, and the authority (or nothing). */
static bool split_target(struct http_request *r, struct bytes *authority)
{
	struct bytes t = r->path;
	const uint8_t *mark;

	*authority = (struct bytes){NULL, 0};
	if (t.n >= 7 && bytes_eq_nocase(bytes_first(t, 7), "http://")) {
		t = bytes_from(t, 7);
		*authority = bytes_first(t, bytes_find(t, BYTES_LITERAL("/")));
		t = bytes_from(t, authority->n);
		if (!is_host(*authority))
			return false;
	}
	if (t.n == 0 || t.p[0] != '/' || !is_path_and_query(t))
		return false;
	mark = memchr(t.p, '?', t.n);
	r->path = mark == NULL ? t : bytes_first(t, (size_t)(mark - t.p));
	r->query = mark == NULL ? (struct bytes){NULL, 0} : bytes_from(t, r->path.n + 1);
	return true;
}

/* ---- the same bytes to llhttp */

static void extend(struct bytes *b, const char *at, size_t n)
{
	if (b->p == NULL)
		b->p = (const uint8_t *)at;
	b->n += n;
}

static int on_url(llhttp_t *p, const char *at, size_t n)
{
	struct http_head *h = p->data;

	extend(&h->target, at, n);
	return 0;
}

static int on_header_field(llhttp_t *p, const char *at, size_t n)
{
	struct http_head *h = p->data;

	if (h->field_count == LIMIT_HTTP_HEADERS) {
		h->status = 431;
		return HPE_USER;
	}
	extend(&h->fields[h->field_count].name, at, n);
	return 0;
}

static int on_header_value(llhttp_t *p, const char *at, size_t n)
{
	struct http_head *h = p->data;

	extend(&h->fields[h->field_count].value, at, n);
	return 0;
}

static int on_header_value_complete(llhttp_t *p)
{
	struct http_head *h = p->data;

	h->field_count++;
	return 0;
}

static int on_headers_complete(llhttp_t *p)
{
	struct http_head *h = p->data;

	h->complete = true;
	return HPE_PAUSED; /* bodies are ours */
}

static void llhttp_start(struct http_head *h)
{
	/* Built here and not a constant: six relocations less at every worker's start. */
	llhttp_settings_init(&h->settings);
	h->settings.on_url = on_url;
	h->settings.on_header_field = on_header_field;
	h->settings.on_header_value = on_header_value;
	h->settings.on_header_value_complete = on_header_value_complete;
	h->settings.on_headers_complete = on_headers_complete;
	llhttp_init(&h->parser, HTTP_REQUEST, &h->settings);
	h->parser.data = h;
}

static enum err llhttp_feed(struct http_head *h, size_t until)
{
	const char *at = (const char *)h->bytes + h->parsed;
	llhttp_errno_t result = llhttp_execute(&h->parser, at, until - h->parsed);

	h->parsed = until;
	if (result == HPE_OK && !h->complete)
		return h->end == 0 ? ERR_BUSY : refuse(h, 400);
	if (result == HPE_PAUSED && h->complete && h->end == until)
		return ERR_OK;
	if (result == HPE_USER)
		return refuse(h, h->status);
	return refuse(h, 400);
}

/* ---- every byte, ours: no control characters, no bare CR or LF, no folded lines. Finds the head's end. */

static enum err scan(struct http_head *h)
{
	size_t i = h->scanned;

	for (; i < h->have && h->end == 0; i++) {
		uint8_t c = h->bytes[i];
		uint8_t before = i > 0 ? h->bytes[i - 1] : 0;
		if ((before == '\r') != (c == '\n') || (before == '\n' && (c == ' ' || c == '\t')) ||
		    (c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
			return refuse(h, 400);
		if (c == '\n' && i >= 3 && h->bytes[i - 2] == '\n')
			h->end = i + 1;
		if (c == '\n' && h->line_len == 0)
			h->line_len = i - 1;
	}
	h->scanned = i;
	return ERR_OK;
}

/* ---- the fields */

static enum field field_of(struct bytes name)
{
	int f = 0;

	while (f < FIELD_COUNT && !bytes_eq_nocase(name, field_names[f]))
		f++;
	return (enum field)f;
}

static bool list_has(struct bytes list, const char *word)
{
	struct bytes part;

	while (bytes_split(&list, ',', &part))
		if (bytes_eq_nocase(bytes_trim(part), word))
			return true;
	return false;
}

/* Each at most once, but Connection, which is a list. */
static enum err gather(struct http_head *h, struct bytes found[static FIELD_COUNT], bool *close)
{
	for (size_t i = 0; i < h->field_count; i++) {
		enum field f = field_of(h->fields[i].name);
		struct bytes value = bytes_trim(h->fields[i].value);
		if (f == FIELD_COUNT)
			continue;
		if (f == FIELD_CONNECTION)
			*close = *close || list_has(value, "close");
		else if (found[f].p != NULL)
			return refuse(h, 400);
		/* An empty value is there all the same: never NULL. */
		found[f] = value.p != NULL ? value : bytes_of("", 0);
	}
	return ERR_OK;
}

static enum err check_length(struct http_head *h, const struct bytes found[static FIELD_COUNT], struct http_request *r)
{
	const struct bytes *length = &found[FIELD_CONTENT_LENGTH];
	const struct bytes *coding = &found[FIELD_TRANSFER_ENCODING];
	enum err e;

	if (coding->p != NULL && length->p != NULL)
		return refuse(h, 400);
	if (coding->p != NULL)
		return refuse(h, bytes_eq_nocase(*coding, "chunked") ? 411 : 501);
	if (length->p == NULL)
		return methods[r->method].body ? refuse(h, 411) : ERR_OK;
	e = bytes_decimal(*length, INT64_MAX, &r->content_length);
	if (e != ERR_OK)
		return refuse(h, e == ERR_TOO_BIG ? 413 : 400);
	r->has_body = r->content_length > 0;
	return r->has_body && !methods[r->method].body ? refuse(h, 400) : ERR_OK;
}

static enum err build(struct http_head *h, struct http_request *r)
{
	struct bytes found[FIELD_COUNT] = {{NULL, 0}};
	struct bytes authority;
	bool close = false;
	enum err e;

	if (h->parser.method != methods[r->method].llhttp || !bytes_eq(h->target, r->path))
		return refuse(h, 400);
	e = gather(h, found, &close);
	if (e == ERR_OK && (!split_target(r, &authority) || !is_host(found[FIELD_HOST]) ||
			    (authority.p != NULL && !same_nocase(authority, found[FIELD_HOST]))))
		e = refuse(h, 400);
	if (e == ERR_OK)
		e = check_length(h, found, r);
	if (e != ERR_OK)
		return e;
	/* RFC 9110, clause 10.1.1: what HTTP/1.0 expects is left alone. RFC 9112, clause 9.3: its connection ends. */
	if (h->old)
		found[FIELD_EXPECT].p = NULL;
	if (found[FIELD_EXPECT].p != NULL && !bytes_eq_nocase(found[FIELD_EXPECT], "100-continue"))
		return refuse(h, 417);
	r->expect_continue = found[FIELD_EXPECT].p != NULL && r->has_body;
	r->keep = !close && !h->old;
	r->old = h->old;
	r->host = found[FIELD_HOST];
	r->cookie = found[FIELD_COOKIE];
	r->content_type = found[FIELD_CONTENT_TYPE];
	r->authorization = found[FIELD_AUTHORIZATION];
	r->accept_language = found[FIELD_ACCEPT_LANGUAGE];
	r->sec_fetch_site = found[FIELD_SEC_FETCH_SITE];
	r->origin = found[FIELD_ORIGIN];
	return ERR_OK;
}

/* ---- the whole */

void http_head_next(struct http_head *h, size_t used)
{
	size_t left = h->have - used;

	BUG_IF(used > h->have);
	memmove(h->bytes, h->bytes + used, left);
	/* A cookie, a codename, a message: gone before the wait for the next request. */
	secret_wipe(h->bytes + left, used);
	h->have = left;
	h->scanned = 0;
	h->parsed = 0;
	h->end = 0;
	h->line_len = 0;
	h->complete = false;
	h->target = (struct bytes){NULL, 0};
	memset(h->fields, 0, sizeof h->fields);
	h->field_count = 0;
	h->status = 0;
	llhttp_start(h);
}

enum err http_head_parse(struct http_head *h, struct http_request *r)
{
	struct http_request read = {.method = HTTP_GET_};
	enum err e;

	e = scan(h);
	if (e != ERR_OK)
		return e;
	if (h->line_len == 0)
		return check_line_begin(h);
	e = check_line(h, bytes_of(h->bytes, h->line_len), &read);
	if (e != ERR_OK)
		return e;
	e = llhttp_feed(h, h->end != 0 ? h->end : h->have);
	if (e == ERR_BUSY && h->have == sizeof h->bytes)
		return refuse(h, 431);
	if (e != ERR_OK)
		return e;
	e = build(h, &read);
	if (e == ERR_OK)
		*r = read;
	return e;
}
