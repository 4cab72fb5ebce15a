/* SPDX-License-Identifier: GPL-3.0-or-later
 * age/hpke against published vectors (tests/vectors/xwing.txt and hpke.txt name them), and what it does with bad keys.
 */
#include "vectors.h"

#include "age/hpke.h"
#include "base/random.h"

static const uint8_t zero[XWING_PUBLIC_LEN];

static void same(const uint8_t *got, struct bytes want)
{
	assert_memory_equal(got, want.p, want.n);
}

static void xwing_published(void **state)
{
	uint8_t key[XWING_PUBLIC_LEN];
	uint8_t cipher[XWING_CIPHER_LEN];
	uint8_t shared[32];
	struct bytes rest = vector_file("tests/vectors/xwing.txt");
	struct vector v;
	int count = 0;

	(void)state;
	for (; vector_next(&rest, ':', &v); count++) {
		struct bytes seed = vector_hex(&v, "seed");
		struct bytes want = vector_hex(&v, "shared");

		assert_int_equal(xwing_public(seed.p, key), ERR_OK);
		same(key, vector_hex(&v, "public"));
		assert_int_equal(xwing_encapsulate(key, vector_hex(&v, "random").p, cipher, shared), ERR_OK);
		same(cipher, vector_hex(&v, "cipher"));
		same(shared, want);
		memset(shared, 0xee, sizeof shared);
		assert_int_equal(xwing_decapsulate(seed.p, key, cipher, shared), ERR_OK);
		same(shared, want);
	}
	assert_int_equal(count, 3);
}

/* What a token does. */
static void p256_open(const struct vector *v, struct bytes cipher, struct bytes shared)
{
	uint8_t scalar_times_share[P256_POINT_LEN];
	uint8_t public[P256_POINT_LEN];
	struct bytes private = vector_hex(v, "private");

	assert_int_equal(p256_base(private.p, public), ERR_OK);
	same(public, vector_hex(v, "public"));
	assert_int_equal(p256(private.p, cipher.p, scalar_times_share), ERR_OK);
	/* The sender's product is the token's. */
	assert_int_equal(p256(vector_hex(v, "random").p, public, public), ERR_OK);
	assert_memory_equal(public, scalar_times_share, sizeof public);
	assert_int_equal(shared.n, 32);
}

static void one_suite(const struct vector *v)
{
	struct bytes name = vector_text(v, "kem");
	struct bytes public = vector_hex(v, "public");
	struct bytes random = vector_hex(v, "random");
	struct bytes cipher = vector_hex(v, "cipher");
	struct bytes want = vector_hex(v, "shared");
	struct bytes plain = vector_hex(v, "plain");
	struct bytes aad[2] = {BYTES_LITERAL("Count-0"), BYTES_LITERAL("Count-1")};
	uint8_t got[MLKEM768_P256_CIPHER_LEN];
	uint8_t sealed[128];
	uint8_t shared[32];
	struct hpke_keys k;
	enum hpke_kem kem = HPKE_MLKEM768_P256;
	size_t count = 0;

	if (bytes_eq_str(name, "0010")) {
		kem = HPKE_P256;
		assert_int_equal(hpke_p256_encapsulate(public.p, random.p, got, shared), ERR_OK);
		p256_open(v, cipher, want);
	} else if (bytes_eq_str(name, "647a")) {
		kem = HPKE_MLKEM768_X25519;
		assert_int_equal(xwing_encapsulate(public.p, random.p, got, shared), ERR_OK);
	} else {
		assert_int_equal(hpke_mlkem768_p256_encapsulate(public.p, random.p, got, shared), ERR_OK);
	}
	same(got, cipher);
	same(shared, want);
	hpke_schedule(kem, shared, vector_hex(v, "info"), &k);
	same(k.key, vector_hex(v, "key"));
	same(k.nonce, vector_hex(v, "nonce"));
	for (size_t i = 0; i < v->count; i++) {
		if (!bytes_eq_str(v->name[i], "sealed"))
			continue;
		aead_seal(k.key, k.nonce, aad[count], plain, sealed);
		same(sealed, vector_unhex(v->value[i]));
		k.nonce[11] ^= 1; /* 0, then 1 */
		count++;
	}
	assert_int_equal(count, 2);
}

static void suites_published(void **state)
{
	struct bytes rest = vector_file("tests/vectors/hpke.txt");
	struct vector v;
	int count = 0;

	(void)state;
	for (; vector_next(&rest, ':', &v); count++)
		one_suite(&v);
	assert_int_equal(count, 4);
}

static void message(void **state)
{
	const struct bytes info = BYTES_LITERAL("what for");
	uint8_t shared[32];
	uint8_t sealed[21];
	uint8_t plain[5];

	(void)state;
	random_fill(shared, sizeof shared);
	hpke_seal(HPKE_P256, shared, info, BYTES_LITERAL("12345"), sealed);
	assert_int_equal(hpke_open(HPKE_P256, shared, info, BYTES_ARRAY(sealed), plain), ERR_OK);
	assert_memory_equal(plain, "12345", 5);
	/* each input is bound: the KEM, the secret, the purpose, every byte */
	assert_int_equal(hpke_open(HPKE_MLKEM768_P256, shared, info, BYTES_ARRAY(sealed), plain), ERR_AUTH);
	assert_memory_equal(plain, zero, 5);
	assert_int_equal(hpke_open(HPKE_P256, shared, BYTES_LITERAL("what"), BYTES_ARRAY(sealed), plain), ERR_AUTH);
	for (size_t i = 0; i < sizeof sealed; i++) {
		sealed[i] ^= 0x80;
		memset(plain, 0xee, sizeof plain);
		assert_int_equal(hpke_open(HPKE_P256, shared, info, BYTES_ARRAY(sealed), plain), ERR_AUTH);
		assert_memory_equal(plain, zero, 5);
		sealed[i] ^= 0x80;
	}
	shared[0] ^= 1;
	assert_int_equal(hpke_open(HPKE_P256, shared, info, BYTES_ARRAY(sealed), plain), ERR_AUTH);
	assert_int_equal(hpke_open(HPKE_P256, shared, info, bytes_of(sealed, 15), plain), ERR_FORMAT);
}

/* After an error nothing of a secret is left in the outputs. */
static void bad_xwing(void **state)
{
	uint8_t seed[32];
	uint8_t key[XWING_PUBLIC_LEN];
	uint8_t random[64];
	uint8_t cipher[XWING_CIPHER_LEN];
	uint8_t shared[32];
	uint8_t other[32];

	(void)state;
	random_fill(seed, sizeof seed);
	random_fill(random, sizeof random);
	assert_int_equal(xwing_public(seed, key), ERR_OK);
	assert_int_equal(xwing_encapsulate(key, random, cipher, shared), ERR_OK);

	/* another ciphertext: another secret, without an error */
	cipher[7] ^= 1;
	assert_int_equal(xwing_decapsulate(seed, key, cipher, other), ERR_OK);
	assert_memory_not_equal(other, shared, 32);
	cipher[7] ^= 1;
	/* a low-order share */
	memset(cipher + MLKEM768_CIPHER_LEN, 0, 32);
	assert_int_equal(xwing_decapsulate(seed, key, cipher, other), ERR_AUTH);
	assert_memory_equal(other, zero, 32);
	/* a low-order recipient */
	memset(key + MLKEM768_PUBLIC_LEN, 0, 32);
	memset(shared, 0xee, 32);
	assert_int_equal(xwing_encapsulate(key, random, cipher, shared), ERR_AUTH);
	assert_memory_equal(cipher, zero, sizeof cipher);
	assert_memory_equal(shared, zero, 32);
	/* a coefficient that is the prime */
	assert_int_equal(xwing_public(seed, key), ERR_OK);
	key[0] = 3329 & 0xff;
	key[1] = (uint8_t)((key[1] & 0xf0) | 3329 >> 8);
	memset(cipher, 0xee, sizeof cipher);
	assert_int_equal(xwing_encapsulate(key, random, cipher, shared), ERR_FORMAT);
	assert_memory_equal(cipher, zero, sizeof cipher);
	assert_memory_equal(shared, zero, 32);
}

static void bad_p256(void **state)
{
	uint8_t key[MLKEM768_P256_PUBLIC_LEN];
	uint8_t random[64] = {[63] = 1};
	uint8_t seed[MLKEM768_SEED_LEN];
	uint8_t cipher[MLKEM768_P256_CIPHER_LEN];
	uint8_t shared[32];
	uint8_t *point = key + MLKEM768_PUBLIC_LEN;

	(void)state;
	random_fill(seed, sizeof seed);
	assert_int_equal(mlkem768_public(seed, key), ERR_OK);
	assert_int_equal(p256_base(random + 32, point), ERR_OK);
	assert_int_equal(hpke_mlkem768_p256_encapsulate(key, random, cipher, shared), ERR_OK);
	assert_int_equal(hpke_p256_encapsulate(point, random + 32, cipher, shared), ERR_OK);
	point[64] ^= 1;
	assert_int_equal(hpke_mlkem768_p256_encapsulate(key, random, cipher, shared), ERR_FORMAT);
	assert_memory_equal(cipher, zero, sizeof cipher);
	assert_memory_equal(shared, zero, 32);
	memset(shared, 0xee, 32);
	assert_int_equal(hpke_p256_encapsulate(point, random + 32, cipher, shared), ERR_FORMAT);
	assert_memory_equal(cipher, zero, P256_POINT_LEN);
	assert_memory_equal(shared, zero, 32);
	point[64] ^= 1;
	random[63] = 0; /* not a scalar */
	memset(shared, 0xee, 32);
	assert_int_equal(hpke_p256_encapsulate(point, random + 32, cipher, shared), ERR_FORMAT);
	assert_memory_equal(shared, zero, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(xwing_published), cmocka_unit_test(suites_published), cmocka_unit_test(message),
	    cmocka_unit_test(bad_xwing),       cmocka_unit_test(bad_p256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
