/* SPDX-License-Identifier: GPL-3.0-or-later
 * Compiled templates (pages/embed.py) and values made into HTML: whatever a template shows is escaped here, and there
 * is no other way into a page. */
#ifndef PAGES_RENDER_H
#define PAGES_RENDER_H

#include "base/bytes.h"

/* A mark is one of these bytes and a number of two bytes, the high one first; all other bytes are the page's own.
 * Conditions don't nest; a text holds no mark but MARK_PUT. */
enum page_mark {
	MARK_PUT = 1,    /* {{name}}: the value, escaped */
	MARK_IF = 2,     /* {{?name}}: up to MARK_END only if the value isn't empty */
	MARK_UNLESS = 3, /* {{^name}}: only if it is */
	MARK_END = 4,    /* {{/}} */
	MARK_TEXT = 5,   /* [[English]]: the text of that number in the page's language, which is HTML */
	MARK_LAST = MARK_TEXT,
	MARK_LEN = 3,
};

/* One folder's templates and texts. Template i is html[html_at[i] .. html_at[i + 1]); text i of language l is
 * texts[text_at[n] .. text_at[n + 1]), where n = l * text_count + i. Made on the stack when it is needed: a table of
 * pointers would have to be relocated in every new worker. */
struct render_set {
	const uint8_t *html;
	const uint32_t *html_at;
	unsigned page_count;
	unsigned value_count;
	const uint8_t *texts;
	const uint32_t *text_at;
	uint32_t text_count;
};

/* What pages/embed.py made of the folder of that name, where its pages.h is included. */
#define RENDER_SET(folder)                                                                                             \
	{                                                                                                              \
	    .html = folder##_html,                                                                                     \
	    .html_at = folder##_html_at,                                                                               \
	    .page_count = PAGE_COUNT,                                                                                  \
	    .value_count = VALUE_COUNT,                                                                                \
	    .texts = folder##_texts,                                                                                   \
	    .text_at = folder##_text_at,                                                                               \
	    .text_count = folder##_text_count,                                                                         \
	}

/* Appends template `page`; values has value_count views. */
void render_template(struct buf *out, const struct render_set *set, const struct bytes *values, unsigned page,
		     unsigned language);
/* number < text_count. */
struct bytes render_text(const struct render_set *set, uint32_t number, unsigned language);
/* Appends data with & < > " ' as entities, without CR, and U+FFFD for control characters other than tab and line feed.
 */
void render_escape(struct buf *out, struct bytes data);

#endif
