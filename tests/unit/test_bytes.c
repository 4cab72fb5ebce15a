/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/setting.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 4648, clause 10; the url forms follow from clause 5. */
static const struct {
	const char *plain;
	const char *padded;
	const char *bare;
} base64_vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
};

static void base64_follows_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof base64_vectors / sizeof base64_vectors[0]; i++) {
		char text[32];
		uint8_t plain[32];
		size_t n;
		struct buf b = buf_over(text, sizeof text);

		base64_encode(&b, bytes_str(base64_vectors[i].plain), true);
		assert_true(bytes_eq_str(buf_view(&b), base64_vectors[i].padded));
		b = buf_over(text, sizeof text);
		base64url_encode(&b, bytes_str(base64_vectors[i].plain));
		assert_true(bytes_eq_str(buf_view(&b), base64_vectors[i].bare));
		assert_int_equal(base64_decode(bytes_str(base64_vectors[i].padded), true, plain, sizeof plain, &n),
				 ERR_OK);
		assert_true(bytes_eq_str(bytes_of(plain, n), base64_vectors[i].plain));
		assert_int_equal(base64_decode(bytes_str(base64_vectors[i].bare), false, plain, sizeof plain, &n),
				 ERR_OK);
		assert_true(bytes_eq_str(bytes_of(plain, n), base64_vectors[i].plain));
	}
}

static void base64_knows_every_digit(void **state)
{
	const char *std = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t bits[48];
	char text[64];
	size_t n;
	struct buf b = buf_over(text, sizeof text);

	(void)state;
	assert_int_equal(base64_decode(bytes_str(std), false, bits, sizeof bits, &n), ERR_OK);
	assert_int_equal(n, 48);
	base64_encode(&b, bytes_of(bits, n), false);
	assert_true(bytes_eq_str(buf_view(&b), std));
	b = buf_over(text, sizeof text);
	base64url_encode(&b, bytes_of(bits, n));
	assert_true(bytes_eq_str(buf_view(&b), url));
	/* Each byte alone is a digit or refused. */
	for (unsigned c = 0; c < 256; c++) {
		uint8_t quad[4] = {'A', 'A', 'A', (uint8_t)c};
		bool digit = c != 0 && strchr(std, (int)c) != NULL;
		assert_int_equal(base64_decode(BYTES_ARRAY(quad), false, bits, sizeof bits, &n),
				 digit ? ERR_OK : ERR_FORMAT);
	}
}

static void base64_refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n"};
	uint8_t out[16];
	size_t n = 77;

	(void)state;
	memset(out, 0xaa, sizeof out);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(base64_decode(bytes_str(bad[i]), true, out, sizeof out, &n), ERR_FORMAT);
	assert_int_equal(base64_decode(bytes_str("Zm9v"), true, out, 2, &n), ERR_TOO_BIG);
	assert_int_equal(base64_decode(bytes_str("Z"), false, out, sizeof out, &n), ERR_FORMAT);
	assert_int_equal(base64_decode(bytes_str("Zh"), false, out, sizeof out, &n), ERR_FORMAT);
	assert_int_equal(n, 77);
	for (size_t i = 0; i < sizeof out; i++)
		assert_int_equal(out[i], 0xaa);
}

static void decimal_is_strict(void **state)
{
	uint64_t v = 5;

	(void)state;
	assert_int_equal(bytes_decimal(bytes_str("18446744073709551615"), UINT64_MAX, &v), ERR_OK);
	assert_true(v == UINT64_MAX);
	v = 5;
	assert_int_equal(bytes_decimal(bytes_str("18446744073709551616"), UINT64_MAX, &v), ERR_TOO_BIG);
	assert_int_equal(bytes_decimal(bytes_str("99999999999999999999999"), UINT64_MAX, &v), ERR_TOO_BIG);
	assert_int_equal(bytes_decimal(bytes_str("11"), 10, &v), ERR_TOO_BIG);
	assert_int_equal(bytes_decimal(bytes_str(""), 10, &v), ERR_FORMAT);
	assert_int_equal(bytes_decimal(bytes_str("01"), 10, &v), ERR_FORMAT);
	assert_int_equal(bytes_decimal(bytes_str("+1"), 10, &v), ERR_FORMAT);
	assert_int_equal(bytes_decimal(bytes_str("1 "), 10, &v), ERR_FORMAT);
	assert_true(v == 5);
	assert_int_equal(bytes_decimal(bytes_str("0"), 0, &v), ERR_OK);
	assert_true(v == 0);
}

static void views_stay_inside(void **state)
{
	struct bytes b = BYTES_LITERAL("a,b,,c");
	struct bytes part;
	const char *want[] = {"a", "b", "", "c"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(bytes_split(&b, ',', &part));
		assert_true(bytes_eq_str(part, want[i]));
	}
	assert_false(bytes_split(&b, ',', &part));
	/* What is left of a view that was used up stands at its end: callers count by it. */
	b = BYTES_LITERAL("abc");
	assert_int_equal(bytes_from(b, 9).n, 0);
	assert_ptr_equal(bytes_from(b, 3).p, b.p + 3);
	assert_ptr_equal(bytes_from(b, 9).p, b.p + 3);
	assert_null(bytes_from((struct bytes){NULL, 0}, 1).p);
	assert_int_equal(bytes_first(BYTES_LITERAL("abc"), 9).n, 3);
	assert_int_equal(bytes_find(BYTES_LITERAL("hello"), BYTES_LITERAL("ll")), 2);
	assert_int_equal(bytes_find(BYTES_LITERAL("hello"), BYTES_LITERAL("xx")), 5);
	assert_int_equal(bytes_find(BYTES_LITERAL("x"), BYTES_LITERAL("xx")), 1);
	assert_int_equal(bytes_find(BYTES_LITERAL("x"), BYTES_LITERAL("")), 0);
	assert_true(bytes_eq_str(bytes_trim(BYTES_LITERAL(" \r\n a b\t")), "a b"));
	assert_true(bytes_eq_nocase(BYTES_LITERAL("HoSt"), "host"));
	assert_false(bytes_eq_nocase(BYTES_LITERAL("hos"), "host"));
}

static void a_full_buffer_stays_as_it_was(void **state)
{
	uint8_t storage[4];
	struct buf b = buf_over(storage, sizeof storage);

	(void)state;
	buf_str(&b, "abc");
	buf_str(&b, "de");
	assert_true(b.failed);
	assert_int_equal(b.len, 3);
	buf_str(&b, "f"); /* would fit, but something before it is missing */
	assert_int_equal(b.len, 3);
}

static void hex_both_ways(void **state)
{
	uint8_t out[4] = {1, 2, 3, 4};
	char text[16];
	size_t n;
	struct buf b = buf_over(text, sizeof text);

	(void)state;
	assert_int_equal(hex_decode(bytes_str("00fFa5"), out, sizeof out, &n), ERR_OK);
	assert_int_equal(n, 3);
	buf_hex(&b, bytes_of(out, n));
	assert_true(bytes_eq_str(buf_view(&b), "00ffa5"));
	for (unsigned c = 0; c < 256; c++) {
		uint8_t digits[2] = {'0', (uint8_t)c};
		const char *known = "0123456789abcdefABCDEF";
		const char *at = c == 0 ? NULL : strchr(known, (int)c);
		out[0] = 0xee;
		assert_int_equal(hex_decode(BYTES_ARRAY(digits), out, 1, &n), at != NULL ? ERR_OK : ERR_FORMAT);
		assert_int_equal(out[0], at == NULL ? 0xee : at - known < 16 ? at - known : at - known - 6);
	}
	assert_int_equal(hex_decode(bytes_str("0g"), out, sizeof out, &n), ERR_FORMAT);
	assert_int_equal(hex_decode(bytes_str("000"), out, sizeof out, &n), ERR_FORMAT);
	assert_int_equal(hex_decode(bytes_str("0000000000"), out, sizeof out, &n), ERR_TOO_BIG);
}

static bool says(const uint8_t *digits, size_t n, unsigned number)
{
	for (; n > 0; number /= 10)
		if (digits[--n] != '0' + number % 10)
			return false;
	return number == 0;
}

static unsigned days_of(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* All there are, as the calendar has them: day/parse in tests/proofs stands on that each is later than the one before.
 */
static void days_have_names(void **state)
{
	unsigned year = 1970, month = 1, day = 1;
	uint8_t text[10];

	(void)state;
	for (uint32_t d = 0; d <= 2932896; d++) {
		clock_day_text(d, text);
		if (!says(text, 4, year) || text[4] != '-' || !says(text + 5, 2, month) || text[7] != '-' ||
		    !says(text + 8, 2, day))
			fail_msg("day %u is not %u-%u-%u: %.10s", d, year, month, day, (char *)text);
		if (++day > days_of(year, month)) {
			day = 1;
			month = month % 12 + 1;
			year += month == 1;
		}
	}
	assert_int_equal(year, 10000);
}

static void secrets_are_wiped_and_compared(void **state)
{
	uint8_t a[32];
	uint8_t b[32];
	struct secret_area area;
	struct secret_area second;

	(void)state;
	random_fill(a, sizeof a);
	memcpy(b, a, sizeof b);
	assert_true(secret_equal(a, b, sizeof a));
	for (size_t i = 0; i < 256; i++) {
		b[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(secret_equal(a, b, sizeof a));
		b[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	SECRET_WIPE(a);
	for (size_t i = 0; i < sizeof a; i++)
		assert_int_equal(a[i], 0);
	assert_int_equal(secret_area_new(100, &area), ERR_OK);
	assert_int_equal(area.n % 4096, 0);
	memcpy(area.p, "kept", 4);
	/* What one holder frees, the holder of another descriptor finds wiped, and no other bytes. */
	assert_int_equal(secret_area_map(dup(area.fd), area.hidden, area.n, &second), ERR_OK);
	assert_memory_equal(second.p, "kept", 4);
	secret_area_free(&area);
	assert_int_equal(area.fd, -1);
	assert_memory_equal(second.p, "\0\0\0\0", 4);
	secret_area_free(&second);
	secret_area_free(&second);
	/* What can't be had. */
	assert_int_equal(secret_area_new(0, &area), ERR_TOO_BIG);
	assert_int_equal(secret_area_new(SIZE_MAX, &area), ERR_TOO_BIG);
	assert_int_equal(secret_area_map(open("/dev/null", O_RDONLY | O_CLOEXEC), false, 4096, &area), ERR_IO);
}

static void settings_are_written_whole(void **state)
{
	char path[] = "/tmp/test_bytes.XXXXXX";
	uint8_t found[8];
	size_t n;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(setting_write(AT_FDCWD, path, "1000"), ERR_OK);
	assert_int_equal(fd_read_file(path, found, sizeof found, &n), ERR_OK);
	assert_true(bytes_eq_str(bytes_of(found, n), "1000"));
	unlink(path);
	assert_int_equal(setting_write(AT_FDCWD, path, "1000"), ERR_IO);
	assert_int_equal(setting_write(AT_FDCWD, "/dev/full", "1000"), ERR_IO);
}

static void reads_end_as_they_say(void **state)
{
	int ends[2];
	uint8_t out[8];
	size_t got;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(fd_read_some(ends[0], out, sizeof out, clock_ms(), &got), ERR_TIMEOUT);
	assert_int_equal(fd_write_all(ends[1], BYTES_LITERAL("abc"), DEADLINE_NONE), ERR_OK);
	assert_int_equal(fd_read_some(ends[0], out, 2, DEADLINE_NONE, &got), ERR_OK);
	assert_int_equal(got, 2);
	close(ends[1]);
	assert_int_equal(fd_read_all(ends[0], out, 2, DEADLINE_NONE), ERR_END);
	assert_int_equal(fd_write_all(ends[0], BYTES_LITERAL("abc"), DEADLINE_NONE), ERR_PEER);
	close(ends[0]);
}

/* RFC 3629, clauses 3, 4 and 7. 0: no character begins here. */
static const struct {
	const char *text;
	uint32_t character;
	size_t len;
} utf8_vectors[] = {
    {"A", 0x41, 1},
    {"\x7f", 0x7f, 1},
    {"\xc2\x80", 0x80, 2},
    {"\xdf\xbf", 0x7ff, 2},
    {"\xe0\xa0\x80", 0x800, 3},
    {"\xe2\x89\xa2", 0x2262, 3},
    {"\xed\x9f\xbf", 0xd7ff, 3},
    {"\xee\x80\x80", 0xe000, 3},
    {"\xef\xbf\xbf", 0xffff, 3},
    {"\xf0\x90\x80\x80", 0x10000, 4},
    {"\xf0\xa3\x8e\xb4", 0x233b4, 4},
    {"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
    {"", 0, 0},
    {"\x80", 0, 0},
    {"\xc0\x80", 0, 0},
    {"\xc1\xbf", 0, 0},
    {"\xe0\x9f\xbf", 0, 0},
    {"\xed\xa0\x80", 0, 0},
    {"\xed\xbf\xbf", 0, 0},
    {"\xf0\x8f\xbf\xbf", 0, 0},
    {"\xf4\x90\x80\x80", 0, 0},
    {"\xf8\x88\x80\x80\x80", 0, 0},
    {"\xff", 0, 0},
    {"\xe2\x89", 0, 0},
    {"\xe2\x41\xa2", 0, 0},
};

static void utf8_follows_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof utf8_vectors / sizeof utf8_vectors[0]; i++) {
		struct bytes rest = bytes_str(utf8_vectors[i].text);
		size_t n = rest.n;
		uint32_t c = 7;

		if (utf8_vectors[i].len == 0) {
			assert_int_equal(utf8_next(&rest, &c), ERR_FORMAT);
			assert_int_equal(c, 7);
		} else {
			assert_int_equal(utf8_next(&rest, &c), ERR_OK);
			assert_int_equal(c, utf8_vectors[i].character);
		}
		assert_int_equal(n - rest.n, utf8_vectors[i].len);
	}
}

static void filling_stops_at_the_end(void **state)
{
	uint8_t storage[8] = {0};
	struct buf b = buf_over(storage, 6);

	(void)state;
	buf_fill(&b, 'x', 6);
	assert_true(bytes_eq_str(buf_view(&b), "xxxxxx"));
	buf_fill(&b, 'y', 1);
	assert_true(b.failed && b.len == 6 && storage[6] == 0);
	b = buf_over(storage, 6);
	buf_fill(&b, 'z', SIZE_MAX);
	assert_true(b.failed && b.len == 0 && storage[0] == 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(filling_stops_at_the_end),
	    cmocka_unit_test(base64_follows_the_rfc),
	    cmocka_unit_test(base64_knows_every_digit),
	    cmocka_unit_test(base64_refuses_what_is_not_canonical),
	    cmocka_unit_test(decimal_is_strict),
	    cmocka_unit_test(views_stay_inside),
	    cmocka_unit_test(a_full_buffer_stays_as_it_was),
	    cmocka_unit_test(hex_both_ways),
	    cmocka_unit_test(days_have_names),
	    cmocka_unit_test(utf8_follows_the_rfc),
	    cmocka_unit_test(secrets_are_wiped_and_compared),
	    cmocka_unit_test(settings_are_written_whole),
	    cmocka_unit_test(reads_end_as_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
