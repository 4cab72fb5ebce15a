/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/disposition.h"

#include <string.h>

#include "http/text.h"

enum { ENDING_MAX = 16 };

/* Bytes of UTF-8 at p that may not be in a name, as one character; 0: it may. */
static size_t is_bad(struct bytes rest)
{
	/* U+061C, U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069: marks of direction, ends of lines. */
	/* NOLINTBEGIN(misc-misleading-bidirectional): they are what is looked for */
	static const char marks[][4] = {
	    "\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
	    "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
	    "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9",
	};
	/* NOLINTEND(misc-misleading-bidirectional) */

	if (rest.p[0] < ' ' || rest.p[0] == 0x7f || memchr("\"%'*/:;<>?\\`|~$", rest.p[0], 15) != NULL)
		return 1;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (bytes_starts(rest, bytes_str(marks[i])))
			return strlen(marks[i]);
	return 0;
}

/* Each bad character is one '_'. */
static void put_safe(struct buf *out, struct bytes name)
{
	while (name.n > 0) {
		size_t bad = is_bad(name);
		buf_byte(out, bad > 0 ? '_' : name.p[0]);
		name = bytes_from(name, bad > 0 ? bad : 1);
	}
}

/* From the last dot on, if that isn't long; else nothing. */
static struct bytes ending_of(struct bytes name)
{
	for (size_t i = name.n; i > 1 && name.n - i < ENDING_MAX; i--)
		if (name.p[i - 1] == '.')
			return bytes_from(name, i - 1);
	return bytes_of(NULL, 0);
}

static struct bytes trim_name(struct bytes name)
{
	while (name.n > 0 && (name.p[0] == '.' || name.p[0] == ' ' || name.p[0] == '-'))
		name = bytes_from(name, 1);
	while (name.n > 0 && (name.p[name.n - 1] == '.' || name.p[name.n - 1] == ' '))
		name.n--;
	return name;
}

static void put_percent(struct buf *out, struct bytes name)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			     memchr("-._", c, 3) != NULL;
		if (plain) {
			buf_byte(out, c);
		} else {
			buf_byte(out, '%');
			buf_byte(out, (uint8_t)digits[c >> 4]);
			buf_byte(out, (uint8_t)digits[c & 15]);
		}
	}
}

void disposition_put(struct buf *out, struct bytes name)
{
	uint8_t clean_storage[3 * DISPOSITION_NAME_MAX * 4];
	uint8_t safe_storage[sizeof clean_storage];
	uint8_t short_storage[DISPOSITION_NAME_MAX];
	struct buf clean = buf_over(clean_storage, sizeof clean_storage);
	struct buf safe = buf_over(safe_storage, sizeof safe_storage);
	struct buf cut = buf_over(short_storage, sizeof short_storage);
	struct bytes ending;
	struct bytes whole;

	text_clean_line(&clean, bytes_first(name, sizeof clean_storage / 3));
	put_safe(&safe, buf_view(&clean));
	whole = trim_name(buf_view(&safe));
	if (whole.n == 0)
		whole = BYTES_LITERAL("file");
	ending = ending_of(whole);
	buf_put(&cut, text_first(bytes_first(whole, whole.n - ending.n), sizeof short_storage - ending.n));
	buf_put(&cut, ending);
	BUG_IF(clean.failed || safe.failed || cut.failed);
	buf_str(out, "attachment; filename=\"");
	for (size_t i = 0; i < cut.len; i++)
		if (cut.p[i] >> 6 != 2) /* one '_' for a whole character */
			buf_byte(out, cut.p[i] < 0x80 ? cut.p[i] : '_');
	buf_str(out, "\"; filename*=UTF-8''");
	put_percent(out, buf_view(&cut));
}
