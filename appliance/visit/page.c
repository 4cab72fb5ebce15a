/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/page.h"

#include <string.h>

#include "base/secret.h"

/* In steps of four: a large step tells little, and the smallest holds nearly every page. */
const uint32_t page_buckets[PAGE_BUCKET_COUNT] = {24 * 1024, 96 * 1024, 384 * 1024, PAGE_MAX};

/* "<!--" and "-->" around the filling. */
enum {
	FILLING_FRAME = 7,
	HEAD_ROOM = 4096,
	BOTTOM_ROOM = 4096 /* the frame's second half in the longest language */
};

void page_set_language(struct page *p, enum page_language language, bool chosen)
{
	struct buf query = buf_over(p->query, sizeof p->query - 1);

	p->language = language;
	memset(p->query, 0, sizeof p->query);
	if (chosen) {
		buf_str(&query, "?lang=");
		buf_str(&query, page_languages[language].tag);
	}
	BUG_IF(query.failed);
}

const char *page_query(const struct page *p)
{
	return p->query;
}

void page_begin(struct page *p, struct bytes site, enum page_text title)
{
	p->out = buf_over(p->storage, sizeof p->storage);
	memset(p->values, 0, sizeof p->values);
	page_set_str(p, VALUE_lang, page_languages[p->language].tag);
	page_set_str(p, VALUE_dir, page_languages[p->language].dir);
	page_set_str(p, VALUE_language, page_languages[p->language].name);
	page_set_str(p, VALUE_query, p->query);
	page_set_str(p, VALUE_here, "/");
	page_set(p, VALUE_style, p->style);
	page_set(p, VALUE_site, site);
	page_set_text(p, VALUE_title, title);
	page_put(p, PAGE_top);
}

void page_set(struct page *p, enum page_value v, struct bytes value)
{
	p->values[v] = value;
}

void page_set_str(struct page *p, enum page_value v, const char *value)
{
	p->values[v] = bytes_str(value);
}

void page_set_text(struct page *p, enum page_value v, enum page_text text)
{
	page_set(p, v, page_text(text, p->language));
}

void page_put(struct page *p, enum page_id id)
{
	struct render_set set = pages_set();

	render_template(&p->out, &set, p->values, (unsigned)id, (unsigned)p->language);
}

size_t page_room(const struct page *p)
{
	size_t taken = p->out.len + HEAD_ROOM + FILLING_FRAME + BOTTOM_ROOM;

	return p->out.failed || taken > PAGE_MAX ? 0 : PAGE_MAX - taken;
}

/* ---- sending */

size_t page_headers(struct http_header headers[static PAGE_HEADERS_MAX], uint8_t policy[static PAGE_POLICY_MAX],
		    struct bytes style_source, struct bytes type)
{
	struct buf text = buf_over(policy, PAGE_POLICY_MAX);
	size_t n = 0;

	headers[n++] = (struct http_header){"Content-Type", type};
#define HEADER(name, value) headers[n++] = (struct http_header){name, BYTES_LITERAL(value)};
#define POLICY(name, before, after)                                                                                    \
	buf_str(&text, before);                                                                                        \
	buf_str(&text, pages_style_source);                                                                            \
	buf_str(&text, style_source.n > 0 ? " " : "");                                                                 \
	buf_put(&text, style_source);                                                                                  \
	buf_str(&text, after);                                                                                         \
	headers[n++] = (struct http_header){name, buf_view(&text)};
#include "pages/headers.def"
#undef HEADER
#undef POLICY
	BUG_IF(text.failed);
	return n;
}

static size_t extra_headers(struct http_header headers[static PAGE_HEADERS_MAX], size_t n,
			    const struct page_extra *extra)
{
	if (extra == NULL)
		return n;
	if (extra->location != NULL)
		headers[n++] = (struct http_header){"Location", bytes_str(extra->location)};
	if (extra->allow != NULL)
		headers[n++] = (struct http_header){"Allow", bytes_str(extra->allow)};
	if (extra->cookie.n > 0)
		headers[n++] = (struct http_header){"Set-Cookie", extra->cookie};
	if (extra->clear_site_data)
		headers[n++] = (struct http_header){"Clear-Site-Data", BYTES_LITERAL("\"cookies\", \"storage\"")};
	return n;
}

static void fill(struct buf *out, size_t body_len)
{
	BUG_IF(out->failed || out->len + FILLING_FRAME > body_len);
	buf_str(out, "<!--");
	buf_fill(out, '.', body_len - out->len - 3);
	buf_str(out, "-->");
	BUG_IF(out->failed);
}

enum err page_send(struct page *p, struct http_connection *c, unsigned status, const struct page_extra *extra,
		   bool keep)
{
	struct http_header headers[PAGE_HEADERS_MAX];
	uint8_t policy[PAGE_POLICY_MAX];
	size_t count = page_headers(headers, policy, p->style_source, BYTES_LITERAL("text/html; charset=utf-8"));
	size_t bucket = 0;
	size_t head_len;
	enum err e;

	count = extra_headers(headers, count, extra);
	page_put(p, PAGE_bottom);
	BUG_IF(p->out.failed);
	/* A bucket's body has as many digits in its length as the bucket itself: the head is a few hundred bytes. */
	head_len = http_response_head_len(status, headers, count, page_buckets[0], keep);
	while (head_len + p->out.len + FILLING_FRAME > page_buckets[bucket]) {
		BUG_IF(++bucket == PAGE_BUCKET_COUNT);
		head_len = http_response_head_len(status, headers, count, page_buckets[bucket], keep);
	}
	fill(&p->out, page_buckets[bucket] - head_len);
	e = http_respond(c, status, headers, count, buf_view(&p->out), keep);
	secret_wipe(p->storage, p->out.len);
	memset(p->values, 0, sizeof p->values);
	return e;
}
