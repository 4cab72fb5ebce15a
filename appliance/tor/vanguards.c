/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/vanguards.h"

#include <string.h>

#include "crypto/crypto.h"
#include "base/secret.h"

enum {
	LIFE_LEAST_H = 24, /* vanguards-spec, vanguards-lite: 1 to 22 days, the larger of two drawn */
	LIFE_SPAN_H = 21 * 24 + 1,
	BEGIN_H = 20089 * 24, /* 2025-01-01: each place's first period */
	LABEL_LEN = 16,
};

/* HMAC-SHA-256 under the seed of a label, the place, the period and, for a lot, a relay. */
static void mix(const struct vanguards *v, const char label[static LABEL_LEN], size_t place, uint32_t period,
		struct bytes id, uint8_t out[static 32])
{
	uint8_t storage[LABEL_LEN + 1 + 4 + GUARD_ID_LEN];
	struct buf b = buf_over(storage, sizeof storage);

	buf_put(&b, bytes_of(label, LABEL_LEN));
	buf_byte(&b, (uint8_t)place);
	for (unsigned shift = 32; shift > 0; shift -= 8)
		buf_byte(&b, (uint8_t)(period >> (shift - 8)));
	buf_put(&b, id);
	BUG_IF(b.failed);
	hmac_sha256(BYTES_ARRAY(v->seed), buf_view(&b), out);
}

static uint64_t big_endian(const uint8_t *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

static uint32_t life_h(const struct vanguards *v, size_t place, uint32_t period)
{
	uint8_t lot[32];
	uint32_t a, b;

	mix(v, "courier l2 life ", place, period, bytes_of(NULL, 0), lot);
	a = (uint32_t)big_endian(lot, 4) % LIFE_SPAN_H;
	b = (uint32_t)big_endian(lot + 4, 4) % LIFE_SPAN_H;
	return LIFE_LEAST_H + (a > b ? a : b);
}

static uint32_t period_at(const struct vanguards *v, size_t place, uint32_t hour)
{
	uint32_t period = 0;
	uint32_t ends_h = BEGIN_H + life_h(v, place, 0);

	while (hour >= ends_h)
		ends_h += life_h(v, place, ++period);
	return period;
}

/* -log2(u / 2^64), rounded up, in units of 2^-32. The fraction comes bit by bit, by squaring: whole numbers alone, so
 * that everybody computes the same. */
static uint64_t minus_log2(uint64_t u)
{
	unsigned whole = 63u - (unsigned)__builtin_clzll(u | 1);
	uint64_t x = (u | 1) << (63 - whole);
	uint64_t fraction = 0;

	for (int i = 0; i < 32; i++) {
		unsigned __int128 square = (unsigned __int128)x * x >> 63;
		bool two = square >> 64 != 0;

		fraction = fraction << 1 | two;
		x = (uint64_t)(two ? square >> 1 : square);
	}
	return (UINT64_C(64) << 32) - ((uint64_t)whole << 32 | fraction);
}

void vanguards_begin(struct vanguards *v, uint32_t hour)
{
	for (size_t i = 0; i < VANGUARDS; i++) {
		struct vanguard_place *place = &v->places[i];
		uint32_t period = period_at(v, i, hour);

		place->held &= place->period == period;
		place->period = period;
		place->listed = false;
		memset(place->counts, 0, sizeof place->counts);
	}
}

/* Is a, with its weight, nearer than b? Equal ones are told apart by identity. */
static bool is_nearer(const struct vanguard_candidate *a, uint64_t a_weight, const struct vanguard_candidate *b,
		      uint64_t b_weight)
{
	unsigned __int128 left = (unsigned __int128)a->distance * b_weight;
	unsigned __int128 right = (unsigned __int128)b->distance * a_weight;

	return left != right ? left < right : memcmp(a->id, b->id, GUARD_ID_LEN) < 0;
}

/* Into a list of the VANGUARDS nearest: as many as the places before this one could take away. */
static void keep_best(struct vanguard_candidate *best, uint8_t *count, const struct vanguard_candidate *new)
{
	size_t at = *count;

	while (at > 0 && is_nearer(new, new->bandwidth, &best[at - 1], best[at - 1].bandwidth))
		at--;
	if (at == VANGUARDS)
		return;
	if (*count < VANGUARDS)
		++*count;
	memmove(&best[at + 1], &best[at], (*count - at - 1u) * sizeof best[0]);
	best[at] = *new;
}

void vanguards_relay(struct vanguards *v, const struct relay *relay)
{
	struct vanguard_candidate new = {.bandwidth = relay->bandwidth > 0 ? relay->bandwidth : 1};
	enum relay_class class = relay_class(relay);
	uint8_t lot[32];

	if (!relay->fast || !relay->stable)
		return;
	memcpy(new.id, relay->id, sizeof new.id);
	for (size_t i = 0; i < VANGUARDS; i++) {
		struct vanguard_place *place = &v->places[i];

		mix(v, "courier l2 draw ", i, place->period, BYTES_ARRAY(relay->id), lot);
		new.distance = minus_log2(big_endian(lot, 8));
		keep_best(place->best[class], &place->counts[class], &new);
		place->listed |= place->held && memcmp(place->id, relay->id, GUARD_ID_LEN) == 0;
	}
}

static bool is_taken(const struct vanguards *v, const uint8_t id[static GUARD_ID_LEN])
{
	for (size_t i = 0; i < VANGUARDS; i++)
		if (v->places[i].held && memcmp(v->places[i].id, id, GUARD_ID_LEN) == 0)
			return true;
	return false;
}

static void draw(struct vanguards *v, struct vanguard_place *place, const uint32_t weights[static RELAY_CLASS_COUNT])
{
	const struct vanguard_candidate *found = NULL;
	uint64_t found_weight = 0;

	for (size_t class = 0; class < RELAY_CLASS_COUNT; class ++)
		for (size_t i = 0; i < place->counts[class]; i++) {
			const struct vanguard_candidate *c = &place->best[class][i];
			/* A class of weight 0 comes last, but comes: a network of few relays has no others. */
			uint64_t weight = c->bandwidth * (weights[class] > 0 ? weights[class] : 1);

			if (is_taken(v, c->id) || (found != NULL && !is_nearer(c, weight, found, found_weight)))
				continue;
			found = c;
			found_weight = weight;
		}
	if (found == NULL)
		return;
	memcpy(place->id, found->id, sizeof place->id);
	place->held = true;
}

size_t vanguards_end(struct vanguards *v, const uint32_t weights[static RELAY_CLASS_COUNT],
		     uint8_t ids[VANGUARDS][GUARD_ID_LEN])
{
	size_t count = 0;

	for (size_t i = 0; i < VANGUARDS; i++)
		v->places[i].held &= v->places[i].listed;
	for (size_t i = 0; i < VANGUARDS; i++) {
		struct vanguard_place *place = &v->places[i];

		if (!place->held)
			draw(v, place, weights);
		if (place->held)
			memcpy(ids[count++], place->id, GUARD_ID_LEN);
	}
	return count;
}
