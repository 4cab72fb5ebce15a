/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unlock/date.h"

#include "start/built.h"
#include "base/fd.h"

enum { DAY_LEN = 10, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 24 * HOUR_S };

/* Two digits. */
static bool take_two(struct bytes text, size_t at, uint64_t max, uint64_t *n)
{
	uint8_t digits[2] = {text.p[at], text.p[at + 1]};

	if (digits[0] < '0' || digits[0] > '9' || digits[1] < '0' || digits[1] > '9')
		return false;
	*n = (uint64_t)(digits[0] - '0') * 10 + (uint64_t)(digits[1] - '0');
	return *n <= max;
}

enum err date_parse(struct bytes text, int64_t *unix_s)
{
	uint64_t hour = 0;
	uint64_t minute = 0;
	uint32_t day;
	enum err e;

	text = bytes_trim(text);
	e = clock_day_parse(bytes_first(text, DAY_LEN), &day);
	if (e != ERR_OK)
		return e;
	if (text.n > DAY_LEN &&
	    (text.n != sizeof "YYYY-MM-DD HH:MM" - 1 || text.p[DAY_LEN] != ' ' || text.p[DAY_LEN + 3] != ':' ||
	     !take_two(text, DAY_LEN + 1, 23, &hour) || !take_two(text, DAY_LEN + 4, 59, &minute)))
		return ERR_FORMAT;
	*unix_s = (int64_t)day * DAY_S + (int64_t)(hour * HOUR_S + minute * MINUTE_S);
	return ERR_OK;
}

enum err date_ask(struct interview *i, int64_t *unix_s)
{
	for (;;) {
		uint8_t storage[64];
		struct buf answer = buf_over(storage, sizeof storage);
		int64_t said;
		enum err e = interview_line(i,
					    "This machine's clock has lost the time. What is it, in UTC?\n"
					    "Type it like 2031-12-31 23:59, or nothing: then Tor's relays are asked.",
					    &answer);

		if (e == ERR_OK && answer.len == 0)
			return ERR_NOT_FOUND;
		if (e == ERR_OK)
			e = date_parse(buf_view(&answer), &said);
		if (e == ERR_OK && said >= built_unix_s && said <= built_unix_s + LIMIT_CLOCK_AHEAD_S) {
			*unix_s = said;
			return ERR_OK;
		}
		if (e == ERR_OK)
			e = interview_say(i, "That can't be: it is before this program was built, or ten years after.");
		else if (e == ERR_FORMAT || e == ERR_TOO_BIG)
			e = interview_say(i, "That is not a time. Write it like 2031-12-31 23:59.");
		if (e != ERR_OK)
			return e;
	}
}
