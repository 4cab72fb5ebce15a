/* SPDX-License-Identifier: GPL-3.0-or-later
 * An attachment's name: read from a reply's meta item, and told to a browser. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "http/disposition.h"
#include "visit/attachment.h"

struct meta_case {
	const char *meta;
	enum err e;
	const char *name;
	uint64_t len;
};

static void test_meta(void **state)
{
	static const struct meta_case cases[] = {
	    {"Name: a.txt\nType: text/plain\nLength: 5\n", ERR_OK, "a.txt", 5},
	    {"Name: \nType: \nLength: 0\n", ERR_OK, "", 0},
	    {"Name: a\tb\nType: x\nLength: 0\n", ERR_OK, "a b", 0},
	    {"Name: \xff\nType: x\nLength: 1\n", ERR_OK, "\xef\xbf\xbd", 1},
	    {"Name: \xd1\x84: \xe2\x80\xae.pdf\nType: x\nLength: 4294967296\n", ERR_OK, "\xd1\x84: \xe2\x80\xae.pdf",
	     4294967296},
	    {"Name: a\nType: x\nLength: 4294967297\n", ERR_TOO_BIG, NULL, 0},
	    {"Name: a\nType: x\nLength: 05\n", ERR_FORMAT, NULL, 0},
	    {"Name: a\nType: x\nLength: -1\n", ERR_FORMAT, NULL, 0},
	    {"Name: a\nType: x\nLength: 5", ERR_FORMAT, NULL, 0},
	    {"Name: a\nLength: 5\n", ERR_FORMAT, NULL, 0},
	    {"Type: x\nName: a\nLength: 5\n", ERR_FORMAT, NULL, 0},
	    {"name: a\nType: x\nLength: 5\n", ERR_FORMAT, NULL, 0},
	    {"Name: a\nType: x\nLength: 5\nMore: 1\n", ERR_FORMAT, NULL, 0},
	    {"", ERR_FORMAT, NULL, 0},
	};
	uint8_t padded[ATTACHMENT_META_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct attachment a = {.len = 77};
		size_t n = strlen(cases[i].meta);
		memset(padded, 0, sizeof padded);
		memcpy(padded, cases[i].meta, n);
		for (size_t padding = 0; padding < 3; padding++) {
			size_t whole = padding == 0 ? n : padding == 1 ? 1024 : ATTACHMENT_META_MAX;
			assert_int_equal(attachment_parse(bytes_of(padded, whole), &a), cases[i].e);
			assert_int_equal(a.len, cases[i].e == ERR_OK ? cases[i].len : 77);
			if (cases[i].e == ERR_OK) {
				assert_int_equal(a.name_len, strlen(cases[i].name));
				assert_memory_equal(a.name, cases[i].name, a.name_len);
			}
		}
		assert_int_equal(attachment_parse(BYTES_ARRAY(padded), &a), ERR_FORMAT);
	}
}

static void test_long_name(void **state)
{
	char meta[600];
	struct attachment a;

	(void)state;
	memcpy(meta, "Name: ", 6);
	for (size_t i = 0; i < 200; i++)
		memcpy(meta + 6 + 2 * i, "\xd1\x84", 2);
	strcpy(meta + 406, "\nType: x\nLength: 1\n");
	assert_int_equal(attachment_parse(bytes_str(meta), &a), ERR_OK);
	assert_int_equal(a.name_len, 254); /* no half character */
}

static void says(const char *name, const char *ascii, const char *utf8)
{
	uint8_t storage[DISPOSITION_MAX];
	struct buf out = buf_over(storage, sizeof storage);
	char want[DISPOSITION_MAX + 1];

	disposition_put(&out, bytes_str(name));
	assert_false(out.failed);
	snprintf(want, sizeof want, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii, utf8);
	assert_int_equal(out.len, strlen(want));
	assert_memory_equal(storage, want, out.len);
}

static void test_disposition(void **state)
{
	char name[600];
	char ascii[256];
	uint8_t storage[DISPOSITION_MAX];
	struct buf out = buf_over(storage, sizeof storage);

	(void)state;
	says("report 2026.pdf", "report 2026.pdf", "report%202026.pdf");
	/* RFC 8187, clause 3.2.2 */
	says("\xc2\xa3 and \xe2\x82\xac rates.txt", "_ and _ rates.txt", "%C2%A3%20and%20%E2%82%AC%20rates.txt");
	says("\xd0\xbe\xd1\x82\xd1\x87\xd1\x91\xd1\x82.doc", "_____.doc", "%D0%BE%D1%82%D1%87%D1%91%D1%82.doc");
	says("a\"; filename=evil.exe", "a__ filename=evil.exe", "a__%20filename%3Devil.exe");
	says("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd");
	says("C:\\Users\\x\\CON", "C__Users_x_CON", "C__Users_x_CON");
	says("line\r\nSet-Cookie: s=1", "line Set-Cookie_ s=1", "line%20Set-Cookie_%20s%3D1");
	/* "exe" at the left of a name that is written from the right */
	says("photo\xe2\x80\xaegpj.exe", "photo_gpj.exe", "photo_gpj.exe");
	says("\xd8\x9c\xe2\x81\xa6x\xe2\x81\xa9.txt", "__x_.txt", "__x_.txt");
	says("...", "file", "file");
	says("", "file", "file");
	says(" -rf", "rf", "rf");
	says("\xff\xfe", "__", "%EF%BF%BD%EF%BF%BD");
	says("100%.txt", "100_.txt", "100_.txt");
	memset(name, 'n', 500);
	strcpy(name + 500, ".tar.gz");
	memset(ascii, 'n', 197);
	strcpy(ascii + 197, ".gz");
	says(name, ascii, ascii);
	for (size_t i = 0; i < 255; i += 3)
		memcpy(name + i, "\xe2\x82\xac", 3);
	name[255] = 0;
	disposition_put(&out, bytes_str(name));
	assert_false(out.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_meta),
	    cmocka_unit_test(test_long_name),
	    cmocka_unit_test(test_disposition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
