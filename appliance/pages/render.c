/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/render.h"

void render_escape(struct buf *out, struct bytes data)
{
	size_t from = 0;

	for (size_t i = 0; i < data.n; i++) {
		const char *entity;
		switch (data.p[i]) {
		case '&':
			entity = "&amp;";
			break;
		case '<':
			entity = "&lt;";
			break;
		case '>':
			entity = "&gt;";
			break;
		case '"':
			entity = "&quot;";
			break;
		case '\'':
			entity = "&#39;";
			break;
		case '\r':
			entity = ""; /* line ends are LF here */
			break;
		default:
			if ((data.p[i] >= ' ' && data.p[i] != 0x7f) || data.p[i] == '\n' || data.p[i] == '\t')
				continue;
			entity = "\xef\xbf\xbd";
		}
		buf_put(out, bytes_of(data.p + from, i - from));
		buf_str(out, entity);
		from = i + 1;
	}
	buf_put(out, bytes_from(data, from));
}

struct bytes render_text(const struct render_set *set, uint32_t number, unsigned language)
{
	size_t n = (size_t)language * set->text_count + number;

	BUG_IF(number >= set->text_count);
	return bytes_of(set->texts + set->text_at[n], set->text_at[n + 1] - set->text_at[n]);
}

/* The length of the page's own text before the next mark. */
static size_t plain_len(struct bytes text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] > MARK_LAST)
		n++;
	return n;
}

static void put_marked(struct buf *out, const struct render_set *set, const struct bytes *values, struct bytes text,
		       unsigned language)
{
	bool shown = true;

	while (text.n > 0) {
		size_t n = plain_len(text);
		unsigned number;
		uint8_t mark;
		if (shown)
			buf_put(out, bytes_first(text, n));
		text = bytes_from(text, n);
		if (text.n < MARK_LEN)
			break;
		mark = text.p[0];
		number = (unsigned)text.p[1] << 8 | text.p[2];
		BUG_IF(mark != MARK_TEXT && number >= set->value_count);
		text = bytes_from(text, MARK_LEN);
		if (mark == MARK_IF)
			shown = values[number].n > 0;
		else if (mark == MARK_UNLESS)
			shown = values[number].n == 0;
		else if (mark == MARK_END)
			shown = true;
		else if (shown && mark == MARK_TEXT)
			put_marked(out, set, values, render_text(set, number, language), language);
		else if (shown)
			render_escape(out, values[number]);
	}
}

void render_template(struct buf *out, const struct render_set *set, const struct bytes *values, unsigned page,
		     unsigned language)
{
	BUG_IF(page >= set->page_count);
	put_marked(out, set, values,
		   bytes_of(set->html + set->html_at[page], set->html_at[page + 1] - set->html_at[page]), language);
}
