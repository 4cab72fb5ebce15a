/* SPDX-License-Identifier: GPL-3.0-or-later
 * The PROXY line: the form that tor gives it, and nothing else. */
#include "test.h"

#include <string.h>

#include "door/proxy_line.h"
#include "limits.h"

#define START "PROXY TCP6 fc00:dead:beef:4dad::"

static const struct {
	const char *line;
	uint32_t circuit;
} good[] = {
    {START "0:23 ::1 35 80\r\n", 0x23},
    {START "0:0 ::1 0 0\r\n", 0},
    {START "ffff:ffff ::1 65535 65535\r\n", 0xffffffff},
    {START "1:0 ::1 0 80\r\n", 0x10000},
    {START "dead:1 ::1 1 80\r\n", 0xdead0001},
};

static const char *const bad[] = {
    "GET / HTTP/1.1\r\n",
    "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n",
    "PROXY UNKNOWN\r\n",
    "proxy TCP6 fc00:dead:beef:4dad::0:23 ::1 35 80\r\n",
    " " START "0:23 ::1 35 80\r\n",
    "PROXY TCP6 fc00:dead:beef:4dae::0:23 ::1 35 80\r\n",
    "PROXY TCP6 fc00:dead:beef:4dad:0:0:0:23 ::1 35 80\r\n",
    START "0:00023 ::1 35 80\r\n",
    START "00:23 ::1 35 80\r\n",
    START "0:023 ::1 35 80\r\n",
    START "0:10000 ::1 35 80\r\n",
    START "0:2G ::1 35 80\r\n",
    START "0:2F ::1 35 80\r\n",
    START ":23 ::1 35 80\r\n",
    START "0: ::1 35 80\r\n",
    START "0:23  ::1 35 80\r\n",
    START "0:23 ::2 35 80\r\n",
    START "0:23 ::1 35 65536\r\n",
    START "0:23 ::1 99999 80\r\n",
    START "0:23 ::1 035 80\r\n",
    START "0:23 ::1 -1 80\r\n",
    START "0:23 ::1 35 80 \r\n",
    START "0:23 ::1 35 80\n",
    START "0:23 ::1 35 80\rX",
    START "0:23 ::1 35 80 90\r\n",
    START "0:23 ::1 35\r\n",
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		size_t len = 99;
		uint32_t circuit = 99;
		assert_int_equal(proxy_line_parse(bytes_str(good[i].line), &len, &circuit), ERR_OK);
		assert_int_equal(len, strlen(good[i].line));
		assert_int_equal(circuit, good[i].circuit);
	}
}

/* What follows the line is not its business. */
static void test_line_and_more(void **state)
{
	const char text[] =
	    START "12:34 ::1 52 80\r\nGET / HTTP/1.1\r\nHost: PROXY\r\n\r\n and much, much, much more than 107 bytes";
	size_t len;
	uint32_t circuit;

	(void)state;
	assert_int_equal(proxy_line_parse(bytes_str(text), &len, &circuit), ERR_OK);
	assert_int_equal(len, strstr(text, "GET") - text);
	assert_int_equal(circuit, 0x120034);
}

static void test_every_beginning_asks_for_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		for (size_t n = 0; n < strlen(good[i].line); n++) {
			size_t len = 99;
			uint32_t circuit = 77;
			assert_int_equal(proxy_line_parse(bytes_of(good[i].line, n), &len, &circuit), ERR_END);
			assert_int_equal(len, 99);
			assert_int_equal(circuit, 77);
		}
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		size_t len = 99;
		uint32_t circuit = 77;
		enum err e = proxy_line_parse(bytes_str(bad[i]), &len, &circuit);
		if (e != ERR_FORMAT)
			fail_msg("%s: %s", bad[i], err_text(e));
		assert_int_equal(len, 99);
		assert_int_equal(circuit, 77);
	}
}

/* One byte changed anywhere makes another circuit or a refusal, never a longer line. */
static void test_every_byte_changed(void **state)
{
	(void)state;
	for (size_t at = 0; at < strlen(good[0].line); at++)
		for (unsigned c = 0; c < 256; c++) {
			char line[64];
			size_t len;
			uint32_t circuit;
			memcpy(line, good[0].line, strlen(good[0].line));
			line[at] = (char)c;
			if (proxy_line_parse(bytes_of(line, strlen(good[0].line)), &len, &circuit) == ERR_OK)
				assert_int_equal(len, strlen(good[0].line));
		}
}

/* A line can't outgrow what the door peeks. */
static void test_longest(void **state)
{
	(void)state;
	assert_true(strlen(START "ffff:ffff ::1 65535 65535\r\n") <= LIMIT_PROXY_LINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_line_and_more),
	    cmocka_unit_test(test_every_beginning_asks_for_more),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_every_byte_changed),
	    cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
