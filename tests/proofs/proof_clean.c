/* SPDX-License-Identifier: GPL-3.0-or-later
 * http/text.c: what somebody typed, any 3 bytes; and where a text of 5 is cut. */
#include "proof.h"

#include "http/text.c"

enum { TEXT_MAX = 3, REPLACEMENT_LEN = 3 };

void prove_clean(void)
{
	uint8_t object[TEXT_MAX], storage[TEXT_MAX * REPLACEMENT_LEN];
	struct bytes in = last_bytes(object, sizeof object);
	struct buf out = buf_over(storage, sizeof storage);
	bool one_line = nondet_bool();

	clean(&out, in, one_line);
	PROVE(!out.failed && out.len <= in.n * REPLACEMENT_LEN && (in.n == 0) == (out.len == 0));
	for (size_t i = 0; i < out.len; i++)
		PROVE(storage[i] != 0x7f &&
		      (storage[i] >= ' ' || (!one_line && (storage[i] == '\n' || storage[i] == '\t'))));
}

void prove_first(void)
{
	struct bytes text = any_bytes(5), first;
	size_t max = nondet_size();

	first = text_first(text, max);
	PROVE(first.n <= max && first.p == text.p);
	PROVE(first.n <= text.n && (first.n == 0 || first.n == text.n || (text.p[first.n] & 0xc0) != 0x80));
}
