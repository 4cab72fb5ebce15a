/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as an Accept-Language field: a language of ours comes of it, the same whatever stands around that asks for
 * nothing; a first range of full weight wins over all that follows. */
#include <stdlib.h>
#include <string.h>

#include "pages/language.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELD_MAX = 16 * 1024 };

static enum page_language with(const char *before, struct bytes field, const char *after)
{
	static uint8_t storage[FIELD_MAX + 64];
	struct buf b = buf_over(storage, sizeof storage);

	buf_str(&b, before);
	buf_put(&b, field);
	buf_str(&b, after);
	if (b.failed)
		abort();
	return page_language_from_accept(buf_view(&b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes field = bytes_of(data, size < FIELD_MAX ? size : FIELD_MAX);
	enum page_language language = page_language_from_accept(field);
	enum page_language tag;

	if (language >= LANGUAGE_COUNT || with(",-;q=1, *,", field, ",tr;q=0,,en;q=1.5") != language)
		abort();
	if (with("tr;q=1.000,", field, "") != LANGUAGE_tr)
		abort();
	if (page_language_from_tag(field, &tag) && (tag >= LANGUAGE_COUNT || tag != language))
		abort();
	return 0;
}
