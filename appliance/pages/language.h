/* SPDX-License-Identifier: GPL-3.0-or-later
 * In which language a page is: what a browser asks for, and what a source chose instead. docs/HTTP.md, "Languages". */
#ifndef PAGES_LANGUAGE_H
#define PAGES_LANGUAGE_H

#include "base/bytes.h"

enum page_language {
#define LANGUAGE(name, tag, dir, own) LANGUAGE_##name,
#include "pages/languages.def"
#undef LANGUAGE
	LANGUAGE_COUNT
};

/* Arrays and no pointers, so that a new worker has nothing to relocate. */
struct page_language_row {
	char file[8]; /* "zh_CN": po/zh_CN.po, and the name of its word list */
	char tag[12]; /* "zh-hans" */
	char dir[4];  /* "ltr", "rtl" */
	char name[24];
};

extern const struct page_language_row page_languages[LANGUAGE_COUNT];

/* The best of an Accept-Language field (RFC 9110, clause 12.5.4): the highest q that we have, the earlier of two alike.
 * What isn't of that grammar is passed over. Without a match: the first language. */
enum page_language page_language_from_accept(struct bytes accept_language);

/* A whole tag of languages.def, letter case aside. False: none of ours, *language is unchanged. */
bool page_language_from_tag(struct bytes tag, enum page_language *language);

#endif
