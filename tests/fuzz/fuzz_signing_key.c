/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a signing key's text. One that is taken is written the same. */
#include <stdlib.h>

#include "announce/signing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t storage[SIGNING_KEY_FILE_MAX];
	struct buf text = buf_over(storage, sizeof storage);
	struct signing_key key;

	if (signing_key_read(bytes_of(data, size), &key) != ERR_OK)
		return 0;
	signing_key_write(&text, &key);
	if (!bytes_eq(buf_view(&text), bytes_of(data, size)))
		abort();
	return 0;
}
