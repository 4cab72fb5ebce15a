/* SPDX-License-Identifier: GPL-3.0-or-later
 * The inbox's pages, as pages/embed.py compiled them from browse/html/NAME.html and texts.def; pages/render.h says in
 * what form. The style sheet is that of the source's pages, with browse/inbox.css behind it. */
#ifndef BROWSE_PAGES_H
#define BROWSE_PAGES_H

#include "pages/render.h"

enum browse_page {
#define PAGE(name) PAGE_##name,
#define VALUE(name)
#include "browse/pages.def"
#undef PAGE
#undef VALUE
	PAGE_COUNT
};

enum browse_value {
#define PAGE(name)
#define VALUE(name) VALUE_##name,
#include "browse/pages.def"
#undef PAGE
#undef VALUE
	VALUE_COUNT
};

enum browse_text {
#define TEXT(name, english) TEXT_##name,
#include "browse/texts.def"
#undef TEXT
	TEXT_COUNT
};

extern const uint8_t browse_html[];
extern const uint32_t browse_html_at[PAGE_COUNT + 1];
extern const uint8_t browse_texts[];
extern const uint32_t browse_text_at[];
extern const uint32_t browse_text_count;
extern const char browse_style_source[];

#endif
