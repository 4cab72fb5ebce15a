/* SPDX-License-Identifier: GPL-3.0-or-later
 * age/bech32 and the text forms of keys: the vectors of BIP 173, and those of the age specification. */
#include "test.h"

#include <string.h>

#include "age/age.h"
#include "age/bech32.h"

/* BIP 173's valid and invalid strings, with the human-readable part as we must be told it. */
static const struct {
	const char *text, *hrp;
	enum err e;
} published[] = {
    {"A12UEL5L", "a", ERR_OK},
    {"a12uel5l", "a", ERR_OK},
    {"an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
     "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", ERR_OK},
    {"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", ERR_OK},
    {"11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j", "1", ERR_OK},
    {"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split", ERR_OK},
    {"?1ezyfcl", "?", ERR_OK},
    /* invalid */
    {"x1b4n0q5v", "x", ERR_FORMAT},
    {"li1dgmt3", "li", ERR_FORMAT},
    {"de1lg7wt\xff", "de", ERR_FORMAT},
    {"A1G7SGD8", "a", ERR_FORMAT},
    {"pzry9x0s0muk", "", ERR_FORMAT},
    {"1pzry9x0s0muk", "", ERR_FORMAT},
    {"A12UEl5L", "a", ERR_FORMAT},
    {"a12uel5l", "b", ERR_FORMAT},
    {"", "", ERR_FORMAT},
    {"1", "", ERR_FORMAT},
};

static void bip173(void **state)
{
	uint8_t out[128];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
		struct bytes text = bytes_str(published[i].text);
		memset(out, 0xee, sizeof out);
		n = 77;
		assert_int_equal(bech32_decode(text, published[i].hrp, out, sizeof out, &n), published[i].e);
		if (published[i].e != ERR_OK) {
			assert_int_equal(n, 77);
			assert_int_equal(out[0], 0xee);
			continue;
		}
		uint8_t storage[200];
		struct buf again = buf_over(storage, sizeof storage);
		bool upper = published[i].text[0] == 'A';
		bech32_encode(&again, published[i].hrp, bytes_of(out, n), upper);
		assert_true(bytes_eq(buf_view(&again), text));
	}
}

static const char spec_identity[] = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
static const char spec_recipient[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

static void spec_keys(void **state)
{
	struct age_identity i;
	struct age_recipient r;
	uint8_t storage[AGE_TEXT_MAX];
	uint8_t want[32];
	struct buf out = buf_over(storage, sizeof storage);

	(void)state;
	memset(want, 0x42, sizeof want);
	assert_int_equal(age_identity_parse(BYTES_LITERAL(spec_identity), &i), ERR_OK);
	assert_memory_equal(i.secret, want, sizeof want);
	age_identity_text(&out, &i);
	assert_true(bytes_eq_str(buf_view(&out), spec_identity));
	age_identity_recipient(&i, &r);
	out.len = 0;
	age_recipient_text(&out, &r);
	assert_true(bytes_eq_str(buf_view(&out), spec_recipient));
	assert_int_equal(age_recipient_parse(BYTES_LITERAL(spec_recipient), &r), ERR_OK);
}

/* Each character of a text changed to each other one of the alphabet: refused. */
static void one_character(void **state)
{
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1";
	char text[sizeof spec_recipient];
	struct age_recipient r;

	(void)state;
	for (size_t at = 0; at < sizeof spec_recipient - 1; at++)
		for (const char *c = alphabet; *c != '\0'; c++) {
			memcpy(text, spec_recipient, sizeof text);
			if (text[at] == *c)
				continue;
			text[at] = *c;
			memset(&r, 0xee, sizeof r);
			assert_int_not_equal(age_recipient_parse(bytes_str(text), &r), ERR_OK);
			assert_int_equal(r.key[0], 0xee);
		}
}

static void refused_keys(void **state)
{
	static const char *const unsupported[] = {"age1pqx1xxx", "AGE1TAGS1QQQ", "age1yubikey1qqq"};
	uint8_t storage[2 * AGE_TEXT_MAX];
	struct buf out = buf_over(storage, sizeof storage);
	uint8_t zero[64] = {0};
	struct age_recipient r;
	struct age_identity i;

	(void)state;
	for (size_t k = 0; k < 3; k++)
		assert_int_equal(age_recipient_parse(bytes_str(unsupported[k]), &r), ERR_UNSUPPORTED);
	assert_int_equal(age_identity_parse(BYTES_LITERAL("AGE-SECRET-KEY-NEW-1XX76"), &i), ERR_UNSUPPORTED);
	assert_int_equal(age_identity_parse(BYTES_LITERAL("AGE-PLUGIN-YUBIKEY-1XX76"), &i), ERR_UNSUPPORTED);
	assert_int_equal(age_identity_parse(BYTES_LITERAL(spec_recipient), &i), ERR_FORMAT);
	assert_int_equal(age_recipient_parse(BYTES_LITERAL(spec_identity), &r), ERR_FORMAT);
	assert_int_equal(
	    age_recipient_parse(BYTES_LITERAL(" age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"), &r),
	    ERR_FORMAT);
	/* a low-order point */
	bech32_encode(&out, "age", bytes_of(zero, 32), false);
	assert_int_equal(age_recipient_parse(buf_view(&out), &r), ERR_UNSUPPORTED);
	/* 31 and 33 bytes */
	out.len = 0;
	bech32_encode(&out, "age", bytes_of(zero, 31), false);
	assert_int_equal(age_recipient_parse(buf_view(&out), &r), ERR_FORMAT);
	out.len = 0;
	bech32_encode(&out, "age", bytes_of(zero, 33), false);
	assert_int_equal(age_recipient_parse(buf_view(&out), &r), ERR_TOO_BIG);
	memset(storage, 'q', sizeof storage);
	assert_int_equal(age_recipient_parse(bytes_of(storage, sizeof storage), &r), ERR_TOO_BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bip173),
	    cmocka_unit_test(spec_keys),
	    cmocka_unit_test(one_character),
	    cmocka_unit_test(refused_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
