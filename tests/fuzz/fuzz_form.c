/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as an urlencoded form, and each value then as typed text: what is cleaned is clean, and cleaning it again
 * changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "http/form.h"
#include "http/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 8192 };

static void clean_twice(struct bytes in)
{
	static uint8_t once[3 * BODY_MAX];
	static uint8_t twice[3 * BODY_MAX];
	struct buf a = buf_over(once, sizeof once);
	struct buf b = buf_over(twice, sizeof twice);

	text_clean(&a, in);
	if (a.failed)
		abort();
	for (size_t i = 0; i < a.len; i++)
		if (once[i] < ' ' && once[i] != '\n' && once[i] != '\t')
			abort();
	text_clean(&b, buf_view(&a));
	if (!bytes_eq(buf_view(&a), buf_view(&b)))
		abort();
	if (text_first(buf_view(&a), 80).n > 80)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *body;
	struct form f;

	if (size > BODY_MAX)
		return 0;
	clean_twice(bytes_of(data, size));
	body = malloc(size > 0 ? size : 1); /* its own block: a byte past it is seen */
	if (body == NULL)
		return 0;
	if (size > 0)
		memcpy(body, data, size);
	if (form_parse(body, size, &f) == ERR_OK) {
		if (f.count > LIMIT_FORM_FIELDS)
			abort();
		for (size_t i = 0; i < f.count; i++) {
			if (f.fields[i].name.n == 0 || f.fields[i].name.n > LIMIT_FORM_NAME)
				abort();
			if (f.fields[i].name.p < body || f.fields[i].value.p + f.fields[i].value.n > body + size)
				abort();
			clean_twice(f.fields[i].value);
		}
	}
	free(body);
	return 0;
}
