/* SPDX-License-Identifier: GPL-3.0-or-later
 * console/keys.c: any key on any page. */
#include "proof.h"

#include "console/keys.c"

bool ask_key_shown(struct ask *a, uint8_t key)
{
	(void)key;
	PROVE(a->open);
	return nondet_bool();
}

void prove_take(void)
{
	struct screen_state s;
	enum console_order order = (enum console_order)77;

	ASSUME(s.answer_len <= ANSWER_MAX);
	if (keys_take(&s, nondet_byte(), &order) == KEYS_ORDER)
		PROVE(s.page == PAGE_LEAVING && (order == CONSOLE_POWER_OFF || order == CONSOLE_REBOOT));
	PROVE(s.answer_len <= ANSWER_MAX);
}
