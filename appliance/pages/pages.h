/* SPDX-License-Identifier: GPL-3.0-or-later
 * The pages, as pages/embed.py compiled them from pages/html/NAME.html and po/LANGUAGE.po: text with marks in it, read
 * by pages/render.c. Offsets and no pointers, so that a new worker has nothing to relocate. */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include "base/bytes.h"
#include "pages/language.h"
#include "pages/render.h"

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

/* Made by embed.py; pages/render.h says what they hold. */
extern const uint8_t pages_html[];
extern const uint32_t pages_html_at[PAGE_COUNT + 1];
extern const uint8_t pages_texts[];
extern const uint32_t pages_text_at[];
extern const uint32_t pages_text_count;
/* For the Content-Security-Policy: 'sha256-...' of the one style sheet, quotes included. */
extern const char pages_style_source[];

struct render_set pages_set(void);
/* Plain text: to be shown, it must be escaped as any value. */
struct bytes page_text(enum page_text text, enum page_language language);

#endif
