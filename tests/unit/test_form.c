/* SPDX-License-Identifier: GPL-3.0-or-later
 * Urlencoded forms, cookies, and the cleaning of typed text. */
#include "test.h"

#include <string.h>

#include "http/form.h"
#include "visit/session.h"
#include "http/text.h"

struct form_case {
	const char *body;
	const char *seen; /* name=value; for each field; NULL: refused */
};

static const struct form_case cases[] = {
    {"", ""},
    {"a=b", "a=b;"},
    {"a=b&c=d", "a=b;c=d;"},
    {"a=b&&c=d&", "a=b;c=d;"},
    {"a", "a=;"},
    {"a=", "a=;"},
    {"a=b=c", "a=b=c;"},
    {"a+b=c+d", "a b=c d;"},
    {"%61=%62%20%2b", "a=b +;"},
    {"a=%d1%84", "a=\xd1\x84;"},
    {"a=%0D%0A", "a=\r\n;"},
    {"a%3Db=%26", "a=b=&;"},
    {"a=*-._~!'()", "a=*-._~!'();"},
    {"=b", NULL},
    {"a=%", NULL},
    {"a=%4", NULL},
    {"a=%zz", NULL},
    {"a=% 1", NULL},
    {"a=%+1", NULL},
    {"a b=c", NULL},
    {"a=\xff", NULL},
    {"a=\n", NULL},
    {"a=b&c=%", NULL},
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static uint8_t body[256];
		char seen[256];
		struct buf b = buf_over(seen, sizeof seen);
		struct form f = {.count = 77};
		enum err e;
		memcpy(body, cases[i].body, strlen(cases[i].body));
		e = form_parse(body, strlen(cases[i].body), &f);
		for (size_t j = 0; j < f.count; j++) {
			buf_put(&b, f.fields[j].name);
			buf_byte(&b, '=');
			buf_put(&b, f.fields[j].value);
			buf_byte(&b, ';');
		}
		if ((e != ERR_OK) != (cases[i].seen == NULL))
			fail_msg("%s: %s", cases[i].body, err_text(e));
		if (cases[i].seen != NULL && !bytes_eq_str(buf_view(&b), cases[i].seen))
			fail_msg("%s: saw %.*s", cases[i].body, (int)b.len, seen);
		assert_true(e == ERR_OK || f.count == 0);
	}
}

static void test_maxima(void **state)
{
	static uint8_t body[4096];
	struct form f;
	struct buf b = buf_over(body, sizeof body);

	(void)state;
	for (int i = 0; i < LIMIT_FORM_FIELDS; i++)
		buf_str(&b, "a=b&");
	assert_int_equal(form_parse(body, b.len, &f), ERR_OK);
	b = buf_over(body, sizeof body);
	for (int i = 0; i < LIMIT_FORM_FIELDS + 1; i++)
		buf_str(&b, "a=b&");
	assert_int_equal(form_parse(body, b.len, &f), ERR_TOO_BIG);
	for (size_t n = LIMIT_FORM_NAME; n <= LIMIT_FORM_NAME + 1; n++) {
		b = buf_over(body, sizeof body);
		buf_fill(&b, 'n', n);
		assert_int_equal(form_parse(body, b.len, &f), n == LIMIT_FORM_NAME ? ERR_OK : ERR_TOO_BIG);
	}
}

static void test_value(void **state)
{
	uint8_t body[] = "a=1&b=2&b=3&c=";
	struct form f;

	(void)state;
	assert_int_equal(form_parse(body, sizeof body - 1, &f), ERR_OK);
	assert_true(bytes_eq_str(form_value(&f, "a"), "1"));
	assert_true(form_value(&f, "b").p == NULL); /* twice is never */
	assert_true(form_value(&f, "d").p == NULL);
	assert_true(form_value(&f, "c").p != NULL && form_value(&f, "c").n == 0);
	assert_true(form_type(BYTES_LITERAL("application/x-www-form-urlencoded")));
	assert_true(form_type(BYTES_LITERAL("Application/X-WWW-Form-Urlencoded ; charset=utf-8")));
	assert_false(form_type(BYTES_LITERAL("application/x-www-form-urlencodedx")));
	assert_false(form_type(BYTES_LITERAL("multipart/form-data; boundary=x")));
	assert_false(form_type(bytes_of(NULL, 0)));
}

#define TOKEN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void test_cookies(void **state)
{
	static const struct {
		const char *cookie;
		enum err result;
	} cookies[] = {
	    {"s=" TOKEN, ERR_OK},
	    {"a=b; s=" TOKEN "; c=d", ERR_OK},
	    {"  s=" TOKEN "  ", ERR_OK},
	    {"a=b;s=" TOKEN, ERR_OK},
	    {";;s=" TOKEN ";", ERR_OK},
	    {"", ERR_NOT_FOUND},
	    {"a=b", ERR_NOT_FOUND},
	    {"ss=" TOKEN, ERR_NOT_FOUND},
	    {"S=" TOKEN, ERR_NOT_FOUND},
	    {"s", ERR_NOT_FOUND},
	    {"a=\"; s=x\"", ERR_FORMAT},
	    {"s=" TOKEN "; s=" TOKEN, ERR_NOT_FOUND},
	    {"s=", ERR_FORMAT},
	    {"s=" TOKEN "A", ERR_FORMAT},
	    {"s=\"" TOKEN "\"", ERR_FORMAT},
	    {"s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", ERR_FORMAT}, /* bits set that don't count */
	    {"s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd+h8", ERR_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
		uint8_t token[SESSION_TOKEN_LEN];
		enum err e = session_token(bytes_str(cookies[i].cookie), "s=", token);
		if (e != cookies[i].result)
			fail_msg("%s: %s", cookies[i].cookie, err_text(e));
		for (uint8_t j = 0; e == ERR_OK && j < sizeof token; j++)
			assert_int_equal(token[j], j);
	}
}

static void clean_is(const char *in, size_t n, const char *lines, const char *line)
{
	uint8_t out[256];
	struct buf b = buf_over(out, sizeof out);

	text_clean(&b, bytes_of(in, n));
	if (!bytes_eq_str(buf_view(&b), lines))
		fail_msg("%s became %.*s", in, (int)b.len, out);
	b = buf_over(out, sizeof out);
	text_clean_line(&b, bytes_of(in, n));
	if (!bytes_eq_str(buf_view(&b), line))
		fail_msg("%s became %.*s", in, (int)b.len, out);
}

#define CLEAN(in, lines, line) clean_is(in, sizeof(in) - 1, lines, line)
#define BAD                    "\xef\xbf\xbd"

static void test_clean(void **state)
{
	(void)state;
	CLEAN("", "", "");
	CLEAN("a\r\nb\rc\nd\te", "a\nb\nc\nd\te", "a b c d e");
	CLEAN("a\0b\033c\177", "a" BAD "b" BAD "c" BAD, "a" BAD "b" BAD "c" BAD);
	CLEAN("\xd1\x84 \xe4\xb8\xad \xf0\x9f\x98\x80", "\xd1\x84 \xe4\xb8\xad \xf0\x9f\x98\x80",
	      "\xd1\x84 \xe4\xb8\xad \xf0\x9f\x98\x80");
	CLEAN("\xff\xfe", BAD BAD, BAD BAD);
	CLEAN("\xc0\xaf", BAD BAD, BAD BAD);                         /* overlong */
	CLEAN("\xed\xa0\x80", BAD BAD BAD, BAD BAD BAD);             /* a surrogate */
	CLEAN("\xf4\x90\x80\x80", BAD BAD BAD BAD, BAD BAD BAD BAD); /* past the last one */
	CLEAN("\xe4\xb8", BAD BAD, BAD BAD);                         /* cut off */
	CLEAN("\xe4<b>", BAD "<b>", BAD "<b>");                      /* doesn't swallow what follows */
	assert_int_equal(text_first(BYTES_LITERAL("a\xd1\x84z"), 2).n, 1);
	assert_int_equal(text_first(BYTES_LITERAL("a\xd1\x84z"), 3).n, 3);
	assert_int_equal(text_first(BYTES_LITERAL("ab"), 3).n, 2);
	assert_true(text_is_blank(BYTES_LITERAL(" \r\n\t ")));
	assert_false(text_is_blank(BYTES_LITERAL(" x ")));
}

#define COOKIE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* Of a session that is over, too, a form belongs to who had its cookie. */
static void a_form_of_nobodys_session(void **state)
{
	(void)state;
	assert_false(session_csrf_was(BYTES_LITERAL(""), BYTES_LITERAL(COOKIE)));
	assert_false(session_csrf_was(BYTES_LITERAL("s=short"), BYTES_LITERAL(COOKIE)));
	assert_false(session_csrf_was(BYTES_LITERAL("s=" COOKIE), BYTES_LITERAL("")));
	/* What is in the form comes from the cookie, and isn't the cookie. */
	assert_false(session_csrf_was(BYTES_LITERAL("s=" COOKIE), BYTES_LITERAL(COOKIE)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),   cmocka_unit_test(test_maxima), cmocka_unit_test(test_value),
	    cmocka_unit_test(test_cookies), cmocka_unit_test(test_clean),  cmocka_unit_test(a_form_of_nobodys_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
