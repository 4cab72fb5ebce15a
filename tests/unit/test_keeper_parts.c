/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_fixture.h"

/* ---- the parts */

static void slots_are_found_erased_and_used_again(void **state)
{
	enum { SLOTS = 2000 };
	static uint8_t ids[SLOTS][CONVERSATION_ID_LEN];
	static uint32_t at[SLOTS];
	struct secret_area area;
	struct vault v;

	(void)state;
	assert_int_equal(secret_area_new(LIMIT_KEEPER_FIXED + (SLOTS + 1) * sizeof(struct slot), &area), ERR_OK);
	assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_OK);
	for (uint32_t i = 0; i < SLOTS; i++) {
		random_fill(ids[i], CONVERSATION_ID_LEN);
		assert_int_equal(vault_find(&v, ids[i]), SLOT_NONE);
		assert_int_equal(vault_claim(&v, ids[i], &at[i]), ERR_OK);
	}
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = (uint32_t)round % 3; i < SLOTS; i += 3) {
			vault_erase(&v, at[i]);
			assert_int_equal(vault_find(&v, ids[i]), SLOT_NONE);
		}
		for (uint32_t i = (uint32_t)round % 3; i < SLOTS; i += 3) {
			random_fill(ids[i], CONVERSATION_ID_LEN);
			assert_int_equal(vault_claim(&v, ids[i], &at[i]), ERR_OK);
		}
		for (uint32_t i = 0; i < SLOTS; i++)
			assert_int_equal(vault_find(&v, ids[i]), at[i]);
	}
	vault_close(&v);
	secret_area_free(&area);
}

static void nonces_go_on_after_a_restart(void **state)
{
	struct secret_area area;
	struct vault v;
	uint8_t nonce[12], before[12] = {0};

	(void)state;
	assert_int_equal(secret_area_new(LIMIT_KEEPER_FIXED + 64 * 1024, &area), ERR_OK);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(vault_open(dup(area.fd), area.hidden, &v), ERR_OK);
		for (int k = 0; k < 100; k++) {
			vault_nonce(&v, nonce);
			assert_memory_not_equal(nonce, before, 12);
			assert_int_equal(nonce[0] | nonce[1] << 8, i * 100 + k + 1);
			memcpy(before, nonce, 12);
		}
		vault_close(&v);
	}
	secret_area_free(&area);
}

static size_t count_buckets(size_t (*bucket_of)(size_t n), size_t max)
{
	size_t buckets = 0;
	size_t before = 0;

	for (size_t n = 1; n <= max; n++) {
		size_t bucket = bucket_of(n);
		assert_true(bucket >= n);
		assert_true(bucket >= before);
		assert_int_equal(bucket_of(bucket), bucket);
		buckets += bucket != before ? 1 : 0;
		before = bucket;
	}
	return buckets;
}

static void sizes_show_only_by_bucket(void **state)
{
	(void)state;
	assert_int_equal(count_buckets(record_bucket, DB_VALUE_MAX), 6);
	assert_int_equal(count_buckets(chunk_bucket, CHUNK_PLAIN + 16), 8);
}

/* ---- extents */

static void extents_come_and_go_with_the_transaction(void **state)
{
	static uint8_t pages[3 * EXTENT_PAGE], out[3 * EXTENT_PAGE];
	char path[] = "/tmp/extents-XXXXXX";
	struct extents x;
	struct extent first, second, third;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(extents_open(&x, path, true), ERR_OK);
	random_fill(pages, sizeof pages);
	assert_int_equal(extents_put(&x, BYTES_ARRAY(pages), &first), ERR_OK);
	assert_int_equal(extents_put(&x, bytes_of(pages, EXTENT_PAGE), &second), ERR_OK);
	extents_commit(&x);
	assert_int_equal(x.used, 4 * EXTENT_PAGE);
	/* Aborted: what was put is gone, what was freed is not. */
	assert_int_equal(extents_put(&x, BYTES_ARRAY(pages), &third), ERR_OK);
	extents_free(&x, &first);
	extents_abort(&x);
	assert_int_equal(x.used, 4 * EXTENT_PAGE);
	assert_int_equal(extents_get(&x, &first, out), ERR_OK);
	assert_memory_equal(out, pages, sizeof out);
	extents_free(&x, &first);
	extents_commit(&x);
	assert_int_equal(x.used, EXTENT_PAGE);
	assert_int_equal(extents_put(&x, BYTES_ARRAY(pages), &third), ERR_OK);
	extents_commit(&x);
	extents_close(&x);
	/* The next one gives back what nobody names. */
	assert_int_equal(extents_open(&x, path, false), ERR_OK);
	extents_recover(&x, &third, 1);
	assert_int_equal(x.used, 3 * EXTENT_PAGE);
	assert_int_equal(extents_get(&x, &third, out), ERR_OK);
	assert_memory_equal(out, pages, sizeof out);
	assert_int_equal(extents_get(&x, &second, out), ERR_OK);
	assert_int_equal(out[0] | out[EXTENT_PAGE - 1], 0);
	second.offset = x.end + EXTENT_PAGE;
	assert_int_equal(extents_get(&x, &second, out), ERR_FORMAT);
	/* Also at the end, and what comes next lies after it. */
	assert_int_equal(extents_put(&x, BYTES_ARRAY(pages), &first), ERR_OK);
	extents_close(&x);
	assert_int_equal(extents_open(&x, path, false), ERR_OK);
	assert_int_equal(x.used, 6 * EXTENT_PAGE);
	extents_recover(&x, &third, 1);
	assert_int_equal(x.used, 3 * EXTENT_PAGE);
	assert_int_equal(extents_put(&x, BYTES_ARRAY(pages), &second), ERR_OK);
	assert_true(second.offset >= first.offset + first.len);
	extents_close(&x);
	unlink(path);
}

static void bits_are_counted_from_one(void **state)
{
	uint8_t bits[LIMIT_MESSAGES / 8] = {0};

	(void)state;
	assert_int_equal(bit_next(bits, 0), 0);
	assert_int_equal(bit_before(bits, 4096), 0);
	for (uint16_t n = 1; n <= LIMIT_MESSAGES; n = (uint16_t)(n * 3))
		bit_set(bits, n);
	assert_int_equal(bit_count(bits), 8);
	for (uint16_t n = 1; n < 2187; n = (uint16_t)(n * 3)) {
		assert_int_equal(bit_next(bits, n), n * 3);
		assert_int_equal(bit_before(bits, (uint16_t)(n * 3 - 1)), n);
	}
	assert_int_equal(bit_next(bits, 2187), 0);
	assert_int_equal(bit_before(bits, UINT16_MAX), 2187);
	bit_set(bits, LIMIT_MESSAGES);
	assert_int_equal(bit_next(bits, 2187), LIMIT_MESSAGES);
	bit_clear(bits, LIMIT_MESSAGES);
	assert_false(bit_test(bits, LIMIT_MESSAGES));
	assert_false(bit_test(bits, 0));
	assert_false(bit_test(bits, LIMIT_MESSAGES + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_are_found_erased_and_used_again),
	    cmocka_unit_test(nonces_go_on_after_a_restart),
	    cmocka_unit_test(sizes_show_only_by_bucket),
	    cmocka_unit_test(extents_come_and_go_with_the_transaction),
	    cmocka_unit_test(bits_are_counted_from_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
