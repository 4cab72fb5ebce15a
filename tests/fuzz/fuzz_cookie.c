/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a Cookie field: a token that is taken is written back the same. */
#include <stdlib.h>

#include "visit/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t token[SESSION_TOKEN_LEN];
	uint8_t text[2 + SESSION_TEXT_LEN];
	struct buf b = buf_over(text, sizeof text);

	if (session_token(bytes_of(data, size), "s=", token) != ERR_OK)
		return 0;
	buf_str(&b, "s=");
	base64url_encode(&b, BYTES_ARRAY(token));
	if (b.failed || bytes_find(bytes_of(data, size), buf_view(&b)) == size)
		abort();
	return 0;
}
