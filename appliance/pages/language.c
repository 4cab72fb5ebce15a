/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/language.h"

#include <string.h>

const struct page_language_row page_languages[LANGUAGE_COUNT] = {
#define LANGUAGE(name, tag, dir, own) {#name, tag, dir, own},
#include "pages/languages.def"
#undef LANGUAGE
};

enum { Q_ONE = 1000 };

bool page_language_from_tag(struct bytes tag, enum page_language *language)
{
	for (int i = 0; i < LANGUAGE_COUNT; i++)
		if (bytes_eq_nocase(tag, page_languages[i].tag)) {
			*language = (enum page_language)i;
			return true;
		}
	return false;
}

static bool has_part(struct bytes tag, const char *part)
{
	struct bytes one;

	while (bytes_split(&tag, '-', &one))
		if (bytes_eq_nocase(one, part))
			return true;
	return false;
}

/* Chinese is asked for by place more often than by script. */
static const char *chinese(struct bytes rest)
{
	static const char traditional[][5] = {"hant", "tw", "hk", "mo"};

	if (has_part(rest, "hans"))
		return "zh-hans";
	for (size_t i = 0; i < sizeof traditional / sizeof traditional[0]; i++)
		if (has_part(rest, traditional[i]))
			return "zh-hant";
	return "zh-hans";
}

/* A range as browsers send it: "fr", "fr-CA", "zh-TW". Regions and scripts of the others don't matter to us. */
static bool from_range(struct bytes range, enum page_language *language)
{
	struct bytes rest = range;
	struct bytes primary;

	if (!bytes_split(&rest, '-', &primary))
		return false;
	if (bytes_eq_nocase(primary, "zh"))
		return page_language_from_tag(bytes_str(chinese(rest)), language);
	return page_language_from_tag(primary, language);
}

/* "q=" and a weight of RFC 9110, clause 12.4.2, in thousandths; -1: not one. */
static int weight(struct bytes text)
{
	static const int scale[] = {100, 10, 1};
	bool one;
	int q;

	if (text.n < 3 || text.n > 7 || (text.p[0] | 0x20) != 'q' || text.p[1] != '=')
		return -1;
	one = text.p[2] == '1';
	if (!one && text.p[2] != '0')
		return -1;
	if (text.n > 3 && text.p[3] != '.')
		return -1;
	q = one ? Q_ONE : 0;
	for (size_t i = 4; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		q += (text.p[i] - '0') * scale[i - 4];
	}
	return q <= Q_ONE ? q : -1;
}

enum page_language page_language_from_accept(struct bytes accept_language)
{
	enum page_language best = (enum page_language)0;
	int best_q = 0;
	struct bytes one;

	while (bytes_split(&accept_language, ',', &one)) {
		struct bytes range;
		enum page_language language;
		int q = Q_ONE;
		if (!bytes_split(&one, ';', &range) || !from_range(bytes_trim(range), &language))
			continue;
		if (one.n > 0)
			q = weight(bytes_trim(one));
		if (q > best_q) {
			best = language;
			best_q = q;
		}
	}
	return best;
}
