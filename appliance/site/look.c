/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "site/look.h"

#include <bearssl_hash.h>

#include "base/text.h"
#include "site/take.h"

/* What a line of PART_VISIT's field has beside the text: "topic 15 zh-hans " and the line's end. */
enum { LINE_FRAME = 20, STYLE_ROOM = ACCENT_STYLE_MAX + 80 };

bool site_take_accent(struct bytes text, struct site *s, struct site_fault *fault)
{
	if (accent_parse(text, &s->accent) != ERR_OK)
		return take_refused(fault, "The accent is a colour like #1f4e6b: a # and six hexadecimal digits.");
	s->has_accent = true;
	return true;
}

static const char *tag_of(int language)
{
	return language == SITE_ANY_LANGUAGE ? "-" : page_languages[language].tag;
}

static bool take(struct site_text one, struct bytes language, struct site *s, struct site_fault *fault)
{
	enum page_language known;
	size_t total = STYLE_ROOM + one.text.n + LINE_FRAME;

	if (language.n > 0) {
		if (!page_language_from_tag(language, &known))
			return take_refused(fault,
					    "This language is none of the pages'. docs/SITE-FILE.md lists their tags.");
		one.language = (int)known;
	}
	for (size_t i = 0; i < s->text_count; i++) {
		total += s->texts[i].text.n + LINE_FRAME;
		if (s->texts[i].topic == one.topic && s->texts[i].language == one.language)
			return take_refused(fault, "There is a line for this language already.");
	}
	if (s->text_count == LIMIT_SITE_TEXTS || total > LIMIT_LOOK)
		return take_refused(
		    fault, "All texts and topics' names together, with 20 bytes for each, have at most 8976 bytes.");
	s->texts[s->text_count++] = one;
	return true;
}

bool site_take_text(struct bytes language, struct bytes text, struct site *s, struct site_fault *fault)
{
	if (text.n == 0 || text.n > LIMIT_SITE_TEXT || !text_is_line(text))
		return take_refused(fault,
				    "A text is one line of 1 to 600 bytes of UTF-8, without control characters.");
	return take((struct site_text){SITE_NO_TOPIC, SITE_ANY_LANGUAGE, text}, language, s, fault);
}

bool site_take_topic_name(struct bytes language, struct bytes text, struct site *s, struct site_fault *fault)
{
	if (s->topic_count == 0)
		return take_refused(fault,
				    "This line names a topic in another language. Put it below its \"topic\" line.");
	if (text.n == 0 || text.n >= LIMIT_TOPIC || !text_is_line(text))
		return take_refused(fault,
				    "A topic is one line of 1 to 79 bytes of UTF-8, without control characters.");
	return take((struct site_text){(int)s->topic_count - 1, SITE_ANY_LANGUAGE, text}, language, s, fault);
}

/* ---- for the visits */

static void put_style(struct buf *out, struct rgb accent)
{
	uint8_t storage[ACCENT_STYLE_MAX];
	struct buf style = buf_over(storage, sizeof storage);
	uint8_t digest[br_sha256_SIZE];
	br_sha256_context hash;

	accent_style(&style, accent);
	BUG_IF(style.failed);
	br_sha256_init(&hash);
	br_sha256_update(&hash, style.p, style.len);
	br_sha256_out(&hash, digest);
	buf_str(out, "style ");
	buf_put(out, buf_view(&style));
	buf_str(out, "\nsource 'sha256-");
	base64_encode(out, BYTES_ARRAY(digest), true);
	buf_str(out, "'\n");
}

void site_put_look(struct buf *out, const struct site *s)
{
	if (s->has_accent)
		put_style(out, s->accent);
	for (size_t i = 0; i < s->text_count; i++) {
		const struct site_text *t = &s->texts[i];
		if (t->topic == SITE_NO_TOPIC) {
			buf_str(out, "text ");
		} else {
			buf_str(out, "topic ");
			buf_decimal(out, (uint64_t)t->topic);
			buf_byte(out, ' ');
		}
		buf_str(out, tag_of(t->language));
		buf_byte(out, ' ');
		buf_put(out, t->text);
		buf_byte(out, '\n');
	}
}

/* ---- for the file */

void site_write_accent(struct buf *out, const struct site *s)
{
	const uint8_t raw[3] = {s->accent.r, s->accent.g, s->accent.b};

	if (!s->has_accent)
		return;
	buf_str(out, "accent = #");
	buf_hex(out, BYTES_ARRAY(raw));
	buf_byte(out, '\n');
}

void site_write_texts(struct buf *out, const struct site *s, int topic)
{
	for (size_t i = 0; i < s->text_count; i++) {
		const struct site_text *t = &s->texts[i];
		if (t->topic != topic)
			continue;
		buf_str(out, topic == SITE_NO_TOPIC ? "text" : "topic");
		if (t->language != SITE_ANY_LANGUAGE) {
			buf_byte(out, ' ');
			buf_str(out, tag_of(t->language));
		}
		buf_str(out, " = ");
		buf_put(out, t->text);
		buf_byte(out, '\n');
	}
}
