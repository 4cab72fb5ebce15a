/* SPDX-License-Identifier: GPL-3.0-or-later
 * The pages for an organisation's own website, as pages/embed.py compiled them from announce/html/NAME.html and
 * pages/po; pages/render.h says in what form. The style sheet is that of the source's pages, with announce.css behind
 * it. */
#ifndef ANNOUNCE_PAGES_H
#define ANNOUNCE_PAGES_H

#include "pages/render.h"

enum announce_page {
#define PAGE(name) PAGE_##name,
#define VALUE(name)
#include "announce/pages.def"
#undef PAGE
#undef VALUE
	PAGE_COUNT
};

enum announce_value {
#define PAGE(name)
#define VALUE(name) VALUE_##name,
#include "announce/pages.def"
#undef PAGE
#undef VALUE
	VALUE_COUNT
};

enum announce_text {
#define TEXT(name, english) TEXT_##name,
#include "announce/texts.def"
#undef TEXT
	TEXT_COUNT
};

extern const uint8_t announce_html[];
extern const uint32_t announce_html_at[PAGE_COUNT + 1];
extern const uint8_t announce_texts[];
extern const uint32_t announce_text_at[];
extern const uint32_t announce_text_count;
/* For the policy: 'sha256-...' of the one style sheet, quotes included. */
extern const char announce_style_source[];

#endif
