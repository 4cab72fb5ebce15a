/* SPDX-License-Identifier: GPL-3.0-or-later
 * tor/guards.c: identities, a guard's line, and a list of two guards at most, whose identities have a byte. */
#include "views.h"

#include "limits.h"
#define LIMIT_GUARDS 2
#include "tor/guards.c"

enum err hex_decode_shown(struct bytes text, uint8_t *out, size_t cap, size_t *out_len)
{
	PROVE(text.n == 40 && __CPROVER_r_ok(text.p, text.n) && __CPROVER_w_ok(out, cap) && cap == 20);
	*out_len = 20;
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_id(void)
{
	uint8_t object[41], id[GUARD_ID_LEN];
	struct bytes text = last_bytes(object, sizeof object);

	if (guard_id_parse(text, id) == ERR_OK)
		PROVE(text.n == 40);
}

enum err guard_id_parse_shown(struct bytes text, uint8_t id[static GUARD_ID_LEN])
{
	PROVE(text.n == 0 || __CPROVER_r_ok(text.p, text.n));
	for (size_t i = 0; i < GUARD_ID_LEN; i++)
		id[i] = 0;
	id[0] = nondet_byte();
	return text.n > 0 && nondet_bool() ? ERR_OK : ERR_FORMAT;
}

/* As day/parse shows, but for the length. */
enum err clock_day_parse_shown(struct bytes text, uint32_t *day)
{
	PROVE(text.n == 0 || __CPROVER_r_ok(text.p, text.n));
	*day = nondet_u32();
	return text.n > 0 && nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_line(void)
{
	uint8_t object[7];
	struct bytes line = last_bytes(object, sizeof object);
	struct guard g = {.sampled_day = 0, .confirmed_day = 77};
	enum err e = guard_parse(line, &g);

	PROVE(e == ERR_OK ? g.sampled_day != 0 && line.p[0] < 'a' && line.n >= 3
			  : e == ERR_FORMAT && g.sampled_day == 0 && g.confirmed_day == 77);
}

enum err guard_parse_shown(struct bytes line, struct guard *g)
{
	PROVE(line.n == 0 || __CPROVER_r_ok(line.p, line.n));
	*g = (struct guard){.id = {nondet_byte()}, .sampled_day = 1};
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_list(void)
{
	uint8_t object[3];
	struct guards g;
	enum err e = guards_parse(last_bytes(object, sizeof object), &g);

	PROVE(g.count <= LIMIT_GUARDS && (e == ERR_OK || g.count == 0));
	if (g.count == 2)
		PROVE(g.list[0].id[0] != g.list[1].id[0]);
}
