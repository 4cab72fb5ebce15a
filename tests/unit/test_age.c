/* SPDX-License-Identifier: GPL-3.0-or-later
 * age files: round trips at every chunk border, every changed byte refused, and what a sealer or opener does after an
 * error. The published vectors are in test_age_vectors.c, other programs in tests/age. */
#include "test.h"

#include <string.h>

#include "age/age.h"
#include "age/header.h"
#include "crypto/crypto.h"
#include "base/random.h"
#include "base/secret.h"

#define ROOM (4u * AGE_CHUNK)

static struct age_sealer sealer;
static struct age_opener opener;
static uint8_t sealed_storage[2 * ROOM];
static uint8_t opened_storage[2 * ROOM];
static uint8_t plain[ROOM];
static struct buf sealed;
static struct buf opened;
static struct age_identity alice, bob;
static struct age_recipient to_alice, to_bob;

static enum err keep(void *context, struct bytes data)
{
	struct buf *b = context;

	assert_true(data.n > 0 && data.n <= AGE_CHUNK_SEALED);
	buf_put(b, data);
	return b->failed ? ERR_FULL : ERR_OK;
}

static struct age_sink into(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	return (struct age_sink){keep, b};
}

static int setup(void **state)
{
	(void)state;
	sealed = buf_over(sealed_storage, sizeof sealed_storage);
	opened = buf_over(opened_storage, sizeof opened_storage);
	random_fill(plain, sizeof plain);
	age_identity_new(&alice, AGE_X25519);
	age_identity_new(&bob, AGE_X25519);
	age_identity_recipient(&alice, &to_alice);
	age_identity_recipient(&bob, &to_bob);
	return 0;
}

static void seal(struct bytes data, size_t step, const struct age_recipient *to, size_t count)
{
	assert_int_equal(age_seal_begin(&sealer, to, count, into(&sealed)), ERR_OK);
	for (size_t at = 0; at < data.n; at += step)
		assert_int_equal(age_seal_data(&sealer, bytes_first(bytes_from(data, at), step)), ERR_OK);
	assert_int_equal(age_seal_end(&sealer), ERR_OK);
}

static enum err open_all(struct bytes data, size_t step, const struct age_identity *with, size_t count)
{
	enum err e = age_open_begin(&opener, with, count, into(&opened));

	for (size_t at = 0; e == ERR_OK && at < data.n; at += step)
		e = age_open_data(&opener, bytes_first(bytes_from(data, at), step));
	if (e != ERR_OK) {
		/* The error stays, whatever else is asked. */
		assert_int_equal(age_open_data(&opener, BYTES_LITERAL("x")), e);
		assert_int_equal(age_open_end(&opener), e);
		return e;
	}
	return age_open_end(&opener);
}

static bool all_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != 0)
			return false;
	return true;
}

static void wiped(void)
{
	assert_true(all_zero(opener.key, sizeof opener.key));
	assert_true(all_zero(opener.identities, sizeof opener.identities));
	assert_true(all_zero(opener.chunk, sizeof opener.chunk));
	assert_true(all_zero(sealer.key, sizeof sealer.key));
	assert_true(all_zero(sealer.chunk, sizeof sealer.chunk));
}

static void round_trips(void **state)
{
	static const size_t borders[] = {0, AGE_CHUNK, 2 * AGE_CHUNK, 3 * AGE_CHUNK};
	static const size_t steps[] = {1021, AGE_CHUNK - 1, AGE_CHUNK, AGE_CHUNK + 1, ROOM};

	(void)state;
	for (size_t b = 0; b < 4; b++)
		for (size_t n = borders[b] < 18 ? 0 : borders[b] - 18; n <= borders[b] + 18; n++)
			for (size_t s = 0; s < 5; s++) {
				struct bytes data = bytes_of(plain, n);
				seal(data, steps[s], &to_alice, 1);
				assert_int_equal(sealed.len, age_sealed_size(n, &to_alice, 1));
				assert_int_equal(open_all(buf_view(&sealed), steps[(s + b) % 5], &alice, 1), ERR_OK);
				assert_int_equal(opener.stage, AGE_STAGE_PAYLOAD);
				assert_true(bytes_eq(buf_view(&opened), data));
				wiped();
			}
	/* A byte at a time, over two chunks. */
	seal(bytes_of(plain, AGE_CHUNK + 3), 1, &to_alice, 1);
	assert_int_equal(open_all(buf_view(&sealed), 1, &alice, 1), ERR_OK);
	assert_true(bytes_eq(buf_view(&opened), bytes_of(plain, AGE_CHUNK + 3)));
}

static void random_sizes(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct bytes data = bytes_of(plain, random_below(ROOM + 1));
		seal(data, 1 + random_below(100000), &to_alice, 1);
		assert_int_equal(open_all(buf_view(&sealed), 1 + random_below(100000), &alice, 1), ERR_OK);
		assert_true(bytes_eq(buf_view(&opened), data));
	}
}

static void zeros(void **state)
{
	static const uint64_t counts[] = {0, 1, AGE_CHUNK - 5, AGE_CHUNK - 4, 2 * AGE_CHUNK, 3 * AGE_CHUNK + 7};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(age_seal_begin(&sealer, &to_alice, 1, into(&sealed)), ERR_OK);
		assert_int_equal(age_seal_data(&sealer, bytes_of(plain, 5)), ERR_OK);
		assert_int_equal(age_seal_zeros(&sealer, counts[i]), ERR_OK);
		assert_int_equal(age_seal_end(&sealer), ERR_OK);
		assert_int_equal(open_all(buf_view(&sealed), ROOM, &alice, 1), ERR_OK);
		assert_int_equal(opened.len, 5 + counts[i]);
		assert_memory_equal(opened.p, plain, 5);
		assert_true(all_zero(opened.p + 5, (size_t)counts[i]));
	}
}

static void recipients(void **state)
{
	struct age_recipient many[AGE_RECIPIENTS_MAX + 1];
	struct age_identity keys[AGE_IDENTITIES_MAX + 1];

	(void)state;
	for (size_t i = 0; i < AGE_RECIPIENTS_MAX + 1; i++)
		many[i] = to_bob;
	for (size_t i = 0; i < AGE_IDENTITIES_MAX + 1; i++)
		age_identity_new(&keys[i], AGE_X25519);
	many[AGE_RECIPIENTS_MAX - 1] = to_alice;
	keys[AGE_IDENTITIES_MAX - 1] = alice;
	seal(bytes_of(plain, 100), 100, many, AGE_RECIPIENTS_MAX);
	assert_int_equal(sealed.len, age_sealed_size(100, many, AGE_RECIPIENTS_MAX));
	assert_int_equal(open_all(buf_view(&sealed), 7, keys, AGE_IDENTITIES_MAX), ERR_OK);
	assert_int_equal(opened.len, 100);
	assert_int_equal(open_all(buf_view(&sealed), 4096, keys, AGE_IDENTITIES_MAX - 1), ERR_AUTH);
	assert_int_equal(opener.stage, AGE_STAGE_MATCH);
	wiped();
	assert_int_equal(open_all(buf_view(&sealed), 4096, keys, AGE_IDENTITIES_MAX + 1), ERR_TOO_BIG);
	assert_int_equal(open_all(buf_view(&sealed), 4096, keys, 0), ERR_STATE);

	assert_int_equal(age_seal_begin(&sealer, many, AGE_RECIPIENTS_MAX + 1, into(&sealed)), ERR_TOO_BIG);
	assert_int_equal(age_seal_data(&sealer, BYTES_LITERAL("x")), ERR_TOO_BIG);
	assert_int_equal(age_seal_end(&sealer), ERR_TOO_BIG);
	assert_int_equal(age_seal_begin(&sealer, many, 0, into(&sealed)), ERR_STATE);
	memset(&many[3], 0, sizeof many[3]);
	assert_int_equal(age_seal_begin(&sealer, many, 5, into(&sealed)), ERR_AUTH);
	assert_int_equal(sealed.len, 0);
	wiped();
}

/* Fresh keys and nonces: two files of the same bytes have nothing in common. */
static void fresh(void **state)
{
	uint8_t first[200];

	(void)state;
	seal(bytes_of(plain, 0), 1, &to_alice, 1);
	memcpy(first, sealed.p, sealed.len);
	seal(bytes_of(plain, 0), 1, &to_alice, 1);
	assert_memory_not_equal(first + 32, sealed.p + 32, 32);
	assert_memory_not_equal(first + sealed.len - 32, sealed.p + sealed.len - 32, 16);
}

/* Every bit of a file changed: refused, and nothing released but chunks before the changed one. */
static void every_bit(void **state)
{
	(void)state;
	seal(bytes_of(plain, 300), 300, (struct age_recipient[]){to_bob, to_alice}, 2);
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		enum err e;
		sealed.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		e = open_all(buf_view(&sealed), 50, &alice, 1);
		if (e == ERR_OK)
			fail_msg("bit %zu of byte %zu changed, and the file was opened", bit % 8, bit / 8);
		assert_int_equal(opened.len, 0);
		wiped();
		sealed.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(open_all(buf_view(&sealed), 50, &alice, 1), ERR_OK);
}

/* Every byte of a file of three chunks, one bit each: what is released is the beginning, in whole chunks. */
static void every_chunk(void **state)
{
	size_t header = (size_t)age_sealed_size(0, &to_alice, 1) - 16;

	(void)state;
	seal(bytes_of(plain, 2 * AGE_CHUNK + 100), ROOM, &to_alice, 1);
	for (size_t at = header; at < sealed.len; at += at % 4096 == 0 || at + 200 > sealed.len ? 1 : 997) {
		size_t before = (at - header) / AGE_CHUNK_SEALED;
		sealed.p[at] ^= 0x10;
		assert_int_equal(open_all(buf_view(&sealed), ROOM, &alice, 1), ERR_AUTH);
		assert_int_equal(opener.stage, AGE_STAGE_PAYLOAD);
		assert_int_equal(opened.len, before * AGE_CHUNK);
		assert_memory_equal(opened.p, plain, opened.len);
		wiped();
		sealed.p[at] ^= 0x10;
	}
}

static void every_length(void **state)
{
	(void)state;
	seal(bytes_of(plain, 300), 300, &to_alice, 1);
	for (size_t n = 0; n < sealed.len; n++) {
		enum err e = open_all(bytes_of(sealed.p, n), 64, &alice, 1);
		assert_true(e == ERR_END || e == ERR_AUTH);
		assert_int_equal(opened.len, 0);
	}
	/* cut between two chunks, and inside the second */
	seal(bytes_of(plain, AGE_CHUNK + 300), ROOM, &to_alice, 1);
	size_t header = (size_t)age_sealed_size(0, &to_alice, 1) - 16;
	assert_int_equal(open_all(bytes_of(sealed.p, header + AGE_CHUNK_SEALED), ROOM, &alice, 1), ERR_END);
	assert_int_equal(opened.len, AGE_CHUNK);
	assert_int_equal(open_all(bytes_of(sealed.p, header + AGE_CHUNK_SEALED + 15), ROOM, &alice, 1), ERR_END);
	assert_int_equal(open_all(bytes_of(sealed.p, header + AGE_CHUNK_SEALED + 299), ROOM, &alice, 1), ERR_AUTH);
	/* bytes after the end */
	buf_byte(&sealed, 0);
	assert_int_equal(open_all(buf_view(&sealed), ROOM, &alice, 1), ERR_AUTH);
	seal(bytes_of(plain, AGE_CHUNK), ROOM, &to_alice, 1);
	buf_byte(&sealed, 0);
	assert_int_equal(open_all(buf_view(&sealed), ROOM, &alice, 1), ERR_FORMAT);
}

static void not_age(void **state)
{
	static uint8_t long_header[AGE_HEADER_MAX + 10];
	struct buf b = buf_over(long_header, sizeof long_header);

	(void)state;
	assert_int_equal(open_all(BYTES_LITERAL("PK\003\004"), 1, &alice, 1), ERR_FORMAT);
	assert_int_equal(open_all(BYTES_LITERAL("age-encryption.org/v2\n-> X\n\n--- x\n"), 3, &alice, 1),
			 ERR_UNSUPPORTED);
	assert_int_equal(open_all(BYTES_LITERAL("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl"), 5, &alice, 1),
			 ERR_UNSUPPORTED);
	assert_int_equal(open_all(BYTES_LITERAL(""), 5, &alice, 1), ERR_END);
	buf_str(&b, AGE_VERSION_LINE "-> x ");
	buf_fill(&b, 'a', b.cap - b.len);
	assert_int_equal(open_all(buf_view(&b), 1000, &alice, 1), ERR_TOO_BIG);
	b.len = 0;
	buf_str(&b, AGE_VERSION_LINE);
	for (int i = 0; i <= AGE_STANZAS_MAX; i++)
		buf_str(&b, "-> x\n\n");
	buf_str(&b, "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	assert_int_equal(open_all(buf_view(&b), 1000, &alice, 1), ERR_TOO_BIG);
}

/* A sink that refuses ends it, and its error is what the caller gets. */
static enum err refuse(void *context, struct bytes data)
{
	int *left = context;

	(void)data;
	return (*left)-- > 0 ? ERR_OK : ERR_BUSY;
}

static void sink_refuses(void **state)
{
	(void)state;
	for (int writes = 0; writes < 4; writes++) {
		int left = writes;
		enum err e = age_seal_begin(&sealer, &to_alice, 1, (struct age_sink){refuse, &left});
		if (e == ERR_OK)
			e = age_seal_data(&sealer, bytes_of(plain, 2 * AGE_CHUNK + 1));
		if (e == ERR_OK)
			e = age_seal_end(&sealer);
		else
			assert_int_equal(age_seal_end(&sealer), ERR_BUSY);
		assert_int_equal(e, ERR_BUSY);
		wiped();
	}
	seal(bytes_of(plain, 2 * AGE_CHUNK), ROOM, &to_alice, 1);
	for (int writes = 0; writes < 2; writes++) {
		int left = writes;
		assert_int_equal(age_open_begin(&opener, &alice, 1, (struct age_sink){refuse, &left}), ERR_OK);
		enum err e = age_open_data(&opener, buf_view(&sealed));
		if (e == ERR_OK)
			e = age_open_end(&opener);
		assert_int_equal(e, ERR_BUSY);
		wiped();
	}
}

static void states(void **state)
{
	(void)state;
	seal(bytes_of(plain, 10), 10, &to_alice, 1);
	assert_int_equal(age_seal_data(&sealer, BYTES_LITERAL("x")), ERR_STATE);
	assert_int_equal(age_seal_end(&sealer), ERR_STATE);
	memset(&sealer, 0, sizeof sealer);
	assert_int_equal(age_seal_zeros(&sealer, 1), ERR_STATE);
	memset(&opener, 0, sizeof opener);
	assert_int_equal(age_open_data(&opener, BYTES_LITERAL("x")), ERR_STATE);
	assert_int_equal(age_open_end(&opener), ERR_STATE);
	assert_int_equal(age_open_begin(&opener, &alice, 1, into(&opened)), ERR_OK);
	age_open_drop(&opener);
	age_seal_drop(&sealer);
	wiped();
	assert_true(age_sealed_size(UINT64_MAX, &to_alice, 1) == UINT64_MAX);
	assert_true(age_sealed_size(UINT64_MAX - 100, &to_alice, 1) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trips),  cmocka_unit_test(random_sizes), cmocka_unit_test(zeros),
	    cmocka_unit_test(recipients),   cmocka_unit_test(fresh),        cmocka_unit_test(every_bit),
	    cmocka_unit_test(every_chunk),  cmocka_unit_test(every_length), cmocka_unit_test(not_age),
	    cmocka_unit_test(sink_refuses), cmocka_unit_test(states),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
