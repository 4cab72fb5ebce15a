/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/pages.h"

struct render_set pages_set(void)
{
	return (struct render_set)RENDER_SET(pages);
}

struct bytes page_text(enum page_text text, enum page_language language)
{
	struct render_set set = pages_set();

	return render_text(&set, (uint32_t)text, (unsigned)language);
}
