/* SPDX-License-Identifier: GPL-3.0-or-later
 * The vectors that OpenSSL's source carries (image/vectors.sh), through our functions where we have one: ML-KEM-768 of
 * FIPS 203, SHA-3 of FIPS 202, ChaCha20-Poly1305 of RFC 8439, HKDF of RFC 5869; and through EVP what is used by way of
 * it or shows that it was built in: Argon2 of RFC 9106, scrypt of RFC 7914, BLAKE2 of RFC 7693. The counts are exact: a
 * vector that is not run fails the test. */
#include "vectors.h"

#include "crypto/crypto.h"
#include "crypto/openssl.h"

#define FOLDER "/source/"

static const uint8_t zero[2048];

static void same(const uint8_t *got, struct bytes want)
{
	assert_memory_equal(got, want.p, want.n);
}

/* ---- ML-KEM-768 */

static struct {
	struct bytes seed, private;
} pairs[100];
static size_t pair_count;

static void mlkem_keygen(void **state)
{
	struct bytes rest = vector_file(FOLDER "evppkey_ml_kem_768_keygen.txt");
	uint8_t key[MLKEM768_PUBLIC_LEN];
	struct vector v;

	(void)state;
	while (vector_next(&rest, '=', &v)) {
		if (!vector_has(&v, "KeyGen"))
			continue; /* the title */
		assert_in_range(pair_count, 0, 99);
		pairs[pair_count].seed = vector_hex_after(&v, "Ctrl", "hexseed:");
		pairs[pair_count].private = vector_hex_after(&v, "CtrlOut", "hexpriv:");
		assert_int_equal(mlkem768_public(pairs[pair_count].seed.p, key), ERR_OK);
		same(key, vector_hex_after(&v, "CtrlOut", "hexpub:"));
		assert_true(mlkem768_public_valid(key));
		pair_count++;
	}
	assert_int_equal(pair_count, 100);
}

static void mlkem_encapsulate(void **state)
{
	struct bytes rest = vector_file(FOLDER "evppkey_ml_kem_768_encap.txt");
	uint8_t cipher[MLKEM768_CIPHER_LEN];
	uint8_t shared[32];
	struct vector v;
	unsigned good = 0;
	unsigned refused = 0;
	unsigned other_lengths = 0;

	(void)state;
	while (vector_next(&rest, '=', &v)) {
		struct bytes key;
		struct bytes entropy;

		if (!vector_has(&v, "Kem"))
			continue;
		key = vector_hex(&v, "EncodedPublicKey");
		entropy = vector_hex(&v, "Entropy");
		if (key.n != MLKEM768_PUBLIC_LEN) {
			/* The type says the length; bech32 says it for what comes from outside. */
			other_lengths++;
		} else if (vector_has(&v, "Result")) {
			memset(cipher, 0xee, sizeof cipher);
			memset(shared, 0xee, sizeof shared);
			assert_int_equal(mlkem768_encapsulate(key.p, entropy.p, cipher, shared), ERR_FORMAT);
			assert_memory_equal(cipher, zero, sizeof cipher);
			assert_memory_equal(shared, zero, sizeof shared);
			refused++;
		} else {
			assert_int_equal(mlkem768_encapsulate(key.p, entropy.p, cipher, shared), ERR_OK);
			same(cipher, vector_hex(&v, "Ciphertext"));
			same(shared, vector_hex(&v, "Output"));
			good++;
		}
	}
	assert_int_equal(good, 143);
	assert_int_equal(refused, 100);
	assert_int_equal(other_lengths, 20);
}

static const uint8_t *seed_of(struct bytes private)
{
	for (size_t i = 0; i < pair_count; i++)
		if (bytes_eq(pairs[i].private, private))
			return pairs[i].seed.p;
	return NULL;
}

/* Expanded keys are OpenSSL's: we have seeds alone. */
static bool evp_decapsulate(struct bytes private, struct bytes cipher, uint8_t shared[32])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, "ML-KEM-768", NULL, private.p, private.n);
	EVP_PKEY_CTX *c = key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	size_t n = 32;
	bool good = c != NULL && EVP_PKEY_decapsulate_init(c, NULL) == 1 &&
		    EVP_PKEY_decapsulate(c, shared, &n, cipher.p, cipher.n) == 1;

	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(key);
	return good;
}

static void mlkem_decapsulate(void **state)
{
	struct bytes rest = vector_file(FOLDER "evppkey_ml_kem_768_decap.txt");
	uint8_t shared[32];
	struct vector v;
	unsigned ours = 0;
	unsigned good = 0;
	unsigned refused = 0;

	(void)state;
	while (vector_next(&rest, '=', &v)) {
		struct bytes private;
		struct bytes cipher;

		if (!vector_has(&v, "Kem"))
			continue;
		private = vector_hex(&v, "EncodedPrivateKey");
		cipher = vector_hex(&v, "Input");
		if (vector_has(&v, "Result")) {
			assert_false(evp_decapsulate(private, cipher, shared));
			refused++;
			continue;
		}
		assert_true(evp_decapsulate(private, cipher, shared));
		same(shared, vector_hex(&v, "Output"));
		good++;
		if (seed_of(private) == NULL)
			continue;
		assert_int_equal(mlkem768_decapsulate(seed_of(private), cipher.p, shared), ERR_OK);
		same(shared, vector_hex(&v, "Output"));
		ours++;
	}
	assert_int_equal(ours, 100);
	assert_int_equal(good, 165);
	assert_int_equal(refused, 140);
}

/* ---- hashes */

/* The input, hex or a text in quotes, "Count" times. */
static struct bytes repeated(const struct vector *v)
{
	struct bytes text = vector_text(v, "Input");
	bool quoted = text.n > 0 && text.p[0] == '"';
	struct bytes once = quoted ? bytes_first(bytes_from(text, 1), text.n - 2) : vector_unhex(text);
	uint64_t times;
	uint8_t *p;

	if (!vector_has(v, "Count"))
		return once;
	assert_int_equal(bytes_decimal(vector_text(v, "Count"), 1000000, &times), ERR_OK);
	p = vector_memory(once.n * times);
	for (size_t i = 0; i < times; i++)
		memcpy(p + i * once.n, once.p, once.n);
	return bytes_of(p, once.n * times);
}

static void sha3(void **state)
{
	struct bytes rest = vector_file(FOLDER "evpmd_sha.txt");
	uint8_t out[1024];
	struct vector v;
	unsigned hashed = 0;
	unsigned shaken = 0;

	(void)state;
	while (vector_next(&rest, '=', &v)) {
		struct bytes want;

		if (!vector_has(&v, "Digest") || !vector_has(&v, "Output"))
			continue;
		want = vector_hex(&v, "Output");
		if (bytes_eq_str(vector_text(&v, "Digest"), "SHA3-256")) {
			sha3_256(repeated(&v), out);
			same(out, want);
			hashed++;
		} else if (bytes_eq_str(vector_text(&v, "Digest"), "SHAKE256")) {
			assert_in_range(want.n, 1, sizeof out);
			shake256(repeated(&v), out, want.n);
			same(out, want);
			shaken++;
		}
	}
	assert_int_equal(hashed, 4);
	assert_int_equal(shaken, 6);
}

static void blake2(void **state)
{
	struct bytes rest = vector_file(FOLDER "evpmd_blake.txt");
	uint8_t out[EVP_MAX_MD_SIZE];
	struct vector v;
	unsigned count = 0;

	(void)state;
	while (vector_next(&rest, '=', &v)) {
		struct bytes name;
		struct bytes input;
		unsigned n = 0;

		if (!vector_has(&v, "Digest") || vector_has(&v, "OutputSize"))
			continue; /* other lengths are a parameter that nobody here sets */
		name = vector_text(&v, "Digest");
		input = vector_hex(&v, "Input");
		assert_int_equal(EVP_Digest(input.p, input.n, out, &n,
					    bytes_eq_str(name, "BLAKE2b512") ? EVP_blake2b512() : EVP_blake2s256(),
					    NULL),
				 1);
		assert_int_equal(n, vector_hex(&v, "Output").n);
		same(out, vector_hex(&v, "Output"));
		count++;
	}
	assert_int_equal(count, 18);
}

/* ---- the AEAD */

static void chacha20_poly1305(void **state)
{
	struct bytes rest = vector_file(FOLDER "evpciph_chacha.txt");
	static uint8_t sealed[1024];
	static uint8_t plain[1024];
	struct vector v;
	unsigned good = 0;
	unsigned refused = 0;
	unsigned other_nonces = 0;

	(void)state;
	while (vector_next(&rest, '=', &v)) {
		struct bytes key, nonce, ad, text, tag;

		if (!vector_has(&v, "Cipher") || !bytes_eq_str(vector_text(&v, "Cipher"), "chacha20-poly1305"))
			continue;
		key = vector_hex(&v, "Key");
		nonce = vector_hex(&v, "IV");
		ad = vector_hex(&v, "AAD");
		text = vector_hex(&v, "Plaintext");
		tag = vector_hex(&v, "Tag");
		if (nonce.n != 12) {
			other_nonces++;
			continue;
		}
		assert_in_range(text.n, 0, sizeof plain - AEAD_TAG_LEN);
		if (vector_has(&v, "Result")) {
			memcpy(sealed, vector_hex(&v, "Ciphertext").p, text.n);
			memcpy(sealed + text.n, tag.p, tag.n);
			memset(plain, 0xee, sizeof plain);
			assert_int_equal(aead_open(key.p, nonce.p, ad, bytes_of(sealed, text.n + tag.n), plain),
					 ERR_AUTH);
			assert_memory_equal(plain, zero, text.n);
			refused++;
			continue;
		}
		aead_seal(key.p, nonce.p, ad, text, sealed);
		same(sealed, vector_hex(&v, "Ciphertext"));
		same(sealed + text.n, tag);
		assert_int_equal(aead_open(key.p, nonce.p, ad, bytes_of(sealed, text.n + tag.n), plain), ERR_OK);
		same(plain, text);
		good++;
	}
	assert_int_equal(good, 5);
	assert_int_equal(refused, 1);
	assert_int_equal(other_nonces, 2);
}

/* ---- key derivation */

static struct bytes parameter(const struct vector *v, const char *name, const char *plain, const char *hexed)
{
	struct bytes value;

	if (vector_find(v, name, hexed, &value))
		return vector_unhex(value);
	if (vector_find(v, name, plain, &value))
		return value;
	return BYTES_LITERAL("");
}

static void hkdf(void **state)
{
	struct bytes rest = vector_file(FOLDER "evpkdf_hkdf.txt");
	uint8_t out[256];
	struct vector v;
	unsigned whole = 0;
	unsigned extracted = 0;

	(void)state;
	while (vector_next(&rest, '=', &v)) {
		struct bytes secret, salt, info, want, unused;

		if (!vector_find(&v, "Ctrl.digest", "digest:SHA256", &unused) ||
		    vector_find(&v, "Ctrl.mode", "mode:EXPAND_ONLY", &unused))
			continue; /* expanding alone is not in our interface */
		secret = parameter(&v, "Ctrl.IKM", "key:", "hexkey:");
		salt = parameter(&v, "Ctrl.salt", "salt:", "hexsalt:");
		info = parameter(&v, "Ctrl.info", "info:", "hexinfo:");
		want = vector_hex(&v, "Output");
		if (vector_has(&v, "Ctrl.mode")) {
			hmac_sha256(salt, secret, out);
			extracted++;
		} else {
			hkdf_sha256(secret, salt, info, out, want.n);
			whole++;
		}
		same(out, want);
	}
	assert_int_equal(whole, 3);
	assert_int_equal(extracted, 3);
}

/* Every "Ctrl.x = name:value" as OpenSSL's own test hands it over. */
static unsigned set_parameters(const struct vector *v, EVP_KDF *kdf, OSSL_PARAM *params)
{
	const OSSL_PARAM *known = EVP_KDF_settable_ctx_params(kdf);
	unsigned count = 0;

	for (size_t i = 0; i < v->count; i++) {
		struct bytes rest = v->value[i];
		struct bytes name;
		char names[32];
		char value[512];
		int found = 0;

		if (!bytes_starts(v->name[i], BYTES_LITERAL("Ctrl.")))
			continue;
		assert_true(bytes_split(&rest, ':', &name) && name.n < sizeof names && rest.n < sizeof value);
		memcpy(names, name.p, name.n);
		names[name.n] = '\0';
		if (rest.n > 0)
			memcpy(value, rest.p, rest.n);
		value[rest.n] = '\0';
		assert_int_equal(OSSL_PARAM_allocate_from_text(&params[count], known, names, value, rest.n, &found), 1);
		assert_true(found);
		count++;
	}
	params[count] = OSSL_PARAM_construct_end();
	return count;
}

static unsigned derive_all(const char *path)
{
	struct bytes rest = vector_file(path);
	OSSL_PARAM params[VECTOR_FIELDS];
	uint8_t out[128];
	struct vector v;
	unsigned count = 0;

	assert_true(openssl_ready());
	while (vector_next(&rest, '=', &v)) {
		EVP_KDF *kdf;
		EVP_KDF_CTX *c;
		struct bytes want;
		char name[16] = {0};

		/* Those that must fail are OpenSSL's limits, those with threads its own. */
		if (!vector_has(&v, "KDF") || vector_has(&v, "Result") || vector_has(&v, "Threads"))
			continue;
		want = vector_hex(&v, "Output");
		assert_in_range(want.n, 1, sizeof out);
		memcpy(name, vector_text(&v, "KDF").p, vector_text(&v, "KDF").n);
		kdf = EVP_KDF_fetch(NULL, name, NULL);
		assert_non_null(kdf);
		c = EVP_KDF_CTX_new(kdf);
		assert_non_null(c);
		(void)set_parameters(&v, kdf, params);
		assert_int_equal(EVP_KDF_derive(c, out, want.n, params), 1);
		same(out, want);
		for (OSSL_PARAM *p = params; p->key != NULL; p++)
			OPENSSL_free(p->data);
		EVP_KDF_CTX_free(c);
		EVP_KDF_free(kdf);
		count++;
	}
	return count;
}

static void argon2(void **state)
{
	(void)state;
	assert_int_equal(derive_all(FOLDER "evpkdf_argon2.txt"), 10);
}

static void scrypt_published(void **state)
{
	(void)state;
	assert_int_equal(derive_all(FOLDER "evpkdf_scrypt.txt"), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mlkem_keygen),
	    cmocka_unit_test(mlkem_encapsulate),
	    cmocka_unit_test(mlkem_decapsulate),
	    cmocka_unit_test(sha3),
	    cmocka_unit_test(blake2),
	    cmocka_unit_test(chacha20_poly1305),
	    cmocka_unit_test(hkdf),
	    cmocka_unit_test(argon2),
	    cmocka_unit_test(scrypt_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
