/* SPDX-License-Identifier: GPL-3.0-or-later
 * The pages, as pages/embed.py compiled them from pages/NAME.html: text with marks in it, read by visit/page.c.
 * Offsets and no pointers, so that a new worker has nothing to relocate. */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include <stdint.h>

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

/* A mark is one of these bytes and the value's number; all other bytes are the page's own. Conditions don't nest. */
enum page_mark {
	MARK_PUT = 1,    /* {{name}}: the value, escaped */
	MARK_IF = 2,     /* {{?name}}: up to MARK_END only if the value isn't empty */
	MARK_UNLESS = 3, /* {{^name}}: only if it is */
	MARK_END = 4,    /* {{/}} */
};

/* Template i is pages_text[pages_offset[i] .. pages_offset[i + 1]). */
extern const uint8_t pages_text[];
extern const uint32_t pages_offset[PAGE_COUNT + 1];
/* For the Content-Security-Policy: 'sha256-...' of the one style sheet, quotes included. */
extern const char pages_style_source[];

#endif
