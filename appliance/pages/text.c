/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/pages.h"

struct bytes pages_template(enum page_id id)
{
	return bytes_of(pages_html + pages_html_at[id], pages_html_at[id + 1] - pages_html_at[id]);
}

struct bytes pages_text(uint32_t number, enum page_language language)
{
	size_t n = (size_t)language * pages_text_count + number;

	BUG_IF(number >= pages_text_count);
	return bytes_of(pages_texts + pages_text_at[n], pages_text_at[n + 1] - pages_text_at[n]);
}

struct bytes page_text(enum page_text text, enum page_language language)
{
	return pages_text((uint32_t)text, language);
}
