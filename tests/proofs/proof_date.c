/* SPDX-License-Identifier: GPL-3.0-or-later
 * unlock/date.c: what is typed for the time. */
#include "proof.h"

#include "unlock/date.c"

enum { LAST_DAY = 2932896 };

/* As day/parse shows. */
enum err clock_day_parse_shown(struct bytes text, uint32_t *day)
{
	if (text.n != 10 || nondet_bool())
		return ERR_FORMAT;
	*day = nondet_u32();
	ASSUME(*day <= LAST_DAY);
	return ERR_OK;
}

void prove_parse(void)
{
	uint8_t object[19];
	struct bytes text = last_bytes(object, sizeof object);
	int64_t unix_s = 77;

	if (date_parse(text, &unix_s) == ERR_OK)
		PROVE(unix_s >= 0 && unix_s < ((int64_t)LAST_DAY + 1) * 86400);
	else
		PROVE(unix_s == 77);
}
