/* SPDX-License-Identifier: GPL-3.0-or-later
 * tor/consensus.c: any line, in any state of the reader; its pieces over any words. */
#include "views.h"

#include "tor/consensus.c"

/* As bytes/base64 shows. */
enum err base64_decode_shown(struct bytes text, bool pad, uint8_t *out, size_t cap, size_t *out_len)
{
	size_t n = text.n / 4 * 3 + text.n % 4 * 3 / 4;

	PROVE(!pad && (text.n == 0 || __CPROVER_r_ok(text.p, text.n)) && __CPROVER_w_ok(out, cap));
	if (nondet_bool() || text.n % 4 == 1 || n > cap)
		return nondet_bool() ? ERR_FORMAT : ERR_TOO_BIG;
	*out_len = n;
	return ERR_OK;
}

void prove_relay(void)
{
	uint8_t object[30]; /* a character, a blank, an identity */
	struct consensus_reader r = {.relay_count = nondet_u32()};

	ASSUME(r.relay_count <= LIMIT_RELAYS);
	if (take_relay(&r, last_bytes(object, sizeof object)))
		PROVE(r.in_relay && r.relay_count <= LIMIT_RELAYS && r.relay.bandwidth == 0);
}

bool bytes_eq_str_shown(struct bytes a, const char *s)
{
	(void)s;
	PROVE(a.n == 0 || __CPROVER_r_ok(a.p, a.n));
	return nondet_bool();
}

void prove_flags(void)
{
	uint8_t object[3];
	struct relay relay = {.bandwidth = 0};

	take_flags(&relay, last_bytes(object, sizeof object));
	PROVE(!relay.entry || (relay.guard && relay.fast && relay.stable));
}

void prove_number(void)
{
	uint8_t object[5];
	uint32_t value = 77, most = nondet_u32();

	PROVE(find_number(last_bytes(object, sizeof object), "W=", most, &value) ? value <= most : value == 77);
}

/* As day/parse shows. */
enum err clock_day_parse_shown(struct bytes text, uint32_t *day)
{
	PROVE(text.n == 10 && __CPROVER_r_ok(text.p, text.n));
	*day = nondet_u32();
	ASSUME(*day <= 2932896);
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_time(void)
{
	uint8_t object[20];
	struct bytes text = last_bytes(object, sizeof object);
	struct consensus_reader r = {.valid_after_h = 77};

	if (take_valid_after(&r, text))
		PROVE(text.n == 19 && r.valid_after_h % DAY_H == (text.p[11] - '0') * 10u + (text.p[12] - '0'));
	else
		PROVE(r.valid_after_h == 77);
}

static bool any_outcome(struct bytes words)
{
	PROVE(words.n == 0 || __CPROVER_r_ok(words.p, words.n));
	return nondet_bool();
}

bool take_relay_shown(struct consensus_reader *r, struct bytes words)
{
	PROVE(!r->in_footer && r->valid_after_h > 0);
	r->in_relay = true;
	r->relay_count++;
	return r->relay_count <= LIMIT_RELAYS && any_outcome(words);
}

void take_flags_shown(struct relay *relay, struct bytes words)
{
	relay->guard = any_outcome(words);
}

bool find_number_shown(struct bytes words, const char *key, uint64_t most, uint32_t *value)
{
	(void)key;
	PROVE(most <= UINT32_MAX);
	*value = nondet_u32();
	ASSUME(*value <= most);
	return any_outcome(words);
}

bool take_valid_after_shown(struct consensus_reader *r, struct bytes text)
{
	PROVE(!r->in_relay);
	r->valid_after_h = nondet_u32();
	return any_outcome(text);
}

/* Once it has failed, it stays so; a relay is told once, and only a whole one. */
void prove_line(void)
{
	uint8_t object[19];
	struct consensus_reader r = {.in_relay = nondet_bool(),
				     .in_footer = nondet_bool(),
				     .failed = nondet_bool(),
				     .relay_count = nondet_u32(),
				     .valid_after_h = nondet_u32()},
				before;

	ASSUME(r.relay_count <= LIMIT_RELAYS);
	before = r;
	if (consensus_line(&r, last_bytes(object, sizeof object)))
		PROVE(!r.failed && before.in_relay && !r.in_relay && r.relay_count == before.relay_count);
	PROVE((!before.failed || r.failed) && (!before.in_footer || r.in_footer));
	PROVE(r.failed || r.relay_count <= LIMIT_RELAYS);
	for (size_t i = 0; i < RELAY_CLASS_COUNT; i++)
		PROVE(r.weights[i] <= WEIGHT_SCALE);
}
