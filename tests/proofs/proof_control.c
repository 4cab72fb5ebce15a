/* SPDX-License-Identifier: GPL-3.0-or-later
 * tor/control.c: bytes to lines in any state, the words that are read of a line, and any line in any state. Lines
 * have three bytes at most where they are made, onion services names of two. Words are any that are asked for. */
#include "views.h"

#include "tor/control.c"

static struct control_reader r;

void prove_lines(void)
{
	uint8_t object[3];
	struct bytes all = last_bytes(object, sizeof object), in = all, line = {NULL, 77};
	enum err e;

	r.len = nondet_size();
	r.after_cr = nondet_bool();
	ASSUME(r.len <= sizeof r.line);
	e = control_next_line(&r, &in, &line);
	PROVE(r.len <= sizeof r.line && is_rest(in, all));
	PROVE(e == ERR_OK ? line.p == r.line && line.n <= sizeof r.line && in.n < all.n : line.n == 77);
	PROVE(e != ERR_END || in.n == 0);
}

void prove_value(void)
{
	uint8_t object[5];
	struct bytes words = last_bytes(object, sizeof object), value;

	if (!find_value(words, "K=", &value))
		return;
	PROVE(within(value, words) && value.n + 2 <= words.n);
	for (size_t i = 0; i < value.n; i++)
		PROVE(value.p[i] != ' ' && value.p[i] != '"');
}

static struct bytes whole;

void sha256_shown(struct bytes data, uint8_t hash[static 32])
{
	PROVE(data.n > 0 && within(data, whole));
	hash[0] = nondet_byte();
}

void prove_witness(void)
{
	uint8_t object[12];
	struct control_state s = {.has_witness = false};

	whole = last_bytes(object, sizeof object);
	note_witness(&s, whole, 5);
	PROVE(s.witness_ahead_s == (s.has_witness ? 5 : 0));
}

bool find_value_shown(struct bytes words, const char *key, struct bytes *value)
{
	(void)key;
	*value = bytes_first(bytes_from(words, nondet_size()), nondet_size());
	return nondet_bool();
}

void note_witness_shown(struct control_state *s, struct bytes source, int32_t ahead_s)
{
	PROVE(within(source, whole) && ahead_s == s->skew_s);
}

enum err bytes_decimal_shown(struct bytes b, uint64_t max, uint64_t *value)
{
	PROVE(b.n == 0 || __CPROVER_r_ok(b.p, b.n));
	*value = nondet_u64();
	ASSUME(*value <= max);
	return nondet_bool() ? ERR_OK : ERR_FORMAT;
}

void prove_skew(void)
{
	uint8_t object[4];
	struct control_state s = {.skew_s = 0};

	whole = last_bytes(object, sizeof object);
	note_skew(&s, whole);
	PROVE(s.skew_s >= -SKEW_MAX_S && s.skew_s <= SKEW_MAX_S);
	note_bootstrap(&s, whole);
	PROVE(s.bootstrap <= 100);
}

void prove_service(void)
{
	uint8_t object[ONION_NAME_LEN + 1];
	struct bytes name = last_bytes(object, sizeof object);
	struct control_state s = {.bootstrap = 0};
	struct control_service *one;

	for (size_t i = 0; i < CONTROL_SERVICES; i++) {
		s.services[i].known = nondet_bool();
		s.services[i].name[0] = nondet_byte();
	}
	one = service(&s, name);
	if (one != NULL)
		PROVE(one >= s.services && one < s.services + CONTROL_SERVICES && one->known &&
		      memcmp(one->name, name.p, ONION_NAME_LEN) == 0);
}

struct control_service *service_shown(struct control_state *s, struct bytes name)
{
	PROVE(name.n == 0 || __CPROVER_r_ok(name.p, name.n));
	return nondet_bool() ? NULL : &s->services[nondet_bool() ? 1 : 0];
}

bool bytes_eq_str_shown(struct bytes a, const char *s)
{
	(void)s;
	PROVE(a.n == 0 || __CPROVER_r_ok(a.p, a.n));
	return nondet_bool();
}

void prove_descriptor(void)
{
	uint8_t object[5];
	struct control_state s = {.bootstrap = 0};

	for (size_t i = 0; i < CONTROL_SERVICES; i++) {
		s.services[i].asked = nondet_u32();
		s.services[i].uploaded = nondet_u32();
	}
	note_descriptor(&s, last_bytes(object, sizeof object));
	for (size_t i = 0; i < CONTROL_SERVICES; i++)
		PROVE(!s.services[i].published || (uint64_t)s.services[i].uploaded * 2 >= s.services[i].asked);
}

static void any_words(struct bytes words)
{
	PROVE(words.n == 0 || __CPROVER_r_ok(words.p, words.n));
}

void note_descriptor_shown(struct control_state *s, struct bytes words)
{
	(void)s;
	any_words(words);
}

void note_bootstrap_shown(struct control_state *s, struct bytes words)
{
	(void)s;
	any_words(words);
}

void note_skew_shown(struct control_state *s, struct bytes words)
{
	(void)s;
	any_words(words);
}

void note_event_shown(struct control_state *s, struct bytes words)
{
	(void)s;
	any_words(words);
}

void prove_event(void)
{
	uint8_t object[6];
	struct control_state s = {.skew_s = 77};

	note_event(&s, last_bytes(object, sizeof object));
	PROVE(s.skew_s == 77 || s.skew_s == 0);
}

void guard_watch_event_shown(struct guard_watch *w, struct bytes words)
{
	(void)w;
	any_words(words);
}

void guard_watch_bootstrap_shown(struct guard_watch *w, uint8_t percent)
{
	PROVE(w != NULL && percent <= 100);
}

void guard_watch_consensus_line_shown(struct guard_watch *w, struct bytes line)
{
	(void)w;
	any_words(line);
}

void guard_watch_entry_line_shown(struct guard_watch *w, struct bytes line)
{
	(void)w;
	any_words(line);
}

void guard_watch_consensus_end_shown(struct guard_watch *w)
{
	PROVE(w != NULL);
}

void guard_watch_entry_end_shown(struct guard_watch *w)
{
	PROVE(w != NULL);
}

void guard_watch_answered_shown(struct guard_watch *w, unsigned code)
{
	PROVE(w != NULL && code >= 200 && code < 700);
}

bool bytes_starts_shown(struct bytes b, struct bytes prefix)
{
	PROVE(__CPROVER_r_ok(b.p, b.n) && prefix.n > 0);
	return nondet_bool();
}

/* The answers owed never become more by a line, nor fewer than none. */
void prove_line(void)
{
	static struct guard_watch watch;
	uint8_t object[6];
	struct bytes line = last_bytes(object, sizeof object);
	struct control_state s = {.data = (enum control_data)(nondet_byte() % 4),
				  .asked_count = nondet_size(),
				  .keyed = nondet_bool(),
				  .foreign = nondet_bool()},
			     before;

	ASSUME(s.asked_count <= sizeof s.asked);
	for (size_t i = 0; i < sizeof s.asked; i++)
		s.asked[i] = nondet_byte() % CONTROL_ASKED_COUNT;
	before = s;
	if (control_line(&s, nondet_bool() ? &watch : NULL, line) != ERR_OK)
		PROVE(before.data == CONTROL_NO_DATA && s.asked_count == before.asked_count);
	PROVE(s.asked_count == before.asked_count || s.asked_count + 1 == before.asked_count);
	PROVE(before.data != CONTROL_NO_DATA || s.data == CONTROL_NO_DATA || line.p[3] == '+');
}
