/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/cookie.h"

struct bytes cookie_value(struct bytes field, const char *name)
{
	struct bytes found = {NULL, 0};
	struct bytes pair;

	while (bytes_split(&field, ';', &pair)) {
		pair = bytes_trim(pair);
		if (!bytes_starts(pair, bytes_str(name)))
			continue;
		if (found.p != NULL)
			return (struct bytes){NULL, 0};
		found = bytes_from(pair, bytes_str(name).n);
	}
	return found;
}
