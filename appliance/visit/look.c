/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "visit/look.h"

/* What follows `key` on the line that begins with it. */
static struct bytes line_after(struct bytes look, struct bytes key)
{
	struct bytes line;

	while (bytes_split(&look, '\n', &line))
		if (bytes_starts(line, key))
			return bytes_from(line, key.n);
	return bytes_of(NULL, 0);
}

struct bytes look_style(struct bytes look)
{
	return line_after(look, BYTES_LITERAL("style "));
}

struct bytes look_style_source(struct bytes look)
{
	return line_after(look, BYTES_LITERAL("source "));
}

static struct bytes in_language(struct bytes look, struct buf *key, const char *tag)
{
	buf_str(key, tag);
	buf_byte(key, ' ');
	BUG_IF(key->failed);
	return line_after(look, buf_view(key));
}

struct bytes look_text(struct bytes look, enum page_language language)
{
	uint8_t storage[32];
	struct buf key = buf_over(storage, sizeof storage);
	struct bytes text;

	buf_str(&key, "text ");
	text = in_language(look, &key, page_languages[language].tag);
	return text.n > 0 ? text : line_after(look, BYTES_LITERAL("text - "));
}

struct bytes look_topic(struct bytes look, size_t number, struct bytes name, enum page_language language)
{
	uint8_t storage[48];
	struct buf key = buf_over(storage, sizeof storage);
	struct bytes text;

	buf_str(&key, "topic ");
	buf_decimal(&key, number);
	buf_byte(&key, ' ');
	text = in_language(look, &key, page_languages[language].tag);
	return text.n > 0 ? text : name;
}
