/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "browse/sheet.h"

#include <string.h>

#include "base/fd.h"
#include "base/secret.h"
#include "inbox/inbox.h"

static struct render_set pages(void)
{
	return (struct render_set)RENDER_SET(browse);
}

void sheet_begin(struct sheet *s, enum browse_text title, struct bytes csrf)
{
	struct render_set set = pages();

	s->out = buf_over(s->storage, sizeof s->storage);
	s->notes = buf_over(s->notes_storage, sizeof s->notes_storage);
	memset(s->values, 0, sizeof s->values);
	sheet_set(s, VALUE_title, render_text(&set, (uint32_t)title, 0));
	sheet_set(s, VALUE_csrf, csrf);
	sheet_put(s, PAGE_top);
}

void sheet_set(struct sheet *s, enum browse_value v, struct bytes value)
{
	s->values[v] = value;
}

void sheet_set_str(struct sheet *s, enum browse_value v, const char *value)
{
	s->values[v] = bytes_str(value);
}

/* What was appended to the notes since `at`. */
static void set_note(struct sheet *s, enum browse_value v, size_t at)
{
	BUG_IF(s->notes.failed);
	s->values[v] = bytes_from(buf_view(&s->notes), at);
}

void sheet_set_number(struct sheet *s, enum browse_value v, uint64_t n)
{
	size_t at = s->notes.len;

	buf_decimal(&s->notes, n);
	set_note(s, v, at);
}

void sheet_set_pair(struct sheet *s, enum browse_value v, const char *name, uint64_t n)
{
	size_t at = s->notes.len;

	buf_str(&s->notes, name);
	buf_decimal(&s->notes, n);
	set_note(s, v, at);
}

void sheet_set_count(struct sheet *s, enum browse_value v, uint64_t n, const char *one, const char *several)
{
	size_t at = s->notes.len;

	if (n > 0) {
		buf_decimal(&s->notes, n);
		buf_byte(&s->notes, ' ');
		buf_str(&s->notes, n == 1 ? one : several);
	}
	set_note(s, v, at);
}

void sheet_set_day(struct sheet *s, enum browse_value v, uint32_t day)
{
	size_t at = s->notes.len;
	uint8_t text[10];

	if (day > 0) {
		clock_day_text(day, text);
		buf_put(&s->notes, BYTES_ARRAY(text));
	}
	set_note(s, v, at);
}

void sheet_set_size(struct sheet *s, enum browse_value v, uint64_t size)
{
	static const char *const units[] = {" bytes", " kB", " MB", " GB"};
	size_t at = s->notes.len;
	size_t unit = 0;

	while (size >= 10000 && unit + 1 < sizeof units / sizeof units[0]) {
		size = size / 1000 + (size % 1000 >= 500);
		unit++;
	}
	buf_decimal(&s->notes, size);
	buf_str(&s->notes, units[unit]);
	set_note(s, v, at);
}

void sheet_set_strange(struct sheet *s, enum browse_value v, struct bytes text, bool lines)
{
	size_t at = s->notes.len;

	inbox_clean(&s->notes, text, lines);
	set_note(s, v, at);
}

void sheet_put(struct sheet *s, enum browse_page page)
{
	struct render_set set = pages();

	render_template(&s->out, &set, s->values, (unsigned)page, 0);
}

size_t sheet_room(const struct sheet *s)
{
	size_t taken = s->out.len + SHEET_FRAME;

	return s->out.failed || taken > SHEET_MAX ? 0 : SHEET_MAX - taken;
}

/* ---- sending */

size_t sheet_headers(struct http_header headers[static SHEET_HEADERS_MAX], struct buf *policy)
{
	size_t n = 0;

	buf_str(policy, "default-src 'none'; style-src ");
	buf_str(policy, browse_style_source);
	buf_str(policy, "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	BUG_IF(policy->failed);
	headers[n++] = (struct http_header){"Cache-Control", BYTES_LITERAL("no-store")};
	headers[n++] = (struct http_header){"Content-Security-Policy", buf_view(policy)};
	/* The Origin of our own forms is what tells them from others'. */
	headers[n++] = (struct http_header){"Referrer-Policy", BYTES_LITERAL("same-origin")};
	headers[n++] = (struct http_header){"X-Content-Type-Options", BYTES_LITERAL("nosniff")};
	headers[n++] = (struct http_header){"Cross-Origin-Opener-Policy", BYTES_LITERAL("same-origin")};
	headers[n++] = (struct http_header){"Cross-Origin-Resource-Policy", BYTES_LITERAL("same-origin")};
	headers[n++] = (struct http_header){"X-Frame-Options", BYTES_LITERAL("DENY")};
	BUG_IF(n != SHEET_HEADERS);
	return n;
}

enum err sheet_send(struct sheet *s, struct http_connection *c, unsigned status, const struct sheet_extra *extra)
{
	struct http_header headers[SHEET_HEADERS_MAX];
	uint8_t storage[SHEET_POLICY_MAX];
	struct buf policy = buf_over(storage, sizeof storage);
	size_t n = sheet_headers(headers, &policy);
	enum err e;

	sheet_put(s, PAGE_bottom);
	BUG_IF(s->out.failed);
	headers[n++] = (struct http_header){"Content-Type", BYTES_LITERAL("text/html; charset=utf-8")};
	if (extra != NULL && extra->location != NULL)
		headers[n++] = (struct http_header){"Location", bytes_str(extra->location)};
	if (extra != NULL && extra->allow != NULL)
		headers[n++] = (struct http_header){"Allow", bytes_str(extra->allow)};
	if (extra != NULL && extra->cookie.n > 0)
		headers[n++] = (struct http_header){"Set-Cookie", extra->cookie};
	e = http_respond(c, status, headers, n, buf_view(&s->out), false);
	secret_wipe(s->storage, s->out.len);
	secret_wipe(s->notes_storage, s->notes.len);
	memset(s->values, 0, sizeof s->values);
	return e;
}
