/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a reply's meta item, and then as a name for a browser: one header field of ASCII, whose quoted string no
 * byte of the name can end. */
#include <stdlib.h>
#include <string.h>

#include "http/disposition.h"
#include "visit/attachment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_field(struct bytes name)
{
	uint8_t storage[DISPOSITION_MAX];
	struct buf out = buf_over(storage, sizeof storage);
	size_t quotes = 0;

	disposition_put(&out, name);
	if (out.failed)
		abort();
	for (size_t i = 0; i < out.len; i++) {
		if (storage[i] < ' ' || storage[i] > '~' || storage[i] == '/' || storage[i] == '\\')
			abort();
		quotes += storage[i] == '"';
	}
	if (quotes != 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct attachment a;

	check_field(bytes_of(data, size));
	if (attachment_parse(bytes_of(data, size), &a) != ERR_OK)
		return 0;
	if (a.name_len > sizeof a.name || a.len > LIMIT_UPLOAD_MOST)
		abort();
	check_field(bytes_of(a.name, a.name_len));
	return 0;
}
