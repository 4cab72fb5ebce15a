/* SPDX-License-Identifier: GPL-3.0-or-later
 * Keys and addresses of onion services, as Tor makes them. */
#include "test.h"

#include <string.h>

#include "crypto/openssl.h"
#include "base/random.h"
#include "onion/curve.h"
#include "onion/onion.h"
#include "onion/url.h"

static void public_keys_are_those_of_openssl(void **state)
{
	/* RFC 8032, clause 7.1, test 1 */
	static const char *const seed_hex = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
	static const char *const public_hex = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
	uint8_t seed[32], wanted[32], got[32];
	struct onion_secret s;
	size_t n;

	(void)state;
	assert_int_equal(hex_decode(bytes_str(seed_hex), seed, 32, &n), ERR_OK);
	assert_int_equal(hex_decode(bytes_str(public_hex), wanted, 32, &n), ERR_OK);
	onion_secret_from_seed(&s, seed);
	curve_public(s.expanded, got);
	assert_memory_equal(got, wanted, 32);
	for (int i = 0; i < 100; i++) {
		EVP_PKEY *key;
		random_fill(seed, sizeof seed);
		key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
		n = sizeof wanted;
		assert_int_equal(EVP_PKEY_get_raw_public_key(key, wanted, &n), 1);
		EVP_PKEY_free(key);
		onion_secret_from_seed(&s, seed);
		curve_public(s.expanded, got);
		assert_memory_equal(got, wanted, 32);
	}
}

static void scalars_at_the_edges(void **state)
{
	/* 1 * B, and l * B = the neutral element: y = 1, x = 0 */
	uint8_t scalar[32] = {1};
	uint8_t got[32], wanted[32];
	size_t n;

	(void)state;
	curve_public(scalar, got);
	memset(wanted, 0x66, 32);
	wanted[0] = 0x58;
	assert_memory_equal(got, wanted, 32);
	assert_int_equal(hex_decode(BYTES_LITERAL("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"),
				    scalar, 32, &n),
			 ERR_OK);
	curve_public(scalar, got);
	memset(wanted, 0, 32);
	wanted[0] = 1;
	assert_memory_equal(got, wanted, 32);
	memset(scalar, 0, 32);
	curve_public(scalar, got);
	assert_memory_equal(got, wanted, 32);
}

static void addresses_check_themselves(void **state)
{
	/* Not drawn: of 65,536 slips one fits the check, and a run looks at fifty. */
	static const uint8_t seed[32] = {1};
	struct onion_secret s;
	uint8_t text[ONION_ADDRESS_LEN];

	(void)state;
	onion_secret_from_seed(&s, seed);
	onion_address(&s, text);
	assert_int_equal(onion_address_check(BYTES_ARRAY(text)), ERR_OK);
	/* The Tor Project's own, from the manual of version 3. */
	assert_int_equal(
	    onion_address_check(BYTES_LITERAL("2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion")),
	    ERR_OK);
	for (size_t i = 0; i < sizeof text; i++) {
		uint8_t was = text[i];
		text[i] = was == 'a' ? 'b' : 'a';
		assert_int_equal(onion_address_check(BYTES_ARRAY(text)), ERR_FORMAT);
		text[i] = (uint8_t)(was - 32);
		assert_int_equal(onion_address_check(BYTES_ARRAY(text)), ERR_FORMAT);
		text[i] = was;
	}
	assert_int_equal(onion_address_check(bytes_of(text, sizeof text - 1)), ERR_FORMAT);
}

static void base32_is_canonical(void **state)
{
	/* RFC 4648, clause 10 */
	static const char *const pairs[][2] = {{"", ""},
					       {"f", "MY"},
					       {"fo", "MZXQ"},
					       {"foo", "MZXW6"},
					       {"foob", "MZXW6YQ"},
					       {"fooba", "MZXW6YTB"},
					       {"foobar", "MZXW6YTBOI"}};
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	static const char small[] = "abcdefghijklmnopqrstuvwxyz234567";
	static const char *const wrong[] = {"M", "MZX", "MZXW6Y", "MZ", "M1", "M8", "MZXW6=", "MZXW7"};
	uint8_t out[32];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct buf b = buf_over(out, sizeof out);
		base32_encode(&b, bytes_str(pairs[i][0]), true);
		assert_true(bytes_eq_str(buf_view(&b), pairs[i][1]));
		assert_int_equal(base32_decode(bytes_str(pairs[i][1]), out, sizeof out, &n), ERR_OK);
		assert_true(bytes_eq_str(bytes_of(out, n), pairs[i][0]));
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(base32_decode(bytes_str(wrong[i]), out, sizeof out, &n), ERR_FORMAT);
	assert_int_equal(base32_decode(BYTES_LITERAL("MZXW6YTB"), out, 4, &n), ERR_TOO_BIG);
	for (unsigned c = 0; c < 256; c++) {
		const uint8_t text[2] = {(uint8_t)c, 'A'};
		bool digit = c != 0 && (strchr(all, (int)c) != NULL || strchr(small, (int)c) != NULL);
		assert_int_equal(base32_decode(BYTES_ARRAY(text), out, sizeof out, &n), digit ? ERR_OK : ERR_FORMAT);
	}
	for (int upper = 0; upper < 2; upper++) {
		uint8_t storage[32];
		struct buf b = buf_over(storage, sizeof storage);
		assert_int_equal(base32_decode(bytes_str(all), out, sizeof out, &n), ERR_OK);
		base32_encode(&b, bytes_of(out, n), upper == 1);
		assert_true(bytes_eq_str(buf_view(&b), upper == 1 ? all : small));
	}
}

static void key_files_are_tors(void **state)
{
	struct onion_secret s, read;
	uint8_t file[ONION_KEY_FILE_LEN];

	(void)state;
	onion_secret_new(&s);
	onion_secret_write(&s, file);
	assert_memory_equal(file, "== ed25519v1-secret: type0 ==\0\0\0", 32);
	assert_int_equal(onion_secret_read(BYTES_ARRAY(file), &read), ERR_OK);
	assert_memory_equal(&s, &read, sizeof s);
	assert_int_equal(onion_secret_read(bytes_of(file, 95), &read), ERR_FORMAT);
	file[5] ^= 1;
	assert_int_equal(onion_secret_read(BYTES_ARRAY(file), &read), ERR_FORMAT);
	file[5] ^= 1;
	file[32] |= 1; /* not clamped */
	assert_int_equal(onion_secret_read(BYTES_ARRAY(file), &read), ERR_FORMAT);
}

static void a_capital_url_is_a_host_name(void **state)
{
	uint8_t storage[80];
	struct buf url = buf_over(storage, sizeof storage);

	(void)state;
	assert_true(onion_capital_url(&url, BYTES_LITERAL("ab2z7.onion")));
	assert_true(bytes_eq_str(buf_view(&url), "HTTP://AB2Z7.ONION/"));
	url = buf_over(storage, sizeof storage);
	assert_false(onion_capital_url(&url, BYTES_LITERAL("a/b.onion")));
	url = buf_over(storage, sizeof storage);
	assert_false(onion_capital_url(&url, BYTES_LITERAL("AB.onion")));
	url = buf_over(storage, 10);
	assert_false(onion_capital_url(&url, BYTES_LITERAL("ab2z7.onion")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(public_keys_are_those_of_openssl),
	    cmocka_unit_test(scalars_at_the_edges),
	    cmocka_unit_test(addresses_check_themselves),
	    cmocka_unit_test(base32_is_canonical),
	    cmocka_unit_test(key_files_are_tors),
	    cmocka_unit_test(a_capital_url_is_a_host_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
