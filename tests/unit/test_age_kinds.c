/* SPDX-License-Identifier: GPL-3.0-or-later
 * Recipients and identities of every kind: their texts as the specification has them, sealing and opening, what is
 * refused. */
#include "test.h"

#include <string.h>

#include "age/age.h"
#include "age/bech32.h"
#include "age/hpke.h"
#include "age/kinds.h"
#include "base/random.h"
#include "base/secret.h"

/* c2sp.org/age, "The MLKEM768-X25519 hybrid post-quantum recipient type" and "The tagged recipient types". */
#define SPEC_IDENTITY "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
#define SPEC_FIRST    "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6"
#define SPEC_LAST     "gjtqmwze9pyyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k" /* with the checksum of all of it */
#define SPEC_TAG      "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e"

static uint8_t storage[128 * 1024];
static uint8_t opened_storage[4096];
static struct buf sealed, opened;
static struct age_sealer sealer;
static struct age_opener opener;

static enum err keep(void *context, struct bytes data)
{
	buf_put(context, data);
	return ERR_OK;
}

static enum err seal(const struct age_recipient *to, size_t count, struct bytes data)
{
	enum err e;

	sealed = buf_over(storage, sizeof storage);
	TRY(age_seal_begin(&sealer, to, count, (struct age_sink){keep, &sealed}));
	TRY(age_seal_data(&sealer, data));
	TRY(age_seal_end(&sealer));
	assert_int_equal(sealed.len, age_sealed_size(data.n, to, count));
out:
	return e;
}

static enum err open_it(const struct age_identity *with, size_t count)
{
	enum err e;

	opened = buf_over(opened_storage, sizeof opened_storage);
	TRY(age_open_begin(&opener, with, count, (struct age_sink){keep, &opened}));
	TRY(age_open_data(&opener, buf_view(&sealed)));
	TRY(age_open_end(&opener));
out:
	return e;
}

static struct age_recipient parsed(struct bytes text)
{
	struct age_recipient r;

	assert_int_equal(age_recipient_parse(text, &r), ERR_OK);
	return r;
}

/* A token's recipient: the scalar 2, and what ML-KEM key there is. */
static struct age_recipient token(enum age_kind kind, const uint8_t seed[static MLKEM768_SEED_LEN])
{
	static const uint8_t two[32] = {[31] = 2};
	struct age_recipient r = {.kind = kind};
	uint8_t point[P256_POINT_LEN];

	assert_int_equal(p256_base(two, point), ERR_OK);
	if (kind == AGE_TAG_P256) {
		r.key[0] = (uint8_t)(2 + (point[64] & 1));
		memcpy(r.key + 1, point + 1, 32);
		return r;
	}
	assert_int_equal(mlkem768_public(seed, r.key), ERR_OK);
	memcpy(r.key + MLKEM768_PUBLIC_LEN, point, sizeof point);
	return r;
}

static void texts(void **state)
{
	uint8_t text_storage[AGE_TEXT_MAX];
	uint8_t seed[MLKEM768_SEED_LEN] = {7};
	struct buf text = buf_over(text_storage, sizeof text_storage);
	struct age_identity i;
	struct age_recipient r;
	struct age_recipient back;

	(void)state;
	assert_int_equal(age_identity_parse(BYTES_LITERAL(SPEC_IDENTITY), &i), ERR_OK);
	assert_int_equal(i.kind, AGE_HYBRID);
	age_identity_text(&text, &i);
	assert_true(bytes_eq_str(buf_view(&text), SPEC_IDENTITY));
	age_identity_recipient(&i, &r);
	text.len = 0;
	age_recipient_text(&text, &r);
	assert_false(text.failed);
	assert_int_equal(text.len, 1959);
	assert_true(bytes_starts(buf_view(&text), BYTES_LITERAL(SPEC_FIRST)));
	assert_true(bytes_eq_str(bytes_from(buf_view(&text), 1959 - (sizeof SPEC_LAST - 1)), SPEC_LAST));
	back = parsed(buf_view(&text));
	assert_memory_equal(&back, &r, sizeof r);

	r = parsed(BYTES_LITERAL(SPEC_TAG));
	assert_int_equal(r.kind, AGE_TAG_P256);
	text.len = 0;
	age_recipient_text(&text, &r);
	assert_true(bytes_eq_str(buf_view(&text), SPEC_TAG));
	r = token(AGE_TAG_P256_HYBRID, seed);
	text.len = 0;
	age_recipient_text(&text, &r);
	assert_true(bytes_starts(buf_view(&text), BYTES_LITERAL("age1tagpq1")));
	back = parsed(buf_view(&text));
	assert_memory_equal(&back, &r, sizeof r);
}

/* What `key` is as a text of `hrp`. */
static enum err parse_key(const char *hrp, const uint8_t *key, size_t n)
{
	uint8_t text_storage[AGE_TEXT_MAX];
	struct buf text = buf_over(text_storage, sizeof text_storage);
	struct age_recipient r;
	enum err e;

	memset(&r, 0xee, sizeof r);
	bech32_encode(&text, hrp, bytes_of(key, n), false);
	e = age_recipient_parse(buf_view(&text), &r);
	if (e != ERR_OK)
		assert_int_equal(r.key[0], 0xee); /* unchanged */
	return e;
}

static void impossible_keys(void **state)
{
	uint8_t seed[MLKEM768_SEED_LEN] = {9};
	struct age_identity i;
	struct age_recipient r;

	(void)state;
	age_identity_new(&i, AGE_HYBRID);
	age_identity_recipient(&i, &r);
	assert_int_equal(parse_key("age1pq", r.key, XWING_PUBLIC_LEN), ERR_OK);
	assert_int_equal(parse_key("age1pq", r.key, XWING_PUBLIC_LEN - 1), ERR_FORMAT);
	assert_int_equal(parse_key("age1pq", r.key, XWING_PUBLIC_LEN + 1), ERR_TOO_BIG);
	memset(r.key + MLKEM768_PUBLIC_LEN, 0, 32); /* low order */
	assert_int_equal(parse_key("age1pq", r.key, XWING_PUBLIC_LEN), ERR_UNSUPPORTED);
	age_identity_recipient(&i, &r);
	r.key[0] = r.key[1] = 0xff; /* a coefficient of 4095 */
	assert_int_equal(parse_key("age1pq", r.key, XWING_PUBLIC_LEN), ERR_FORMAT);

	r = token(AGE_TAG_P256, seed);
	assert_int_equal(parse_key("age1tag", r.key, P256_COMPRESSED_LEN), ERR_OK);
	r.key[0] = 4;
	assert_int_equal(parse_key("age1tag", r.key, P256_COMPRESSED_LEN), ERR_FORMAT);
	r.key[0] = 2;
	memset(r.key + 1, 0xff, 32); /* past the prime */
	assert_int_equal(parse_key("age1tag", r.key, P256_COMPRESSED_LEN), ERR_FORMAT);
	memset(r.key + 1, 0, 31);
	r.key[32] = 1; /* no point has this x */
	assert_int_equal(parse_key("age1tag", r.key, P256_COMPRESSED_LEN), ERR_FORMAT);
	r = token(AGE_TAG_P256_HYBRID, seed);
	assert_int_equal(parse_key("age1tagpq", r.key, MLKEM768_P256_PUBLIC_LEN), ERR_OK);
	r.key[MLKEM768_P256_PUBLIC_LEN - 1] ^= 1;
	assert_int_equal(parse_key("age1tagpq", r.key, MLKEM768_P256_PUBLIC_LEN), ERR_FORMAT);
	assert_int_equal(parse_key("age1other", r.key, 32), ERR_UNSUPPORTED);
}

static void hybrid_files(void **state)
{
	static struct age_recipient to[AGE_RECIPIENTS_MAX];
	struct age_identity keys[AGE_IDENTITIES_MAX];
	struct age_identity classical;
	struct bytes text = BYTES_LITERAL("what the source wrote");

	(void)state;
	for (size_t i = 0; i < AGE_RECIPIENTS_MAX; i++) {
		age_identity_new(&keys[i % AGE_IDENTITIES_MAX], AGE_HYBRID);
		age_identity_recipient(&keys[i % AGE_IDENTITIES_MAX], &to[i]);
	}
	age_identity_new(&classical, AGE_X25519);
	assert_int_equal(seal(to, AGE_RECIPIENTS_MAX, text), ERR_OK);
	/* keys[0] to keys[7] are of the last eight recipients */
	assert_int_equal(open_it(&keys[7], 1), ERR_OK);
	assert_true(bytes_eq(buf_view(&opened), text));
	keys[0] = classical;
	assert_int_equal(open_it(keys, 2), ERR_OK);
	assert_int_equal(open_it(&classical, 1), ERR_AUTH);
	assert_int_equal(opener.stage, AGE_STAGE_MATCH);
	assert_int_equal(opened.len, 0);
	age_identity_new(&keys[0], AGE_HYBRID);
	assert_int_equal(open_it(keys, 1), ERR_AUTH);
	assert_int_equal(opener.stage, AGE_STAGE_MATCH);
}

static void mixing(void **state)
{
	static struct age_recipient to[4];
	uint8_t seed[MLKEM768_SEED_LEN] = {1};
	struct age_identity classical;
	struct age_identity hybrid;

	(void)state;
	age_identity_new(&classical, AGE_X25519);
	age_identity_new(&hybrid, AGE_HYBRID);
	age_identity_recipient(&classical, &to[0]);
	to[1] = token(AGE_TAG_P256, seed);
	age_identity_recipient(&hybrid, &to[2]);
	to[3] = token(AGE_TAG_P256_HYBRID, seed);
	for (size_t a = 0; a < 4; a++)
		for (size_t b = 0; b < 4; b++) {
			struct age_recipient two[2] = {to[a], to[b]};
			bool same = a / 2 == b / 2;
			assert_int_equal(seal(two, 2, BYTES_LITERAL("x")), same ? ERR_OK : ERR_UNSUPPORTED);
			if (same)
				continue;
			assert_int_equal(sealed.len, 0);
			for (size_t i = 0; i < sizeof sealer.key; i++)
				assert_int_equal(sealer.key[i], 0);
		}
	assert_int_equal(seal(to + 2, 2, BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(open_it(&hybrid, 1), ERR_OK);
	assert_int_equal(seal(to, 2, BYTES_LITERAL("x")), ERR_OK);
	assert_int_equal(open_it(&classical, 1), ERR_OK);
}

/* RFC 9180, 4.1: what DHKEM makes of the product. */
static void p256_secret(const uint8_t *product, const uint8_t *share, const struct age_recipient *to,
			uint8_t shared[static 32])
{
	uint8_t in_storage[256];
	uint8_t extracted[32];
	uint8_t point[P256_POINT_LEN];
	struct buf in = buf_over(in_storage, sizeof in_storage);

	buf_put(&in, BYTES_LITERAL("HPKE-v1KEM\0\x10"
				   "eae_prk"));
	buf_put(&in, bytes_of(product + 1, 32));
	hmac_sha256(BYTES_LITERAL(""), buf_view(&in), extracted);
	assert_int_equal(p256_decompress(to->key, point), ERR_OK);
	in.len = 0;
	buf_put(&in, BYTES_LITERAL("\0\x20HPKE-v1KEM\0\x10shared_secret"));
	buf_put(&in, bytes_of(share, P256_POINT_LEN));
	buf_put(&in, BYTES_ARRAY(point));
	buf_byte(&in, 1);
	hmac_sha256(BYTES_ARRAY(extracted), buf_view(&in), shared);
}

/* c2sp.org/hpke-hybrids: what MLKEM768-P256 does with both secrets. */
static void hybrid_secret(const uint8_t *product, const uint8_t *cipher, const struct age_recipient *to,
			  const uint8_t *seed, uint8_t shared[static 32])
{
	uint8_t storage_in[256];
	uint8_t pq[32];
	struct buf in = buf_over(storage_in, sizeof storage_in);

	assert_int_equal(mlkem768_decapsulate(seed, cipher, pq), ERR_OK);
	buf_put(&in, BYTES_ARRAY(pq));
	buf_put(&in, bytes_of(product + 1, 32));
	buf_put(&in, bytes_of(cipher + MLKEM768_CIPHER_LEN, P256_POINT_LEN));
	buf_put(&in, bytes_of(to->key + MLKEM768_PUBLIC_LEN, P256_POINT_LEN));
	buf_str(&in, "MLKEM768-P256");
	sha3_256(buf_view(&in), shared);
}

/* A stanza, opened as a token does: its scalar is 2, its ML-KEM key the seed's. */
static void open_tagged(const struct age_stanza *s, const struct age_recipient *to, const uint8_t *seed,
			uint8_t file_key[static AGE_FILE_KEY_LEN])
{
	static const uint8_t two[32] = {[31] = 2};
	bool hybrid = to->kind == AGE_TAG_P256_HYBRID;
	struct bytes arguments = s->arguments;
	struct bytes info =
	    hybrid ? BYTES_LITERAL("age-encryption.org/mlkem768p256tag") : BYTES_LITERAL("age-encryption.org/p256tag");
	struct bytes marked =
	    hybrid ? bytes_of(to->key + MLKEM768_PUBLIC_LEN, P256_POINT_LEN) : bytes_of(to->key, P256_COMPRESSED_LEN);
	struct bytes digits;
	uint8_t tag[32];
	uint8_t cipher[MLKEM768_P256_CIPHER_LEN + 32];
	uint8_t body[AGE_BODY_LEN];
	uint8_t product[P256_POINT_LEN];
	uint8_t shared[32];
	size_t n;

	assert_true(bytes_eq(s->type, bytes_from(info, sizeof "age-encryption.org/" - 1)));
	assert_true(age_argument_next(&arguments, &digits));
	assert_int_equal(base64_decode(digits, false, tag, sizeof tag, &n), ERR_OK);
	assert_int_equal(n, 4);
	assert_true(age_argument_next(&arguments, &digits));
	assert_int_equal(arguments.n, 0);
	assert_int_equal(base64_decode(digits, false, cipher, sizeof cipher, &n), ERR_OK);
	assert_int_equal(n, hybrid ? MLKEM768_P256_CIPHER_LEN : P256_POINT_LEN);
	assert_true(age_stanza_body(s, body, sizeof body));
	assert_int_equal(p256(two, cipher + n - P256_POINT_LEN, product), ERR_OK);
	if (hybrid)
		hybrid_secret(product, cipher, to, seed, shared);
	else
		p256_secret(product, cipher, to, shared);
	assert_int_equal(hpke_open(hybrid ? HPKE_MLKEM768_P256 : HPKE_P256, shared, info, BYTES_ARRAY(body), file_key),
			 ERR_OK);
	/* The token knows its own by the tag. */
	sha256(marked, cipher + n);
	hmac_sha256(info, bytes_of(cipher, n + 4), shared);
	assert_memory_equal(tag, shared, 4);
}

static void tokens(void **state)
{
	static const enum age_kind both[] = {AGE_TAG_P256, AGE_TAG_P256_HYBRID};
	uint8_t seed[MLKEM768_SEED_LEN] = {3};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct age_recipient to = token(both[k], seed);
		struct age_header h;
		struct age_stanza s;
		struct bytes rest;
		uint8_t file_key[AGE_FILE_KEY_LEN];
		uint8_t mac[32];

		assert_int_equal(seal(&to, 1, BYTES_LITERAL("")), ERR_OK);
		/* The file without its nonce and its one empty chunk is the header. */
		assert_int_equal(age_header_parse(bytes_of(sealed.p, sealed.len - AGE_NONCE_LEN - 16), &h), ERR_OK);
		rest = h.stanzas;
		assert_true(age_header_next(&rest, &s));
		assert_int_equal(age_kinds_check(&s), ERR_NOT_FOUND); /* nothing that we open */
		open_tagged(&s, &to, seed, file_key);
		age_header_mac(file_key, h.macced, mac);
		assert_true(secret_equal(mac, h.mac, sizeof mac));
	}
}

/* A hybrid stanza changed in every way: the file key is untouched, the sort of failure is the specification's. */
static void broken_stanzas(void **state)
{
	static uint8_t text[AGE_HEADER_MAX];
	uint8_t file_key[AGE_FILE_KEY_LEN];
	uint8_t got[AGE_FILE_KEY_LEN];
	uint8_t untouched[AGE_FILE_KEY_LEN];
	struct age_identity i;
	struct age_recipient self;
	unsigned refused = 0;

	(void)state;
	memset(untouched, 0xee, sizeof untouched);
	random_fill(file_key, sizeof file_key);
	age_identity_new(&i, AGE_HYBRID);
	age_identity_recipient(&i, &self);
	for (unsigned change = 0; change < 8; change++) {
		struct buf out = buf_over(text, sizeof text);
		struct age_stanza s;
		struct bytes rest;
		enum err e;

		assert_int_equal(age_kind_wrap(&out, &self, file_key), ERR_OK);
		assert_int_equal(out.len, age_kind_stanza_len(AGE_HYBRID));
		if (change == 1)
			out.p[18] = out.p[18] == 'A' ? 'B' : 'A'; /* the ML-KEM part */
		if (change == 2)
			out.p[18 + 1480] = out.p[18 + 1480] == 'A' ? 'B' : 'A'; /* the share */
		if (change == 3)
			out.p[out.len - 40] = out.p[out.len - 40] == 'A' ? 'B' : 'A'; /* the body */
		if (change == 4)
			out.p[18 + 1494 - 1] = '/'; /* not canonical: spare bits */
		if (change == 5)
			out.p[100] = ' '; /* three arguments */
		if (change == 6)
			memset(out.p + 18 + 1450, 'A', 44); /* a low-order share */
		rest = buf_view(&out);
		assert_true(age_header_next(&rest, &s));
		memcpy(got, untouched, sizeof got);
		if (change == 7)
			s.body = bytes_first(s.body, 40);
		e = age_kind_unwrap(&s, &i, &self, got);
		if (change == 0) {
			assert_int_equal(e, ERR_OK);
			assert_memory_equal(got, file_key, sizeof got);
			continue;
		}
		assert_int_equal(e, change < 4 ? ERR_AUTH : ERR_FORMAT);
		assert_memory_equal(got, untouched, sizeof got);
		refused++;
	}
	assert_int_equal(refused, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts),  cmocka_unit_test(impossible_keys), cmocka_unit_test(hybrid_files),
	    cmocka_unit_test(mixing), cmocka_unit_test(tokens),          cmocka_unit_test(broken_stanzas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
