/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "site/area.h"

#include "limits.h"

static const char mark[] = "courier-stick ";
enum { MARK_LEN = sizeof mark - 1, DIGITS = 10, HEAD_LEN = MARK_LEN + DIGITS + 1 };

bool area_is(struct bytes b)
{
	return bytes_starts(b, bytes_of(mark, MARK_LEN));
}

enum err area_take(struct bytes area, struct bytes *file)
{
	uint64_t length = 0;

	if (area.n != LIMIT_STICK_AREA || !area_is(area) || area.p[HEAD_LEN - 1] != '\n')
		return ERR_FORMAT;
	for (size_t i = MARK_LEN; i < MARK_LEN + DIGITS; i++) {
		if (area.p[i] < '0' || area.p[i] > '9')
			return ERR_FORMAT;
		length = length * 10 + (uint64_t)(area.p[i] - '0');
	}
	if (length > area.n - HEAD_LEN)
		return ERR_FORMAT;
	for (size_t i = HEAD_LEN + (size_t)length; i < area.n; i++)
		if (area.p[i] != 0)
			return ERR_FORMAT;
	*file = bytes_of(area.p + HEAD_LEN, (size_t)length);
	return ERR_OK;
}
