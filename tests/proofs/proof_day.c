/* SPDX-License-Identifier: GPL-3.0-or-later
 * base/fd.c: the day that a text stands for is found. Here the last day is day 250, and one writing of days stands for
 * all: only the order of texts is looked at. That later days have later texts is nothing for a proof:
 * tests/unit/test_bytes.c looks at each. */
#include "proof.h"

/* It asks <limits.h> for it, and cbmc finds ours. */
#define INT_MAX __INT_MAX__
#include "base/fd.c"

enum { LAST_DAY = 250, TEXT_LEN = 10 };

/* Its odd numbers are days. */
static uint32_t number_of(const uint8_t *text)
{
	return (uint32_t)text[8] << 8 | text[9];
}

void clock_day_text_shown(uint32_t day, uint8_t out[static TEXT_LEN])
{
	uint32_t number = day * 2 + 1;

	PROVE(day <= LAST_DAY);
	memcpy(out, "20260101", 8);
	out[8] = (uint8_t)(number >> 8);
	out[9] = (uint8_t)number;
}

void prove_parse(void)
{
	uint8_t object[TEXT_LEN + 1];
	struct bytes text = last_bytes(object, sizeof object);
	bool is_day = text.n == TEXT_LEN && memcmp(text.p, "20260101", 8) == 0 && number_of(text.p) % 2 == 1 &&
		      number_of(text.p) / 2 <= LAST_DAY;
	uint32_t day = 77;

	if (clock_day_parse(text, &day) == ERR_OK)
		PROVE(is_day && day == number_of(text.p) / 2);
	else
		PROVE(!is_day && day == 77);
}
