/* SPDX-License-Identifier: GPL-3.0-or-later
 * Pages: everything that is shown is escaped; every response has one of a few sizes and the same headers. */
#include "test.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "visit/page.h"

static struct page page;
static char wire[PAGE_MAX + 1];

static void escaped_is(struct bytes in, const char *out)
{
	uint8_t storage[256];
	struct buf b = buf_over(storage, sizeof storage);

	render_escape(&b, in);
	if (!bytes_eq_str(buf_view(&b), out))
		fail_msg("%.*s became %.*s", (int)in.n, (const char *)in.p, (int)b.len, (char *)storage);
}

static void test_escape(void **state)
{
	(void)state;
	escaped_is(BYTES_LITERAL(""), "");
	escaped_is(BYTES_LITERAL("plain"), "plain");
	escaped_is(BYTES_LITERAL("<b>&amp;\"'"), "&lt;b&gt;&amp;amp;&quot;&#39;");
	escaped_is(BYTES_LITERAL("</pre><script>"), "&lt;/pre&gt;&lt;script&gt;");
	escaped_is(BYTES_LITERAL("a\r\nb\tc"), "a\nb\tc");
	escaped_is(BYTES_LITERAL("\0\033\177"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	escaped_is(BYTES_LITERAL("\xd1\x84"), "\xd1\x84");
	/* The marks of templates mean nothing in a value. */
	escaped_is(BYTES_LITERAL("\1\2\3\4"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static bool shows(const char *text)
{
	return memmem(page.storage, page.out.len, text, strlen(text)) != NULL;
}

/* Every template with every value set to markup: none of it may get through. */
static void test_no_way_around(void **state)
{
	(void)state;
	for (int id = 0; id < PAGE_COUNT; id++) {
		page_begin(&page, BYTES_LITERAL("<evil>\""), TEXT_title_landing);
		for (int v = 0; v < VALUE_COUNT; v++)
			page_set_str(&page, (enum page_value)v, "<evil>\"'\1\1");
		page_put(&page, (enum page_id)id);
		assert_false(page.out.failed);
		assert_false(shows("<evil"));
		assert_false(shows("evil>"));
		assert_false(shows(";\""));
		assert_false(shows("&gt;'"));
	}
}

static void test_conditions(void **state)
{
	(void)state;
	page_begin(&page, BYTES_LITERAL("Desk"), TEXT_title_landing);
	page_set_str(&page, VALUE_topic, "One");
	page_set_str(&page, VALUE_topic_name, "Eins");
	page_put(&page, PAGE_write_topic);
	assert_true(shows("<option value=\"One\">Eins</option>"));
	assert_false(shows("selected"));
	page_set_str(&page, VALUE_selected, "1");
	page_put(&page, PAGE_write_topic);
	assert_true(shows("<option value=\"One\" selected>Eins</option>"));
}

/* Sends what is in `page` and reads it back. */
static size_t sent(unsigned status, const struct page_extra *extra, bool keep)
{
	static struct http_connection c;
	int pair[2];
	const int room = 2 * PAGE_MAX;
	size_t n = 0;
	ssize_t got;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) == 0 ||
			     setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0,
			 1);
	http_open(&c, pair[0], -1);
	assert_int_equal(page_send(&page, &c, status, extra, keep), ERR_OK);
	close(pair[0]);
	while ((got = read(pair[1], wire + n, sizeof wire - 1 - n)) > 0)
		n += (size_t)got;
	wire[n] = 0;
	close(pair[1]);
	return n;
}

static size_t body_start(void)
{
	const char *end = strstr(wire, "\r\n\r\n");

	assert_non_null(end);
	return (size_t)(end - wire) + 4;
}

static size_t said_length(void)
{
	const char *at = strstr(wire, "\r\nContent-Length: ");

	assert_non_null(at);
	return strtoul(at + 18, NULL, 10);
}

static void test_sizes(void **state)
{
	static uint8_t text[PAGE_MAX];
	static const size_t lengths[] = {0, 1, 1000, 16000, 90000, 380000, 1500000};
	const struct page_extra extras[] = {
	    {.location = NULL},
	    {.location = "/conversation",
	     .cookie = BYTES_LITERAL("s=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; HttpOnly")},
	    {.allow = "GET, HEAD"},
	    {.clear_site_data = true, .cookie = BYTES_LITERAL("s=; Max-Age=0")},
	};
	const unsigned statuses[] = {200, 303, 404, 422, 431, 507};

	(void)state;
	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		/* Short pages with everything around them, long ones once. */
		for (size_t j = 0; j < 4 * 6 * 2 && (j == 0 || lengths[i] < 10000); j++) {
			size_t n;
			size_t bucket = 0;
			page_begin(&page, BYTES_LITERAL("Desk"), TEXT_title_landing);
			page_set(&page, VALUE_text, bytes_of(text, lengths[i]));
			page_put(&page, PAGE_reply_begin);
			n = sent(statuses[j / 4 % 6], &extras[j % 4], j >= 24);
			while (bucket < PAGE_BUCKET_COUNT && page_buckets[bucket] != n)
				bucket++;
			if (bucket == PAGE_BUCKET_COUNT)
				fail_msg("a response of %zu bytes", n);
			assert_int_equal(body_start() + said_length(), n);
			assert_true(n < 30000 || n / 4 <= lengths[i] + 10000); /* the smallest that holds it */
			assert_string_equal(wire + n - 3, "-->");
			/* Nothing of it stays behind. */
			assert_int_equal(page.storage[0], 0);
			assert_int_equal(page.storage[page.out.len - 1], 0);
		}
	}
}

/* Around the edge of the first bucket, byte by byte. */
static void test_edge(void **state)
{
	static uint8_t text[30000];
	size_t small = 0;
	size_t large = 0;

	(void)state;
	memset(text, 'x', sizeof text);
	for (size_t n = 15000; n < 24000; n++) {
		size_t got;
		page_begin(&page, BYTES_LITERAL("Desk"), TEXT_title_landing);
		page_set(&page, VALUE_text, bytes_of(text, n));
		page_put(&page, PAGE_reply_begin);
		if (page.out.len < 23000 || page.out.len > 24576)
			continue;
		got = sent(200, NULL, true);
		assert_true(got == page_buckets[0] || got == page_buckets[1]);
		assert_true(got == page_buckets[0] || small > 0); /* never back to the small one */
		assert_true(large == 0 || got == page_buckets[1]);
		small += got == page_buckets[0];
		large += got == page_buckets[1];
	}
	assert_true(small > 0 && large > 0);
}

static void test_headers(void **state)
{
	static const char *const expected[] = {
	    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
	    "Content-Security-Policy: default-src 'none'; style-src 'sha256-",
	    "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n"
	    "X-Content-Type-Options: nosniff\r\nCross-Origin-Opener-Policy: same-origin\r\n"
	    "Cross-Origin-Resource-Policy: same-origin\r\nContent-Length: ",
	    "\r\nConnection: keep-alive\r\n\r\n<!doctype html>",
	};
	const char *at = wire;

	(void)state;
	page_begin(&page, BYTES_LITERAL("Desk"), TEXT_title_landing);
	(void)sent(200, NULL, true);
	assert_memory_equal(wire, expected[0], strlen(expected[0]));
	for (size_t i = 0; i < 3; i++) {
		at = strstr(at, expected[i]);
		assert_non_null(at);
		at += strlen(expected[i]);
	}
	assert_null(strcasestr(wire, "\r\nDate:"));
	assert_null(strcasestr(wire, "\r\nServer:"));
	assert_null(strcasestr(wire, "<script"));
	/* The policy names the very style sheet that is in the page. */
	assert_non_null(strstr(wire, pages_style_source));
}

/* The landing page has a bar of its own: complete, and in the smallest size. */
static void test_landing_is_small(void **state)
{
	(void)state;
	page_begin(&page, BYTES_LITERAL("A rather long name of an institution, so that it takes some room"),
		   TEXT_title_landing);
	page_set_str(&page, VALUE_address, "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.onion/");
	page_put(&page, PAGE_landing);
	assert_int_equal(sent(200, NULL, true), page_buckets[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_no_way_around),
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_edge),
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_landing_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
