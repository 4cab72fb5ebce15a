/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a typed codename; what is taken must be shown, in each language, and taken again. */
#include <stdlib.h>
#include <string.h>

#include "codename/codename.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_again(const struct buf *shown, const char *page, const struct codename *c)
{
	struct codename again;

	if (shown->failed || codename_parse(buf_view(shown), page, &again, NULL) != ERR_OK ||
	    memcmp(c, &again, sizeof again) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const pages[] = {"en", "ru", "zh-Hans", "zh-Hant", "ja", "ko", "fr",
					    "es", "pt", "it",      "cs",      "tr", "fa"};
	const char *page = pages[size % (sizeof pages / sizeof pages[0])];
	struct codename c;
	struct codename_problem p;
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	if (codename_parse(bytes_of(data, size), page, &c, &p) != ERR_OK) {
		if (p.fault == CODENAME_UNKNOWN_WORD &&
		    (p.word.n == 0 || p.word.p < data || p.word.p + p.word.n > data + size))
			abort();
		return 0;
	}
	if (codename_words(&b, &c, page) == ERR_OK)
		take_again(&b, "en", &c);
	b = buf_over(storage, CODENAME_DIGITS_MAX);
	if (codename_digits_in(&b, &c, page) != ERR_OK)
		codename_digits(&b, &c);
	take_again(&b, page, &c);
	return 0;
}
