/* SPDX-License-Identifier: GPL-3.0-or-later
 * Which relays the seed draws: tests/vectors/vanguards.txt, made by another program, and how a changing consensus
 * moves them. */
#include "vectors.h"

#include "crypto/crypto.h"
#include "tor/vanguards.h"

enum { CROWD = 400 };

static void set_class(struct relay *r, enum relay_class class)
{
	r->guard = class == RELAY_GUARD || class == RELAY_BOTH;
	r->exit = class == RELAY_EXIT || class == RELAY_BOTH;
	r->fast = r->stable = true;
}

static size_t draw(struct vanguards *v, uint32_t hour, const struct relay *relays, size_t count,
		   const uint32_t weights[static RELAY_CLASS_COUNT], uint8_t ids[VANGUARDS][GUARD_ID_LEN])
{
	vanguards_begin(v, hour);
	for (size_t i = 0; i < count; i++)
		vanguards_relay(v, &relays[i]);
	return vanguards_end(v, weights, ids);
}

/* ---- the vectors */

struct drawing {
	struct vanguards v;
	uint32_t hour;
	uint32_t weights[RELAY_CLASS_COUNT];
	struct relay relays[CROWD];
	size_t count;
	uint8_t want[VANGUARDS][GUARD_ID_LEN];
	size_t want_count;
};

static void take_relay(struct drawing *d, struct bytes text)
{
	static const char *const classes[RELAY_CLASS_COUNT] = {"middle", "guard", "exit", "both"};
	struct relay *r = &d->relays[d->count++];
	struct bytes id, bandwidth;
	uint64_t n;
	size_t class = 0;

	assert_true(d->count < CROWD && bytes_split(&text, ' ', &id) && bytes_split(&text, ' ', &bandwidth));
	*r = (struct relay){.bandwidth = 0};
	assert_int_equal(guard_id_parse(id, r->id), ERR_OK);
	assert_int_equal(bytes_decimal(bandwidth, UINT32_MAX, &n), ERR_OK);
	r->bandwidth = (uint32_t)n;
	while (!bytes_eq_str(text, classes[class]))
		assert_true(++class < RELAY_CLASS_COUNT);
	set_class(r, (enum relay_class) class);
}

static void take_line(struct drawing *d, struct bytes name, struct bytes value)
{
	struct bytes word;
	uint64_t n;
	size_t got;

	if (bytes_eq_str(name, "seed")) {
		assert_int_equal(hex_decode(value, d->v.seed, sizeof d->v.seed, &got), ERR_OK);
	} else if (bytes_eq_str(name, "hour")) {
		assert_int_equal(bytes_decimal(value, UINT32_MAX, &n), ERR_OK);
		d->hour = (uint32_t)n;
	} else if (bytes_eq_str(name, "weights")) {
		for (size_t i = 0; bytes_split(&value, ' ', &word); i++) {
			assert_int_equal(bytes_decimal(word, 10000, &n), ERR_OK);
			d->weights[i] = (uint32_t)n;
		}
	} else if (bytes_eq_str(name, "relay")) {
		take_relay(d, value);
	} else {
		assert_true(bytes_eq_str(name, "expect"));
		assert_int_equal(guard_id_parse(value, d->want[d->want_count++]), ERR_OK);
	}
}

static void the_vectors(void **state)
{
	static struct drawing d;
	struct bytes rest = vector_file("tests/vectors/vanguards.txt");
	struct bytes line, name;
	unsigned cases = 0;

	(void)state;
	while (rest.n > 0) {
		uint8_t ids[VANGUARDS][GUARD_ID_LEN];

		d = (struct drawing){.count = 0};
		while (bytes_split(&rest, '\n', &line) && line.n > 0)
			if (line.p[0] != '#' && bytes_split(&line, ':', &name))
				take_line(&d, name, bytes_trim(line));
		if (d.count == 0)
			continue;
		assert_int_equal(draw(&d.v, d.hour, d.relays, d.count, d.weights, ids), d.want_count);
		assert_memory_equal(ids, d.want, d.want_count * GUARD_ID_LEN);
		cases++;
	}
	assert_int_equal(cases, 8);
}

/* ---- a consensus that changes */

static const uint32_t even[RELAY_CLASS_COUNT] = {10000, 10000, 10000, 10000};
static struct relay crowd[CROWD];

/* The same each time, or chance would follow weight only nearly always. */
static void make_crowd(void)
{
	for (size_t i = 0; i < CROWD; i++) {
		uint8_t hash[32];

		crowd[i] = (struct relay){.bandwidth = 1000};
		sha256(bytes_of(&i, sizeof i), hash);
		memcpy(crowd[i].id, hash, GUARD_ID_LEN);
		set_class(&crowd[i], (enum relay_class)(i % RELAY_CLASS_COUNT));
	}
}

static size_t place_of(const uint8_t id[static GUARD_ID_LEN])
{
	size_t i = 0;

	while (memcmp(crowd[i].id, id, GUARD_ID_LEN) != 0)
		assert_true(++i < CROWD);
	return i;
}

/* One relay goes: its place gets another, the other three stay. Nobody else's going moves any. */
static void a_relay_that_goes_moves_its_own_place_alone(void **state)
{
	uint8_t before[VANGUARDS][GUARD_ID_LEN], after[VANGUARDS][GUARD_ID_LEN];
	struct vanguards first = {.seed = {1}};

	(void)state;
	make_crowd();
	assert_int_equal(draw(&first, 494000, crowd, CROWD, even, before), VANGUARDS);
	for (size_t gone = 0; gone < CROWD; gone++) {
		struct relay last = crowd[gone];
		bool has_place = false;
		struct vanguards again = first;        /* the same box, an hour later */
		struct vanguards anew = {.seed = {1}}; /* another boot */

		for (size_t i = 0; i < VANGUARDS; i++)
			has_place |= memcmp(before[i], last.id, GUARD_ID_LEN) == 0;
		if (!has_place && gone % 16 != 0)
			continue;           /* a sample of the others */
		crowd[gone].stable = false; /* as good as not being there */
		assert_int_equal(draw(&again, 494000, crowd, CROWD, even, after), VANGUARDS);
		for (size_t i = 0; i < VANGUARDS; i++)
			assert_int_equal(memcmp(before[i], after[i], GUARD_ID_LEN) == 0,
					 memcmp(before[i], last.id, GUARD_ID_LEN) != 0);
		assert_int_equal(draw(&anew, 494000, crowd, CROWD, even, after), VANGUARDS);
		for (size_t i = 0; i < VANGUARDS; i++)
			assert_true(memcmp(after[i], last.id, GUARD_ID_LEN) != 0);
		crowd[gone] = last;
	}
}

/* While a place's period lasts, a relay that would now be nearer does not push out the one that is there. */
static void bandwidths_move_nothing_that_is_held(void **state)
{
	uint8_t before[VANGUARDS][GUARD_ID_LEN], after[VANGUARDS][GUARD_ID_LEN];
	struct vanguards v = {.seed = {2}};

	(void)state;
	make_crowd();
	assert_int_equal(draw(&v, 494000, crowd, CROWD, even, before), VANGUARDS);
	for (size_t i = 0; i < CROWD; i++)
		crowd[i].bandwidth = i % 2 == 0 ? 1 : UINT32_MAX;
	assert_int_equal(draw(&v, 494000, crowd, CROWD, even, after), VANGUARDS);
	assert_memory_equal(before, after, sizeof before);
}

/* Over a year each place changes about every two weeks, and never sooner than after a day. */
static void periods_last_one_to_twenty_two_days(void **state)
{
	uint8_t ids[VANGUARDS][GUARD_ID_LEN];
	struct vanguards v = {.seed = {3}};
	uint32_t since[VANGUARDS] = {0};
	uint32_t last[VANGUARDS] = {0};
	unsigned changes = 0;

	(void)state;
	make_crowd();
	for (uint32_t h = 494000; h < 494000 + 365 * 24; h++) {
		vanguards_begin(&v, h);
		for (size_t i = 0; i < VANGUARDS; i++) {
			if (v.places[i].period == last[i])
				continue;
			if (since[i] != 0) {
				assert_in_range(h - since[i], 24, 22 * 24);
				changes++;
			}
			since[i] = h;
			last[i] = v.places[i].period;
		}
	}
	assert_in_range(changes, 60, 160); /* 15 days on average: 97 of four places */
	assert_int_equal(draw(&v, 494000, crowd, 0, even, ids), 0);
}

/* Chance follows bandwidth and class: of two kinds of relays, one ten times as heavy. */
static void chance_follows_weight(void **state)
{
	static const uint32_t weights[RELAY_CLASS_COUNT] = {10000, 1000, 1000, 1000};
	uint8_t ids[VANGUARDS][GUARD_ID_LEN];
	unsigned heavy = 0, fat = 0;

	(void)state;
	make_crowd(); /* a quarter are of class "middle" */
	for (size_t i = 0; i < CROWD; i++)
		crowd[i].bandwidth = i / 4 % 2 == 0 ? 100 : 900;
	for (uint8_t k = 0; k < 100; k++) {
		struct vanguards v = {.seed = {4, k}};

		assert_int_equal(draw(&v, 494000, crowd, CROWD, weights, ids), VANGUARDS);
		for (size_t i = 0; i < VANGUARDS; i++) {
			heavy += place_of(ids[i]) % 4 == RELAY_MIDDLE;
			fat += crowd[place_of(ids[i])].bandwidth == 900;
		}
	}
	/* 10 of 13, 9 of 10: 308 and 360 of 400; five deviations of 8.4 and 6 */
	assert_in_range(heavy, 266, 350);
	assert_in_range(fat, 330, 390);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_vectors),
	    cmocka_unit_test(a_relay_that_goes_moves_its_own_place_alone),
	    cmocka_unit_test(bandwidths_move_nothing_that_is_held),
	    cmocka_unit_test(periods_last_one_to_twenty_two_days),
	    cmocka_unit_test(chance_follows_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
