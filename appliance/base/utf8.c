/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"

enum err utf8_next(struct bytes *rest, uint32_t *character)
{
	static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c;
	size_t n;

	if (rest->n == 0)
		return ERR_FORMAT;
	c = rest->p[0];
	n = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;
	if (n == 0 || n > rest->n)
		return ERR_FORMAT;
	if (n > 1)
		c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if (rest->p[i] >> 6 != 2)
			return ERR_FORMAT;
		c = c << 6 | (rest->p[i] & 0x3fu);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return ERR_FORMAT;
	*rest = bytes_from(*rest, n);
	*character = c;
	return ERR_OK;
}
