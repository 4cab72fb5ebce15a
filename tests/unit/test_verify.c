/* SPDX-License-Identifier: GPL-3.0-or-later
 * verify-image's two formats. The key and the signature are minisign's own, of the file "hello" and a
 * line end. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "verify/manifest.h"
#include "verify/minisign.h"

#include "minisign_vector.h"

static struct minisign_key key(const char *text)
{
	struct minisign_key k;

	assert_int_equal(minisign_key_parse(bytes_str(text), &k), ERR_OK);
	return k;
}

static void signatures(void **state)
{
	struct minisign_key k = key(MINISIGN_KEY), other = key(MINISIGN_OTHER_KEY);
	struct bytes comment = {NULL, 77};
	char changed[sizeof MINISIGN_SIGNATURE];

	(void)state;
	assert_int_equal(minisign_verify(&other, BYTES_LITERAL("hello\n"), bytes_str(MINISIGN_SIGNATURE), &comment),
			 ERR_NOT_FOUND);
	memcpy(other.id, k.id, sizeof k.id);
	assert_int_equal(minisign_verify(&other, BYTES_LITERAL("hello\n"), bytes_str(MINISIGN_SIGNATURE), &comment),
			 ERR_AUTH);
	assert_int_equal(minisign_verify(&k, BYTES_LITERAL("hullo\n"), bytes_str(MINISIGN_SIGNATURE), &comment),
			 ERR_AUTH);
	assert_int_equal(minisign_verify(&k, BYTES_LITERAL("hello\n"), bytes_str(MINISIGN_LEGACY), &comment),
			 ERR_UNSUPPORTED);
	assert_int_equal(comment.n, 77);
	assert_int_equal(minisign_verify(&k, BYTES_LITERAL("hello\n"), bytes_str(MINISIGN_SIGNATURE), &comment),
			 ERR_OK);
	assert_true(bytes_eq_str(comment, MINISIGN_COMMENT));
	/* Whatever byte is changed behind the untrusted comment, it is no longer good; cut off anywhere, neither. */
	for (size_t i = strlen("untrusted comment: "); i < sizeof changed - 1; i++) {
		memcpy(changed, MINISIGN_SIGNATURE, sizeof changed);
		if (i > (size_t)(strchr(changed, '\n') - changed)) {
			changed[i] ^= 1;
			assert_int_not_equal(
			    minisign_verify(&k, BYTES_LITERAL("hello\n"), bytes_str(changed), &comment), ERR_OK);
		}
		/* A missing last line end is none of the signature's business. */
		if (i < sizeof changed - 2)
			assert_int_not_equal(
			    minisign_verify(&k, BYTES_LITERAL("hello\n"), bytes_of(MINISIGN_SIGNATURE, i), &comment),
			    ERR_OK);
	}
}

static void keys(void **state)
{
	struct minisign_key k, again;

	(void)state;
	k = key(MINISIGN_KEY);
	again = key("untrusted comment: minisign public key\n" MINISIGN_KEY "\n");
	assert_memory_equal(&k, &again, sizeof k);
	memset(&again, 7, sizeof again);
	k = again;
	for (size_t n = 0; n < strlen(MINISIGN_KEY); n++)
		assert_int_equal(minisign_key_parse(bytes_of(MINISIGN_KEY, n), &again), ERR_FORMAT);
	assert_int_equal(minisign_key_parse(bytes_str(MINISIGN_KEY "\n" MINISIGN_KEY), &again), ERR_FORMAT);
	assert_int_equal(minisign_key_parse(bytes_str("untrusted comment: " MINISIGN_KEY), &again), ERR_FORMAT);
	assert_memory_equal(&k, &again, sizeof k);
}

#define HASH   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define PCR    "\"pcr\": {\"4\": \"" HASH "\", \"4-secure-boot\": \"" HASH "\", \"11\": \"" HASH "\"}"
#define OUTPUT "\"outputs\": {\"courier.img\": {\"sha256\": \"" HASH "\", \"size\": 44040192}}"

static void manifests(void **state)
{
	static const char *const bad[] = {
	    "",
	    "{}",
	    "{\"site_areas\": [[0, 307200],[307200, 307200]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[0, 307200],[307200, 307200]]}",
	    "{" OUTPUT ", \"site_areas\": [[0, 307200]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[0, 307200],[307199, 307200]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[307200, 307200],[0, 307200]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[0, 307200],[43732993, 307200]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[0, 44040192],[0, 0]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[0, 307200, 1],[307200, 307200]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[0, 307200],[307200, 307200],[700000, 307200]], " PCR "}",
	    "{" OUTPUT ", \"site_areas\": [[-1, 307200],[307200, 307200]], " PCR "}",
	    "{\"outputs\": {\"courier.img\": {\"sha256\": \"00\", \"size\": 44040192}}, \"site_areas\": [[0, "
	    "307200],[307200, 307200]], " PCR "}",
	    "{\"outputs\": {\"courier.img\": {\"sha256\": \"" HASH
	    "\", \"size\": 99999999999}}, \"site_areas\": [[0, 307200],[307200, 307200]], " PCR "}",
	};
	struct manifest m, before;

	(void)state;
	assert_int_equal(
	    manifest_parse(bytes_str("{" OUTPUT ", \"site_areas\": [[9606144, 307200],[17536904, 307200]], " PCR "}"),
			   &m),
	    ERR_OK);
	assert_int_equal(m.image_len, 44040192);
	assert_int_equal(m.areas[1].offset, 17536904);
	assert_int_equal(m.registers.pcr11[1], 0x11);
	assert_int_equal(m.image[31], 0xff);
	before = m;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(manifest_parse(bytes_str(bad[i]), &m), ERR_FORMAT);
		assert_memory_equal(&m, &before, sizeof m);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(signatures), cmocka_unit_test(keys),
						  cmocka_unit_test(manifests)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
