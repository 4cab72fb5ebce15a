/* SPDX-License-Identifier: GPL-3.0-or-later
 * Passphrase files: scrypt by RFC 7914's vectors, the stanza's form, its maxima, and round trips. */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "age/scrypt.h"
#include "base/random.h"

static struct age_sealer sealer;
static struct age_opener opener;

/* Clause 12; its fourth takes a GiB, eight times what this program ever asks for. */
static const struct {
	const char *passphrase, *salt;
	unsigned log_n, r, p;
	const char *out;
} published[] = {
    {"", "", 4, 1, 1,
     "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
     "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"},
    {"password", "NaCl", 10, 8, 16,
     "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
     "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"},
    {"pleaseletmein", "SodiumChloride", 14, 8, 1,
     "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
     "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"},
};

static void rfc7914(void **state)
{
	uint8_t out[64];
	uint8_t want[64];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
		assert_int_equal(hex_decode(bytes_str(published[i].out), want, sizeof want, &n), ERR_OK);
		assert_int_equal(scrypt(bytes_str(published[i].passphrase), bytes_str(published[i].salt),
					published[i].log_n, published[i].r, published[i].p, out, sizeof out),
				 ERR_OK);
		assert_memory_equal(out, want, sizeof want);
	}
}

/* Bytes that this program has now. */
static rlim_t address_space(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Too little memory is an error that says so, and the output is zero. */
static void no_memory(void **state)
{
	static const uint8_t zero[32];
	struct rlimit before, small;
	uint8_t out[32];

	(void)state;
	SKIP_IF_SANITIZED();
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	small = before;
	small.rlim_cur = address_space() + (16 << 20); /* a quarter of what it takes */
	memset(out, 1, sizeof out);
	assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
	enum err e = scrypt(bytes_str("x"), bytes_str("y"), AGE_SCRYPT_WRITTEN, 8, 1, out, sizeof out);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(e, ERR_NO_MEMORY);
	assert_memory_equal(out, zero, sizeof zero);
	/* N = 1 is none that scrypt knows. */
	memset(out, 1, sizeof out);
	assert_int_equal(scrypt(bytes_str("x"), bytes_str("y"), 0, 8, 1, out, sizeof out), ERR_LIBRARY);
	assert_memory_equal(out, zero, sizeof zero);
}

#define SALT "rF0/NwblUHHTpgQgRpe5CQ"
#define BODY "gUjEymFKMVXQEKdMMHL24oYexjE3TIC0O0zGSqJ2aUY"

/* BODY under SALT and 10 is from the published vectors: the passphrase is "password". */
static const struct {
	const char *type, *arguments, *body;
	enum err e;
} stanzas[] = {
    {"scrypt", SALT " 10", BODY, ERR_OK},         {"scrypt", SALT " 1", BODY, ERR_OK},
    {"scrypt", SALT " 17", BODY, ERR_OK},         {"scrypt", SALT " 18", BODY, ERR_TOO_BIG},
    {"scrypt", SALT " 64", BODY, ERR_TOO_BIG},    {"scrypt", SALT " 18446744073709551626", BODY, ERR_TOO_BIG},
    {"scrypt", SALT " 0", BODY, ERR_FORMAT},      {"scrypt", SALT " 01", BODY, ERR_FORMAT},
    {"scrypt", SALT " 1 0", BODY, ERR_FORMAT},    {"scrypt", SALT " x", BODY, ERR_FORMAT},
    {"scrypt", SALT, BODY, ERR_FORMAT},           {"scrypt", "", BODY, ERR_FORMAT},
    {"scrypt", "10 " SALT, BODY, ERR_FORMAT},     {"scrypt", SALT "AAAA 10", BODY, ERR_FORMAT},
    {"scrypt", SALT " 10", BODY "A", ERR_FORMAT}, {"scrypt", SALT " 10", "", ERR_FORMAT},
    {"Scrypt", SALT " 10", BODY, ERR_NOT_FOUND},  {"X25519", SALT " 10", BODY, ERR_NOT_FOUND},
};

static void forms(void **state)
{
	static const uint8_t yellow_submarine[] = "YELLOW SUBMARINE";
	uint8_t key[AGE_FILE_KEY_LEN];
	uint8_t before[AGE_FILE_KEY_LEN];
	struct age_stanza s;

	(void)state;
	memset(before, 0xee, sizeof before);
	for (size_t i = 0; i < sizeof stanzas / sizeof stanzas[0]; i++) {
		s.type = bytes_str(stanzas[i].type);
		s.arguments = bytes_str(stanzas[i].arguments);
		s.body = bytes_str(stanzas[i].body);
		assert_int_equal(age_scrypt_check(&s), stanzas[i].e);
		if (stanzas[i].e == ERR_OK)
			continue;
		memcpy(key, before, sizeof key);
		assert_int_equal(age_scrypt_unwrap(&s, bytes_str("password"), key), stanzas[i].e);
		assert_memory_equal(key, before, sizeof key);
	}
	s.type = bytes_str("scrypt");
	s.arguments = bytes_str(SALT " 10");
	s.body = bytes_str(BODY);
	assert_int_equal(age_scrypt_unwrap(&s, bytes_str("Password"), key), ERR_AUTH);
	assert_memory_equal(key, before, sizeof key);
	assert_int_equal(age_scrypt_unwrap(&s, bytes_str("password"), key), ERR_OK);
	assert_memory_equal(key, yellow_submarine, sizeof key);
}

/* ---- whole files */

static uint8_t file_storage[4096];
static uint8_t plain_storage[4096];

static enum err keep(void *context, struct bytes data)
{
	buf_put(context, data);
	return ERR_OK;
}

struct asked {
	struct bytes passphrase;
	unsigned count;
	enum err e;
};

static enum err ask(void *context, struct buf *passphrase)
{
	struct asked *a = context;

	a->count++;
	assert_int_equal(passphrase->len, 0);
	assert_int_equal(passphrase->cap, AGE_PASSPHRASE_MAX);
	buf_put(passphrase, a->passphrase);
	return a->e;
}

static struct buf seal(struct bytes passphrase, struct bytes plain)
{
	struct buf out = buf_over(file_storage, sizeof file_storage);

	assert_int_equal(age_seal_begin_passphrase(&sealer, passphrase, (struct age_sink){keep, &out}), ERR_OK);
	assert_int_equal(age_seal_data(&sealer, plain), ERR_OK);
	assert_int_equal(age_seal_end(&sealer), ERR_OK);
	assert_false(out.failed);
	return out;
}

static enum err open_with(struct bytes file, struct asked *a, struct buf *plain)
{
	enum err e;

	*plain = buf_over(plain_storage, sizeof plain_storage);
	TRY(age_open_begin_passphrase(&opener, (struct age_asker){ask, a}, (struct age_sink){keep, plain}));
	TRY(age_open_data(&opener, file));
	e = age_open_end(&opener);
out:
	return e;
}

static void round_trip(void **state)
{
	uint8_t longest[AGE_PASSPHRASE_MAX];
	struct bytes text = BYTES_LITERAL("what was told");
	struct asked a = {.passphrase = BYTES_LITERAL("correct horse"), .e = ERR_OK};
	struct buf plain;
	struct buf file = seal(a.passphrase, text);

	(void)state;
	assert_true(bytes_find(buf_view(&file), BYTES_LITERAL(" 16\n")) < file.len);
	assert_int_equal(open_with(buf_view(&file), &a, &plain), ERR_OK);
	assert_true(bytes_eq(buf_view(&plain), text));
	assert_int_equal(a.count, 1);
	a.passphrase = bytes_str("correct house");
	assert_int_equal(open_with(buf_view(&file), &a, &plain), ERR_AUTH);
	assert_int_equal(opener.stage, AGE_STAGE_MATCH);
	assert_true(opener.by_passphrase);
	assert_int_equal(plain.len, 0);
	/* Nobody answers. */
	a.e = ERR_IO;
	assert_int_equal(open_with(buf_view(&file), &a, &plain), ERR_IO);

	random_fill(longest, sizeof longest);
	a = (struct asked){.passphrase = BYTES_ARRAY(longest), .e = ERR_OK};
	file = seal(a.passphrase, text);
	assert_int_equal(open_with(buf_view(&file), &a, &plain), ERR_OK);
	longest[sizeof longest - 1] ^= 1;
	assert_int_equal(open_with(buf_view(&file), &a, &plain), ERR_AUTH);
}

/* People are asked only when the answer can help. */
static void asked_only_when_needed(void **state)
{
	struct asked a = {.passphrase = BYTES_LITERAL("password"), .e = ERR_OK};
	struct age_identity identity;
	struct age_recipient recipient;
	struct buf out = buf_over(file_storage, sizeof file_storage);
	struct buf plain;

	(void)state;
	assert_int_equal(open_with(BYTES_LITERAL("age-encryption.org/v1\n-> scrypt " SALT " 18\n" BODY "\n--- "
						 "yp4Z0lV1LEdkm1+uDCuPUV+9hIXbPKrBXKQ/f5Y03As\n"),
				   &a, &plain),
			 ERR_TOO_BIG);
	assert_int_equal(opener.stage, AGE_STAGE_HEADER);
	assert_true(opener.by_passphrase);
	age_identity_new(&identity, AGE_X25519);
	age_identity_recipient(&identity, &recipient);
	assert_int_equal(age_seal_begin(&sealer, &recipient, 1, (struct age_sink){keep, &out}), ERR_OK);
	assert_int_equal(age_seal_end(&sealer), ERR_OK);
	assert_int_equal(open_with(buf_view(&out), &a, &plain), ERR_AUTH);
	assert_int_equal(opener.stage, AGE_STAGE_MATCH);
	assert_false(opener.by_passphrase);
	assert_int_equal(a.count, 0);
	/* And an identity opens no passphrase file, which is told. */
	out = seal(a.passphrase, BYTES_LITERAL("x"));
	assert_int_equal(age_open_begin(&opener, &identity, 1, (struct age_sink){keep, &plain}), ERR_OK);
	assert_int_equal(age_open_data(&opener, buf_view(&out)), ERR_AUTH);
	assert_int_equal(opener.stage, AGE_STAGE_MATCH);
	assert_true(opener.by_passphrase);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc7914),
	    cmocka_unit_test(no_memory),
	    cmocka_unit_test(forms),
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(asked_only_when_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
