/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a typed codename; what is taken must be shown, and taken again. */
#include <stdlib.h>
#include <string.h>

#include "codename/codename.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct codename c, again;
	struct codename_problem p;
	uint8_t storage[CODENAME_WORDS_MAX];
	struct buf b = buf_over(storage, sizeof storage);

	if (codename_parse(bytes_of(data, size), &c, &p) != ERR_OK) {
		if (p.fault == CODENAME_UNKNOWN_WORD &&
		    (p.word.n == 0 || p.word.p < data || p.word.p + p.word.n > data + size))
			abort();
		return 0;
	}
	if (codename_words(&b, &c, "en") != ERR_OK || codename_parse(buf_view(&b), &again, NULL) != ERR_OK ||
	    memcmp(&c, &again, sizeof c) != 0)
		abort();
	b.len = 0;
	codename_digits(&b, &c);
	if (codename_parse(buf_view(&b), &again, NULL) != ERR_OK || memcmp(&c, &again, sizeof c) != 0)
		abort();
	return 0;
}
