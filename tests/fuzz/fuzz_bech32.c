/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a recipient, an identity, and a Bech32 text; what is taken must be written as it was read. */
#include <stdlib.h>
#include <string.h>

#include "age/age.h"
#include "age/bech32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = bytes_of(data, size);
	struct bytes prefix = bech32_prefix(text);
	struct age_recipient r;
	struct age_identity i;
	uint8_t out[AGE_TEXT_MAX];
	uint8_t again[AGE_TEXT_MAX + 8];
	char hrp[AGE_TEXT_MAX + 1] = "";
	struct buf b = buf_over(again, sizeof again);
	size_t n;

	(void)!age_recipient_parse(text, &r);
	(void)!age_identity_parse(text, &i);
	if (prefix.n > AGE_TEXT_MAX)
		return 0;
	for (size_t k = 0; k < prefix.n; k++)
		hrp[k] = (char)(prefix.p[k] >= 'A' && prefix.p[k] <= 'Z' ? prefix.p[k] + 32 : prefix.p[k]);
	if (memchr(hrp, 0, prefix.n) != NULL || bech32_decode(text, hrp, out, sizeof out, &n) != ERR_OK)
		return 0;
	bech32_encode(&b, hrp, bytes_of(out, n), false);
	if (b.failed || b.len != text.n)
		abort();
	for (size_t k = 0; k < b.len; k++)
		if ((b.p[k] | 0x20) != (text.p[k] | 0x20))
			abort();
	return 0;
}
