/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "onion/url.h"

bool onion_capital_url(struct buf *out, struct bytes address)
{
	buf_str(out, "HTTP://");
	for (size_t i = 0; i < address.n; i++) {
		uint8_t c = address.p[i];
		bool letter = c >= 'a' && c <= 'z';

		if (!letter && !(c >= '0' && c <= '9') && c != '.')
			return false;
		buf_byte(out, letter ? (uint8_t)(c - ('a' - 'A')) : c);
	}
	buf_byte(out, '/');
	return !out->failed;
}
