/* SPDX-License-Identifier: GPL-3.0-or-later
 * An address as a picture, and what is signed. That others read both (zbarimg, minisign) is tests/site/announce.py's.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "announce/picture.h"
#include "announce/signing.h"
#include "crypto/openssl.h"

#define ADDRESS "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"

static uint8_t storage[PICTURE_PNG_MAX];

static void a_picture_has_its_marks(void **state)
{
	struct picture p;

	(void)state;
	assert_int_equal(picture_of_address(BYTES_LITERAL(ADDRESS), &p), ERR_OK);
	assert_int_equal(p.side, 37); /* version 5: 17 + 4 * 5 */
	/* The finder patterns of three corners, clause 6.3.3. */
	for (unsigned i = 0; i < 7; i++) {
		assert_true(p.dark[0][i] && p.dark[6][i] && p.dark[i][0] && p.dark[i][6]);
		assert_true(p.dark[0][p.side - 1 - i] && p.dark[p.side - 1 - i][0]);
	}
	assert_false(p.dark[7][0] || p.dark[0][7] || p.dark[1][1]);
}

static void no_picture_of_what_is_no_address(void **state)
{
	static const char *const wrong[] = {"a b.onion", "a\".onion", "A.onion", "a/b", "\xc3\xa4.onion"};
	struct picture p = {.side = 1};
	char long_one[200];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(picture_of_address(bytes_str(wrong[i]), &p), ERR_FORMAT);
	memset(long_one, 'a', sizeof long_one);
	assert_int_equal(picture_of_address(BYTES_ARRAY(long_one), &p), ERR_TOO_BIG);
	assert_int_equal(p.side, 1);
}

/* Each dark module is covered by exactly one run of the path. */
static void a_path_draws_the_picture(void **state)
{
	struct picture p;
	struct buf b = buf_over(storage, sizeof storage);
	bool drawn[PICTURE_SIDE_MAX][PICTURE_SIDE_MAX] = {0};
	const char *at;

	(void)state;
	assert_int_equal(picture_of_address(BYTES_LITERAL(ADDRESS), &p), ERR_OK);
	picture_path(&b, &p);
	buf_byte(&b, 0);
	assert_false(b.failed);
	at = (const char *)storage;
	while (*at != '\0') {
		unsigned x, y, run, back;
		int n = 0;
		assert_int_equal(sscanf(at, "M%u %uh%uv1h-%uz%n", &x, &y, &run, &back, &n), 4);
		assert_int_equal(run, back);
		for (unsigned i = 0; i < run; i++) {
			assert_false(drawn[y - PICTURE_MARGIN][x + i - PICTURE_MARGIN]);
			drawn[y - PICTURE_MARGIN][x + i - PICTURE_MARGIN] = true;
		}
		at += n;
	}
	assert_memory_equal(drawn, p.dark, sizeof drawn);
}

static void the_files_fit(void **state)
{
	struct picture worst = {.side = PICTURE_SIDE_MAX};
	struct buf b = buf_over(storage, PICTURE_SVG_MAX);

	(void)state;
	for (unsigned y = 0; y < worst.side; y++)
		for (unsigned x = 0; x < worst.side; x++)
			worst.dark[y][x] = (x + y) % 2 == 0;
	picture_svg(&b, &worst);
	assert_false(b.failed);
	b = buf_over(storage, sizeof storage);
	assert_int_equal(picture_png(&b, &worst), ERR_OK);
	assert_false(b.failed);
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void a_png_is_sound(void **state)
{
	static uint8_t pixels[1 << 20];
	struct picture p;
	struct buf b = buf_over(storage, sizeof storage);
	uLongf n = sizeof pixels;
	size_t at = 8;
	uint32_t side;

	(void)state;
	assert_int_equal(picture_of_address(BYTES_LITERAL(ADDRESS), &p), ERR_OK);
	assert_int_equal(picture_png(&b, &p), ERR_OK);
	assert_memory_equal(storage, "\x89PNG\r\n\x1a\n", 8);
	side = u32(storage + 16);
	assert_int_equal(side, picture_full_side(&p) * 16);
	while (at < b.len) {
		uint32_t len = u32(storage + at);
		assert_int_equal(u32(storage + at + 8 + len), crc32(0, storage + at + 4, 4 + len));
		if (memcmp(storage + at + 4, "IDAT", 4) == 0)
			assert_int_equal(uncompress(pixels, &n, storage + at + 8, len), Z_OK);
		at += 12 + len;
	}
	assert_int_equal(at, b.len);
	assert_int_equal(n, side * (1 + side / 8));
	for (size_t y = 0; y < side; y++)
		for (size_t x = 0; x < side; x++) {
			size_t row = y / 16, column = x / 16;
			bool inside = row >= PICTURE_MARGIN && row < p.side + PICTURE_MARGIN &&
				      column >= PICTURE_MARGIN && column < p.side + PICTURE_MARGIN;
			bool dark = inside && p.dark[row - PICTURE_MARGIN][column - PICTURE_MARGIN];
			bool white = pixels[y * (1 + side / 8) + 1 + x / 8] >> (7 - x % 8) & 1;
			assert_true(white != dark);
		}
}

/* ---- signing */

static const struct signing_key key = {{1, 2, 3, 4, 5, 6, 7, 8}, {9, 9, 9}};

static void a_key_is_written_and_read(void **state)
{
	struct signing_key a, b;
	struct buf text = buf_over(storage, SIGNING_KEY_FILE_MAX);

	(void)state;
	signing_key_new(&a);
	signing_key_write(&text, &a);
	assert_false(text.failed);
	assert_int_equal(signing_key_read(buf_view(&text), &b), ERR_OK);
	assert_memory_equal(&a, &b, sizeof a);
	/* Whatever is cut off, added or changed in its form. */
	for (size_t n = 0; n < text.len - 1; n++)
		assert_int_equal(signing_key_read(bytes_of(storage, n), &b), ERR_FORMAT);
	buf_byte(&text, '\n');
	assert_int_equal(signing_key_read(buf_view(&text), &b), ERR_FORMAT);
	storage[20] = '2';
	assert_int_equal(signing_key_read(bytes_of(storage, text.len - 1), &b), ERR_FORMAT);
	assert_memory_equal(&a, &b, sizeof a);
}

static bool verifies(struct bytes data, const uint8_t *signature)
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key.seed, 32);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good;

	assert_int_equal(EVP_DigestVerifyInit(c, NULL, NULL, NULL, k), 1);
	good = EVP_DigestVerify(c, signature, 64, data.p, data.n) == 1;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return good;
}

static void a_signature_is_minisigns(void **state)
{
	struct buf file = buf_over(storage, SIGNING_SIGNATURE_MAX);
	struct bytes rest, line[4], comment = BYTES_LITERAL("date:2026-11-21");
	uint8_t first[74], second[64], hash[64], both[64 + 15];
	size_t n;

	(void)state;
	assert_int_equal(signing_sign(&key, BYTES_LITERAL("statement"), comment, &file), ERR_OK);
	assert_false(file.failed);
	rest = buf_view(&file);
	for (size_t i = 0; i < 4; i++)
		assert_true(bytes_split(&rest, '\n', &line[i]));
	assert_int_equal(rest.n, 0);
	assert_true(bytes_starts(line[0], BYTES_LITERAL("untrusted comment: ")));
	assert_true(bytes_eq_str(line[2], "trusted comment: date:2026-11-21"));
	assert_int_equal(base64_decode(line[1], true, first, sizeof first, &n), ERR_OK);
	assert_int_equal(n, sizeof first);
	assert_memory_equal(first, "ED\1\2\3\4\5\6\7\10", 10);
	assert_int_equal(EVP_Digest("statement", 9, hash, NULL, EVP_blake2b512(), NULL), 1);
	assert_true(verifies(BYTES_ARRAY(hash), first + 10));
	assert_int_equal(base64_decode(line[3], true, second, sizeof second, &n), ERR_OK);
	memcpy(both, first + 10, 64);
	memcpy(both + 64, comment.p, comment.n);
	assert_true(verifies(BYTES_ARRAY(both), second));
}

static void a_public_key_is_minisigns(void **state)
{
	struct buf file = buf_over(storage, SIGNING_SIGNATURE_MAX);
	uint8_t raw[42];
	struct bytes rest, line;
	size_t n;

	(void)state;
	assert_int_equal(signing_public_file(&key, &file), ERR_OK);
	rest = buf_view(&file);
	assert_true(bytes_split(&rest, '\n', &line));
	assert_true(bytes_eq_str(line, "untrusted comment: minisign public key 0807060504030201"));
	assert_true(bytes_split(&rest, '\n', &line));
	assert_int_equal(line.n, SIGNING_PUBLIC_TEXT);
	assert_true(bytes_starts(line, BYTES_LITERAL("RW")));
	assert_int_equal(base64_decode(line, true, raw, sizeof raw, &n), ERR_OK);
	assert_memory_equal(raw, "Ed\1\2\3\4\5\6\7\10", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_picture_has_its_marks),  cmocka_unit_test(no_picture_of_what_is_no_address),
	    cmocka_unit_test(a_path_draws_the_picture), cmocka_unit_test(the_files_fit),
	    cmocka_unit_test(a_png_is_sound),           cmocka_unit_test(a_key_is_written_and_read),
	    cmocka_unit_test(a_signature_is_minisigns), cmocka_unit_test(a_public_key_is_minisigns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
