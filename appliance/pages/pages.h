/* SPDX-License-Identifier: GPL-3.0-or-later
 * The pages, as pages/embed.py compiled them from pages/NAME.html and po/LANGUAGE.po: text with marks in it, read by
 * visit/page.c. Offsets and no pointers, so that a new worker has nothing to relocate. */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include "base/bytes.h"
#include "pages/language.h"

enum page_id {
#define PAGE(name) PAGE_##name,
#define VALUE(name)
#include "pages/pages.def"
#undef PAGE
#undef VALUE
	PAGE_COUNT
};

enum page_value {
#define PAGE(name)
#define VALUE(name) VALUE_##name,
#include "pages/pages.def"
#undef PAGE
#undef VALUE
	VALUE_COUNT
};

/* Texts that the code puts into values. Those of the templates have the numbers after these. */
enum page_text {
#define TEXT(name, english) TEXT_##name,
#include "pages/texts.def"
#undef TEXT
	TEXT_COUNT
};

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

/* Template i is pages_html[pages_html_at[i] .. pages_html_at[i + 1]). */
extern const uint8_t pages_html[];
extern const uint32_t pages_html_at[PAGE_COUNT + 1];
/* Text i of language l is pages_texts[pages_text_at[n] .. pages_text_at[n + 1]), where n = l * pages_text_count + i. */
extern const uint8_t pages_texts[];
extern const uint32_t pages_text_at[];
extern const uint32_t pages_text_count;
/* For the Content-Security-Policy: 'sha256-...' of the one style sheet, quotes included. */
extern const char pages_style_source[];

struct bytes pages_template(enum page_id id);
/* number < pages_text_count. */
struct bytes pages_text(uint32_t number, enum page_language language);
/* Plain text: to be shown, it must be escaped as any value. */
struct bytes page_text(enum page_text text, enum page_language language);

#endif
