/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door/busy.h"

#include "pages/pages.h"

enum { PAGE_LEN = 24 * 1024 }; /* visit's smallest size of a whole response */

static void put_text(struct buf *out, enum page_id page, enum page_language language)
{
	const struct render_set set = pages_set();
	struct bytes values[VALUE_COUNT] = {{NULL, 0}};

	values[VALUE_lang] = bytes_str(page_languages[language].tag);
	values[VALUE_dir] = bytes_str(page_languages[language].dir);
	values[VALUE_title] = page_text(TEXT_title_error_503, language);
	values[VALUE_text] = page_text(TEXT_busy, language);
	render_template(out, &set, values, (unsigned)page, (unsigned)language);
}

/* The door knows nothing of who came: one page for all of them. */
static void put_body(struct buf *out)
{
	put_text(out, PAGE_busy_begin, LANGUAGE_en);
	for (int l = 0; l < LANGUAGE_COUNT; l++)
		if (l != LANGUAGE_en)
			put_text(out, PAGE_busy_language, (enum page_language)l);
	put_text(out, PAGE_busy_end, LANGUAGE_en);
}

static void put_head(struct buf *out)
{
	buf_str(out, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\n");
#define HEADER(name, value) buf_str(out, name ": " value "\r\n");
#define POLICY(name, before, after)                                                                                    \
	buf_str(out, name ": " before);                                                                                \
	buf_str(out, pages_style_source);                                                                              \
	buf_str(out, after "\r\n");
#include "pages/headers.def"
#undef HEADER
#undef POLICY
	buf_str(out, "Content-Length: ");
}

struct bytes busy_page(void)
{
	static const char head_end[] = "\r\nConnection: close\r\n\r\n";
	static const char filling[] = "<!--";
	static const char filling_end[] = "-->";
	static uint8_t storage[PAGE_LEN];
	static struct buf b;

	if (b.len == 0) {
		b = buf_over(storage, sizeof storage);
		put_head(&b);
		/* The length has five digits for any body that fits here. */
		buf_decimal(&b, PAGE_LEN - (b.len + 5 + sizeof head_end - 1));
		buf_str(&b, head_end);
		put_body(&b);
		buf_str(&b, filling);
		BUG_IF(b.failed || b.len + sizeof filling_end - 1 > PAGE_LEN);
		buf_fill(&b, '.', PAGE_LEN - b.len - (sizeof filling_end - 1));
		buf_str(&b, filling_end);
		BUG_IF(b.failed || b.len != PAGE_LEN);
	}
	return buf_view(&b);
}

struct bytes busy_short(void)
{
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
				     "Content-Length: 0\r\n"
				     "Connection: close\r\n\r\n";

	return BYTES_LITERAL(answer);
}
