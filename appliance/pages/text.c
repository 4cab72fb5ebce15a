/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/pages.h"

struct render_set pages_set(void)
{
	return (struct render_set){
	    .html = pages_html,
	    .html_at = pages_html_at,
	    .page_count = PAGE_COUNT,
	    .value_count = VALUE_COUNT,
	    .texts = pages_texts,
	    .text_at = pages_text_at,
	    .text_count = pages_text_count,
	};
}

struct bytes page_text(enum page_text text, enum page_language language)
{
	struct render_set set = pages_set();

	return render_text(&set, (uint32_t)text, (unsigned)language);
}
