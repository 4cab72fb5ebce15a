/* SPDX-License-Identifier: GPL-3.0-or-later
 * Pages: templates and values made into a response of one of a few sizes. Whatever a template shows is escaped
 * (pages/render.h), and there is no other way into a page. */
#ifndef VISIT_PAGE_H
#define VISIT_PAGE_H

#include "base/bytes.h"
#include "http/http.h"
#include "pages/pages.h"

/* Every response, status line and headers included, has one of these sizes. */
enum { PAGE_BUCKET_COUNT = 4 };
extern const uint32_t page_buckets[PAGE_BUCKET_COUNT];
#define PAGE_MAX (1536u * 1024u)

enum { PAGE_QUERY_MAX = 24 }; /* "?lang=zh-hans" */

/* Over a megabyte, of which only what is used is ever touched: static storage. */
struct page {
	enum page_language language;
	char query[PAGE_QUERY_MAX];
	struct bytes style;        /* the site's own, after ours */
	struct bytes style_source; /* how the policy names it */
	struct bytes values[VALUE_COUNT];
	struct buf out;
	uint8_t storage[PAGE_MAX];
};

/* The page's language, which stays until it is set again. chosen: the source chose it, so that every link of the page
 * has to say it; else the browser's Accept-Language does. */
void page_set_language(struct page *p, enum page_language language, bool chosen);
/* What a Location of ours ends in: "" or "?lang=ru". */
const char *page_query(const struct page *p);
/* Empties the page and its values but for the language, sets the title, writes the frame's first half. site: who
 * receives the messages. */
void page_begin(struct page *p, struct bytes site, enum page_text title);
/* The view is used by the page_put()s that follow, and must live until then. */
void page_set(struct page *p, enum page_value v, struct bytes value);
void page_set_str(struct page *p, enum page_value v, const char *value);
void page_set_text(struct page *p, enum page_value v, enum page_text text); /* in the page's language */
void page_put(struct page *p, enum page_id id);
/* Bytes that still fit, the frame's other half set aside. */
size_t page_room(const struct page *p);

/* The headers of every answer, always the same ones in the same order; those that differ come after them. Returns how
 * many. policy: storage that lives as long as they. style_source: as in struct page. */
enum { PAGE_HEADERS_MAX = 12, PAGE_POLICY_MAX = 320 };
size_t page_headers(struct http_header headers[static PAGE_HEADERS_MAX], uint8_t policy[static PAGE_POLICY_MAX],
		    struct bytes style_source, struct bytes type);

/* What differs from answer to answer; NULL or empty: absent. */
struct page_extra {
	const char *location; /* 303 */
	const char *allow;    /* 405 */
	struct bytes cookie;  /* Set-Cookie, whole */
	bool clear_site_data;
};

/* Writes the frame's second half, fills up to the next size, sends, wipes. A page that outgrew PAGE_MAX is a bug:
 * callers ask page_room() first. */
enum err page_send(struct page *p, struct http_connection *c, unsigned status, const struct page_extra *extra,
		   bool keep) MUST_CHECK;

#endif
