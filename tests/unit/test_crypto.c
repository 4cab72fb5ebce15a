/* SPDX-License-Identifier: GPL-3.0-or-later
 * crypto/ against published vectors: FIPS 180-4 and 202, RFC 4231, 5869, 5903, 7748, 8439. */
#include "test.h"

#include <string.h>

#include <bearssl.h>

#include "crypto/crypto.h"
#include "base/random.h"

/* Hex of at most 512 bytes into one of a few static places. */
static struct bytes hex(const char *text)
{
	static uint8_t storage[8][512];
	static unsigned turn;
	uint8_t *p = storage[turn++ % 8];
	size_t n = 0;

	assert_int_equal(hex_decode(bytes_str(text), p, sizeof storage[0], &n), ERR_OK);
	return bytes_of(p, n);
}

static void same(const uint8_t *got, const char *want)
{
	struct bytes w = hex(want);

	assert_memory_equal(got, w.p, w.n);
}

static void hashes(void **state)
{
	uint8_t out[32];
	uint8_t key[131];

	(void)state;
	sha256(BYTES_LITERAL("abc"), out);
	same(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256(BYTES_LITERAL(""), out);
	same(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha3_256(BYTES_LITERAL(""), out);
	same(out, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
	sha3_256(BYTES_LITERAL("abc"), out);
	same(out, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
	/* RFC 4231, cases 2 and 6 */
	hmac_sha256(BYTES_LITERAL("Jefe"), BYTES_LITERAL("what do ya want for nothing?"), out);
	same(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	hmac_sha256(BYTES_ARRAY(key), BYTES_LITERAL("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	same(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 8439, clause 2.5.2, whole and in pieces */
static void checksums(void **state)
{
	static const char text[] = "Cryptographic Forum Research Group";
	struct bytes in = bytes_str(text);
	struct bytes key = hex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
	static const struct checksum zero;

	(void)state;
	for (size_t first = 0; first <= in.n; first++) {
		struct checksum c;
		uint8_t out[CHECKSUM_LEN];
		checksum_begin(&c, key.p);
		checksum_update(&c, bytes_first(in, first));
		checksum_update(&c, bytes_from(in, first));
		checksum_end(&c, out);
		assert_memory_equal(out, "\xa8\x06\x1d\xc1\x30\x51\x36\xc6\xc2\x2b\x8b\xaf\x0c\x01\x27\xa9",
				    sizeof out);
		assert_memory_equal(&c, &zero, sizeof c);
	}
}

/* RFC 5869, appendix A, cases 1 to 3 */
static void hkdf(void **state)
{
	uint8_t secret[22];
	uint8_t out[82];

	(void)state;
	memset(secret, 0x0b, sizeof secret);
	hkdf_sha256(BYTES_ARRAY(secret), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), out, 42);
	same(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	hkdf_sha256(
	    hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
		"303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"),
	    hex("606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
		"909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf"),
	    hex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
		"e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
	    out, 82);
	same(out, "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
		  "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
	hkdf_sha256(BYTES_ARRAY(secret), BYTES_LITERAL(""), BYTES_LITERAL(""), out, 42);
	same(out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

struct aead_vector {
	const char *key, *nonce, *ad, *plain, *sealed;
};

static const struct aead_vector aead_vectors[] = {
    /* RFC 8439, 2.8.2 */
    {"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f"
     "6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c6420"
     "62652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
     "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
    /* RFC 8439, A.5 */
    {"1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", "000000000102030405060708",
     "f33388860000000000004e91",
     "496e7465726e65742d4472616674732061726520647261667420646f63756d656e74732076616c696420666f72206120"
     "6d6178696d756d206f6620736978206d6f6e74687320616e64206d617920626520757064617465642c207265706c6163"
     "65642c206f72206f62736f6c65746564206279206f7468657220646f63756d656e747320617420616e792074696d652e"
     "20497420697320696e617070726f70726961746520746f2075736520496e7465726e65742d4472616674732061732072"
     "65666572656e6365206d6174657269616c206f7220746f2063697465207468656d206f74686572207468616e20617320"
     "2fe2809c776f726b20696e2070726f67726573732e2fe2809d",
     "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0"
     "bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
     "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e9"
     "9040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
     "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a1049e617d91d361094fa68f0ff77987130"
     "305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38"},
};

static void aead_published(void **state)
{
	uint8_t out[512];

	(void)state;
	for (size_t i = 0; i < sizeof aead_vectors / sizeof aead_vectors[0]; i++) {
		const struct aead_vector *v = &aead_vectors[i];
		struct bytes key = hex(v->key);
		struct bytes nonce = hex(v->nonce);
		struct bytes ad = hex(v->ad);
		struct bytes plain = hex(v->plain);
		struct bytes sealed = hex(v->sealed);

		assert_int_equal(sealed.n, plain.n + AEAD_TAG_LEN);
		aead_seal(key.p, nonce.p, ad, plain, out);
		assert_memory_equal(out, sealed.p, sealed.n);
		memset(out, 0xee, sizeof out);
		assert_int_equal(aead_open(key.p, nonce.p, ad, sealed, out), ERR_OK);
		assert_memory_equal(out, plain.p, plain.n);
		assert_int_equal(out[plain.n], 0xee);
	}
}

/* BearSSL's own composition of the same two primitives, on every length up to a few blocks of the vector code. */
static void aead_lengths(void **state)
{
	static uint8_t plain[2100];
	static uint8_t a[sizeof plain + AEAD_TAG_LEN];
	static uint8_t b[sizeof plain];
	uint8_t key[32];
	uint8_t nonce[12];
	uint8_t tag[16];

	(void)state;
	random_fill(plain, sizeof plain);
	random_fill(key, sizeof key);
	random_fill(nonce, sizeof nonce);
	for (size_t n = 0; n <= sizeof plain; n++) {
		struct bytes ad = bytes_of(plain, n % 40);
		aead_seal(key, nonce, ad, bytes_of(plain, n), a);
		memcpy(b, plain, n);
		br_poly1305_ctmul_run(key, nonce, b, n, ad.p, ad.n, tag, br_chacha20_ct_run, 1);
		assert_memory_equal(a, b, n);
		assert_memory_equal(a + n, tag, 16);
		/* in place, back again */
		assert_int_equal(aead_open(key, nonce, ad, bytes_of(a, n + 16), a), ERR_OK);
		assert_memory_equal(a, plain, n);
	}
}

static void aead_refuses(void **state)
{
	uint8_t key[32] = {1};
	uint8_t nonce[12] = {2};
	uint8_t plain[100] = {3};
	uint8_t ad[3] = {4};
	uint8_t sealed[116];
	uint8_t before[116];
	uint8_t out[100];
	static const uint8_t zero[100];

	(void)state;
	aead_seal(key, nonce, BYTES_ARRAY(ad), BYTES_ARRAY(plain), sealed);
	for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(out, 0xee, sizeof out);
		assert_int_equal(aead_open(key, nonce, BYTES_ARRAY(ad), BYTES_ARRAY(sealed), out), ERR_AUTH);
		assert_memory_equal(out, zero, sizeof out);
		memcpy(before, sealed, sizeof sealed);
		assert_int_equal(aead_open(key, nonce, BYTES_ARRAY(ad), BYTES_ARRAY(sealed), sealed), ERR_AUTH);
		assert_memory_equal(sealed, before, sizeof sealed);
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	ad[0] ^= 1;
	assert_int_equal(aead_open(key, nonce, BYTES_ARRAY(ad), BYTES_ARRAY(sealed), out), ERR_AUTH);
	ad[0] ^= 1;
	nonce[11] ^= 1;
	assert_int_equal(aead_open(key, nonce, BYTES_ARRAY(ad), BYTES_ARRAY(sealed), out), ERR_AUTH);
	nonce[11] ^= 1;
	memset(out, 0xee, sizeof out);
	for (size_t n = 0; n < AEAD_TAG_LEN; n++)
		assert_int_equal(aead_open(key, nonce, BYTES_ARRAY(ad), bytes_of(sealed, n), out), ERR_FORMAT);
	assert_int_equal(out[0], 0xee);
}

/* RFC 7748, 5.2 and 6.1 */
static void x25519_published(void **state)
{
	uint8_t k[32];
	uint8_t u[32];
	uint8_t out[32];

	(void)state;
	assert_int_equal(x25519(hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4").p,
				hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c").p, out),
			 ERR_OK);
	same(out, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
	/* The point's top bit is set here, and ignored. */
	assert_int_equal(x25519(hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d").p,
				hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493").p, out),
			 ERR_OK);
	same(out, "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
	x25519_base(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a").p, out);
	same(out, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	x25519_base(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb").p, u);
	same(u, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	assert_int_equal(x25519(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a").p, u, out),
			 ERR_OK);
	same(out, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	memset(k, 0, sizeof k);
	k[0] = 9;
	memcpy(u, k, sizeof u);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(x25519(k, u, out), ERR_OK);
		memcpy(u, k, sizeof u);
		memcpy(k, out, sizeof k);
		if (i == 0)
			same(k, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
	}
	same(k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    /* the same with the bit that is ignored */
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

static void x25519_low_orders(void **state)
{
	static const uint8_t zero[32];
	uint8_t scalar[32];
	uint8_t out[32];

	(void)state;
	for (size_t i = 0; i < sizeof low_order / sizeof low_order[0]; i++) {
		struct bytes point = hex(low_order[i]);
		random_fill(scalar, sizeof scalar);
		memset(out, 0xee, sizeof out);
		assert_int_equal(x25519(scalar, point.p, out), ERR_AUTH);
		assert_memory_equal(out, zero, sizeof zero);
		assert_true(x25519_low_order(point.p));
	}
	x25519_base(scalar, out);
	assert_false(x25519_low_order(out));
	assert_false(x25519_low_order(hex("0900000000000000000000000000000000000000000000000000000000000000").p));
	assert_false(x25519_low_order(hex("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f").p));
}

/* RFC 5903, 8.1; NIST's CAVP, KAS_ECC_CDH_PrimitiveTest, P-256, count 0. */
static const struct {
	const char *scalar, *point, *x;
} p256_vectors[] = {
    {"c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
     "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
     "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
     "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
    {"c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
     "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
     "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
     "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
    {"7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
     "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
     "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
     "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"},
};

static void p256_published(void **state)
{
	uint8_t out[P256_POINT_LEN];
	uint8_t compressed[P256_COMPRESSED_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof p256_vectors / sizeof p256_vectors[0]; i++) {
		struct bytes point = hex(p256_vectors[i].point);

		assert_true(p256_valid(point.p));
		assert_int_equal(p256(hex(p256_vectors[i].scalar).p, point.p, out), ERR_OK);
		same(out + 1, p256_vectors[i].x);
		compressed[0] = (uint8_t)(2 | (point.p[64] & 1));
		memcpy(compressed + 1, point.p + 1, 32);
		assert_int_equal(p256_decompress(compressed, out), ERR_OK);
		assert_memory_equal(out, point.p, point.n);
	}
	/* RFC 5903: the first's public point is the second's */
	assert_int_equal(p256_base(hex(p256_vectors[0].scalar).p, out), ERR_OK);
	same(out, p256_vectors[1].point);
}

static void p256_refused(void **state)
{
	static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
	static const uint8_t zero[P256_POINT_LEN];
	static const uint8_t one[32] = {[31] = 1};
	uint8_t scalar[32];
	uint8_t point[P256_POINT_LEN];
	uint8_t last[P256_POINT_LEN];
	uint8_t out[P256_POINT_LEN];

	(void)state;
	memcpy(scalar, hex(order).p, 32);
	assert_false(p256_scalar_valid(scalar));
	memset(out, 0xee, sizeof out);
	assert_int_equal(p256_base(scalar, out), ERR_FORMAT);
	assert_memory_equal(out, zero, sizeof out);
	assert_false(p256_scalar_valid(zero));
	/* order - 1 gives minus the base point: the same x, the other y */
	scalar[31]--;
	assert_int_equal(p256_base(scalar, last), ERR_OK);
	assert_int_equal(p256_base(one, point), ERR_OK);
	assert_memory_equal(last, point, 33);
	assert_memory_not_equal(last + 33, point + 33, 32);
	/* every bit of a point: none of the others is one */
	for (size_t bit = 0; bit < 8 * P256_POINT_LEN; bit++) {
		point[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(p256_valid(point));
		memset(out, 0xee, sizeof out);
		assert_int_equal(p256(one, point, out), ERR_FORMAT);
		assert_memory_equal(out, zero, sizeof out);
		point[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* coordinates that are not below the prime */
	memset(point + 33, 0xff, 32);
	assert_false(p256_valid(point));
}

/* Half of all x belong to points; what is found is on the curve, and has the asked-for sign. */
static void p256_decompressed(void **state)
{
	uint8_t compressed[P256_COMPRESSED_LEN];
	uint8_t out[P256_POINT_LEN];
	unsigned found = 0;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		random_fill(compressed, sizeof compressed);
		compressed[0] = 2 | (i & 1);
		memset(out, 0xee, sizeof out);
		if (p256_decompress(compressed, out) != ERR_OK) {
			assert_int_equal(out[0], 0xee);
			continue;
		}
		assert_true(p256_valid(out));
		assert_int_equal(out[64] & 1, i & 1);
		assert_memory_equal(out + 1, compressed + 1, 32);
		found++;
	}
	assert_in_range(found, 100, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes),           cmocka_unit_test(checksums),         cmocka_unit_test(hkdf),
	    cmocka_unit_test(aead_published),   cmocka_unit_test(aead_lengths),      cmocka_unit_test(aead_refuses),
	    cmocka_unit_test(x25519_published), cmocka_unit_test(x25519_low_orders), cmocka_unit_test(p256_published),
	    cmocka_unit_test(p256_refused),     cmocka_unit_test(p256_decompressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
