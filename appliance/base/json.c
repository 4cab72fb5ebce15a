/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include "base/text.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 8 };

static void skip_blanks(struct bytes *rest)
{
	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t' || rest->p[0] == '\n' || rest->p[0] == '\r'))
		*rest = bytes_from(*rest, 1);
}

static bool take(struct bytes *rest, uint8_t c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	*rest = bytes_from(*rest, 1);
	return true;
}

static bool take_escape(struct bytes *rest)
{
	uint8_t code[2];
	size_t n;

	if (take(rest, 'u')) {
		if (rest->n < 4 || hex_decode(bytes_first(*rest, 4), code, sizeof code, &n) != ERR_OK)
			return false;
		*rest = bytes_from(*rest, 4);
		return true;
	}
	for (const char *c = "\"\\/bfnrt"; *c != '\0'; c++)
		if (take(rest, (uint8_t)*c))
			return true;
	return false;
}

static bool take_string(struct bytes *rest)
{
	uint32_t c;

	if (!take(rest, '"'))
		return false;
	while (!take(rest, '"')) {
		if (utf8_next(rest, &c) != ERR_OK || !text_is_visible(c) || (c == '\\' && !take_escape(rest)))
			return false;
	}
	return true;
}

static bool take_digits(struct bytes *rest)
{
	size_t before = rest->n;

	while (rest->n > 0 && rest->p[0] >= '0' && rest->p[0] <= '9')
		*rest = bytes_from(*rest, 1);
	return rest->n < before;
}

static bool take_number(struct bytes *rest)
{
	(void)take(rest, '-');
	if (!take(rest, '0') && !take_digits(rest))
		return false;
	if (take(rest, '.') && !take_digits(rest))
		return false;
	if (take(rest, 'e') || take(rest, 'E')) {
		if (!take(rest, '+'))
			(void)take(rest, '-');
		return take_digits(rest);
	}
	return true;
}

static bool take_word(struct bytes *rest)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < 3; i++)
		if (bytes_starts(*rest, bytes_str(words[i]))) {
			*rest = bytes_from(*rest, bytes_str(words[i]).n);
			return true;
		}
	return false;
}

static bool take_value(struct bytes *rest, unsigned depth);

/* What stands between the brackets. */
static bool take_list(struct bytes *rest, bool object, unsigned depth)
{
	uint8_t end = object ? '}' : ']';

	skip_blanks(rest);
	if (take(rest, end))
		return true;
	do {
		skip_blanks(rest);
		if (object) {
			if (!take_string(rest))
				return false;
			skip_blanks(rest);
			if (!take(rest, ':'))
				return false;
		}
		if (!take_value(rest, depth + 1))
			return false;
	} while (take(rest, ','));
	return take(rest, end);
}

/* With the blanks around it. */
static bool take_value(struct bytes *rest, unsigned depth)
{
	bool sound;

	skip_blanks(rest);
	if (rest->n == 0 || depth > DEPTH_MAX)
		return false;
	switch (rest->p[0]) {
	case '{':
	case '[':
		sound = rest->p[0] == '{';
		*rest = bytes_from(*rest, 1);
		sound = take_list(rest, sound, depth);
		break;
	case '"':
		sound = take_string(rest);
		break;
	case 't':
	case 'f':
	case 'n':
		sound = take_word(rest);
		break;
	default:
		sound = take_number(rest);
	}
	skip_blanks(rest);
	return sound;
}

bool json_is_sound(struct bytes text)
{
	return take_value(&text, 0) && text.n == 0;
}

static struct bytes value_at(struct bytes *rest)
{
	struct bytes from = *rest;

	if (!take_value(rest, 0))
		return bytes_of(NULL, 0);
	return bytes_trim(bytes_first(from, from.n - rest->n));
}

bool json_member(struct bytes object, const char *key, struct bytes *value)
{
	struct bytes rest = bytes_trim(object);
	struct bytes found;

	if (!take(&rest, '{'))
		return false;
	do {
		struct bytes name = value_at(&rest);

		if (!json_string(name, &name) || !take(&rest, ':'))
			return false;
		found = value_at(&rest);
		if (bytes_eq_str(name, key)) {
			*value = found;
			return true;
		}
	} while (take(&rest, ','));
	return false;
}

bool json_element(struct bytes *array, struct bytes *element)
{
	skip_blanks(array);
	if (!take(array, '[') && !take(array, ','))
		return false;
	*element = value_at(array);
	return element->n > 0;
}

bool json_string(struct bytes value, struct bytes *text)
{
	if (value.n < 2 || value.p[0] != '"')
		return false;
	*text = bytes_first(bytes_from(value, 1), value.n - 2);
	return true;
}

static void put_escape(struct buf *out, uint32_t unit)
{
	uint8_t code[2] = {(uint8_t)(unit >> 8), (uint8_t)unit};

	buf_str(out, "\\u");
	buf_hex(out, BYTES_ARRAY(code));
}

void json_put_string(struct buf *out, struct bytes text)
{
	buf_byte(out, '"');
	while (text.n > 0) {
		struct bytes at = text;
		uint32_t c = 0xfffd;

		if (utf8_next(&text, &c) != ERR_OK)
			text = bytes_from(text, 1);
		if (c == '"' || c == '\\')
			buf_byte(out, '\\');
		if (c == 0xfffd)
			put_escape(out, c);
		else if (text_is_visible(c))
			buf_put(out, bytes_first(at, at.n - text.n));
		else if (c < 0x10000)
			put_escape(out, c);
		else {
			put_escape(out, 0xd800 + ((c - 0x10000) >> 10));
			put_escape(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
		}
	}
	buf_byte(out, '"');
}
