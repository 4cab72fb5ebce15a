/* SPDX-License-Identifier: GPL-3.0-or-later
 * Forms as browsers write them and as nobody should, each fed whole, cut in two at every place, and byte by byte: the
 * result must not depend on how the bytes arrive. */
#include "test.h"

#include <string.h>

#include "http/multipart.h"

#define TYPE       "multipart/form-data; boundary=XX"
#define PART(name) "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART(name, rest)                                                                                          \
	"--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" name "\"" rest "\r\n\r\n"
#define LAST "\r\n--XX--\r\n"

struct form_case {
	const char *name;
	struct bytes body;
	const char *seen; /* name[filename:type]=data; for each part; NULL: don't care */
	enum err result;  /* of multipart_data, or of multipart_end */
};

#define CASE(name, body, seen, result) {name, {(const uint8_t *)(body), sizeof(body) - 1}, seen, result}

static const struct form_case cases[] = {
    /* what browsers send */
    CASE("one field", PART("a") "hello" LAST, "a=hello;", ERR_OK),
    CASE("two fields", PART("a") "1\r\n" PART("b") "2" LAST, "a=1;b=2;", ERR_OK),
    CASE("empty field", PART("a") LAST, "a=;", ERR_OK),
    CASE("empty form", "--XX--\r\n", "", ERR_OK),
    CASE("no CRLF at the very end", PART("a") "1\r\n--XX--", "a=1;", ERR_OK),
    CASE("file", FILE_PART("x.txt", "\r\nContent-Type: text/plain") "data" LAST, "f[x.txt:text/plain]=data;", ERR_OK),
    CASE("file field left empty", FILE_PART("", "\r\nContent-Type: application/octet-stream") LAST,
	 "f[:application/octet-stream]=;", ERR_OK),
    CASE("quote as %22", FILE_PART("a%22b.txt", "") "x" LAST, "f[a\"b.txt:]=x;", ERR_OK),
    CASE("line ends as codes", FILE_PART("a%0D%0Ab", "") "x" LAST, "f[a  b:]=x;", ERR_OK),
    CASE("other codes stay", FILE_PART("100%25 %41%", "") "x" LAST, "f[100%25 %41%:]=x;", ERR_OK),
    CASE("backslashes stay", FILE_PART("C:\\dir\\a.txt", "") "x" LAST, "f[C:\\dir\\a.txt:]=x;", ERR_OK),
    CASE("backslash at the end", FILE_PART("dir\\", "") "x" LAST, "f[dir\\:]=x;", ERR_OK),
    CASE("backslash at the end, more",
	 "--XX\r\nContent-Disposition: form-data; filename=\"d\\\"; name=\"f\"\r\n\r\nx" LAST, "f[d\\:]=x;", ERR_OK),
    CASE("escaped quote (curl)", FILE_PART("a\\\"b.txt", "") "x" LAST, "f[a\"b.txt:]=x;", ERR_OK),
    CASE("UTF-8 name", FILE_PART("\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe.jpg", "") "x" LAST,
	 "f[\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe.jpg:]=x;", ERR_OK),
    CASE("semicolon in a name", FILE_PART("a;b=c", "") "x" LAST, "f[a;b=c:]=x;", ERR_OK),
    CASE("filename* is left alone", FILE_PART("a", "; filename*=UTF-8''b") "x" LAST, "f[a:]=x;", ERR_OK),
    CASE("parameters without quotes", "--XX\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nx" LAST,
	 "a[b:]=x;", ERR_OK),
    CASE("names in any case", "--XX\r\ncontent-DISPOSITION: Form-Data; NAME=\"a\"\r\n\r\nx" LAST, "a=x;", ERR_OK),
    CASE("no blanks", "--XX\r\nContent-Disposition:form-data;name=\"a\"\r\n\r\nx" LAST, "a=x;", ERR_OK),
    CASE("trailing semicolon", "--XX\r\nContent-Disposition: form-data; name=\"a\";\r\n\r\nx" LAST, "a=x;", ERR_OK),
    CASE("type with parameters", FILE_PART("a", "\r\nContent-Type: text/plain; charset=utf-8") "x" LAST,
	 "f[a:text/plain]=x;", ERR_OK),
    CASE("type that is none", FILE_PART("a", "\r\nContent-Type: nonsense") "x" LAST, "f[a:]=x;", ERR_OK),
    CASE("other fields", FILE_PART("a", "\r\nContent-Length: 1\r\nX-Y: z") "x" LAST, "f[a:]=x;", ERR_OK),
    CASE("binary encoding", FILE_PART("a", "\r\nContent-Transfer-Encoding: binary") "x" LAST, "f[a:]=x;", ERR_OK),

    /* content that looks like more */
    CASE("CR, LF, dashes", PART("a") "\r\n\r\r\n-\r\n--X\r\n--\n--XX\r--XX" LAST,
	 "a=\r\n\r\r\n-\r\n--X\r\n--\n--XX\r--XX;", ERR_OK),
    CASE("almost the delimiter, then it", PART("a") "\r\n--X\r\n--XX--\r\n", "a=\r\n--X;", ERR_OK),
    CASE("CR before the delimiter", PART("a") "x\r\r\n--XX--", "a=x\r;", ERR_OK),
    CASE("many CRs", PART("a") "\r\r\r\r\r\r" LAST, "a=\r\r\r\r\r\r;", ERR_OK),
    CASE("NULs", PART("a") "\0\0" LAST, NULL, ERR_OK),
    CASE("boundary in the middle of a line", PART("a") "x--XX--\r\n" LAST, "a=x--XX--\r\n;", ERR_OK),
    CASE("boundary after a bare LF", PART("a") "x\n--XX--" LAST, "a=x\n--XX--;", ERR_OK),
    CASE("longer boundary", PART("a") "x\r\n--XXY" LAST, NULL, ERR_FORMAT),
    CASE("blanks after the boundary", "--XX \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XX--  \r\n",
	 "a=x;", ERR_OK),
    CASE("preamble and epilogue", "some\r\nwords\r\n" PART("a") "x\r\n--XX--\r\nmore\r\n--XX\r\n", "a=x;", ERR_OK),
    CASE("epilogue at once", PART("a") "x\r\n--XX--more", "a=x;", ERR_OK),

    /* cut off */
    CASE("nothing", "", "", ERR_END),
    CASE("preamble alone", "hello", "", ERR_END),
    CASE("in the first boundary", "--X", "", ERR_END),
    CASE("in a header", "--XX\r\nContent-Disp", "", ERR_END),
    CASE("in content", PART("a") "hello", "a=hello", ERR_END),
    CASE("no last boundary", PART("a") "hello\r\n--XX\r\n", "a=hello;", ERR_END),
    CASE("in the last boundary", PART("a") "hello\r\n--XX-", "a=hello;", ERR_END),
    CASE("one dash", PART("a") "x\r\n--XX-\r\n", "a=x;", ERR_FORMAT),

    /* broken */
    CASE("no disposition", "--XX\r\nContent-Type: text/plain\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("no header at all", "--XX\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("no name", "--XX\r\nContent-Disposition: form-data\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("empty name", PART("") "x" LAST, "", ERR_FORMAT),
    CASE("two names", "--XX\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("two filenames", FILE_PART("a", "; filename=\"b\"") "x" LAST, "", ERR_FORMAT),
    CASE("two dispositions",
	 "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; "
	 "name=\"b\"\r\n\r\nx" LAST,
	 "", ERR_FORMAT),
    CASE("attachment", "--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("quote left open", "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("bare LF in a header", "--XX\r\nContent-Disposition: form-data; name=\"a\"\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("bare CR in a header", "--XX\r\nContent-Disposition: form-data; name=\"a\rb\"\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("NUL in a header", "--XX\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("bare LF after the boundary", "--XX\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx" LAST, "",
	 ERR_FORMAT),
    CASE("folded header", "--XX\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("no colon", "--XX\r\nContent-Disposition form-data\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("blank before the colon", "--XX\r\nContent-Disposition : form-data; name=\"a\"\r\n\r\nx" LAST, "", ERR_FORMAT),
    CASE("base64", FILE_PART("a", "\r\nContent-Transfer-Encoding: base64") "eA==" LAST, "", ERR_UNSUPPORTED),
    CASE("garbage after the name", "--XX\r\nContent-Disposition: form-data; name=\"a\" b\r\n\r\nx" LAST, "",
	 ERR_FORMAT),
};

/* ---- what the handler saw */
static char seen[70000];
static size_t seen_len;
static bool open_part;
static enum err handler_answer;

static void note(struct bytes b)
{
	assert_true(seen_len + b.n < sizeof seen);
	if (b.n > 0)
		memcpy(seen + seen_len, b.p, b.n);
	seen_len += b.n;
	seen[seen_len] = 0;
}

static enum err begin(void *context, const struct multipart_part *part)
{
	assert_null(context);
	assert_false(open_part);
	open_part = true;
	note(part->name);
	if (part->is_file) {
		note(BYTES_LITERAL("["));
		note(part->filename);
		note(BYTES_LITERAL(":"));
		note(part->type);
		note(BYTES_LITERAL("]"));
	}
	note(BYTES_LITERAL("="));
	return ERR_OK;
}

static enum err data(void *context, struct bytes piece)
{
	assert_null(context);
	assert_true(open_part && piece.n > 0);
	note(piece);
	return handler_answer;
}

static enum err end(void *context)
{
	assert_null(context);
	assert_true(open_part);
	open_part = false;
	note(BYTES_LITERAL(";"));
	return ERR_OK;
}

static const struct multipart_handler handler = {begin, data, end, NULL};
static struct multipart m;

static void start(void)
{
	seen_len = 0;
	seen[0] = 0;
	open_part = false;
	handler_answer = ERR_OK;
	memset(&m, 0xa5, sizeof m);
	assert_int_equal(multipart_begin(&m, BYTES_LITERAL(TYPE), handler), ERR_OK);
}

static void check(const struct form_case *c, enum err e, const char *how, size_t at)
{
	if (e == ERR_OK)
		e = multipart_end(&m);
	if (e != c->result)
		fail_msg("%s, %s %zu: %s", c->name, how, at, err_text(e));
	if (c->seen != NULL && strcmp(seen, c->seen) != 0)
		fail_msg("%s, %s %zu: saw %s", c->name, how, at, seen);
}

static void test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct form_case *c = &cases[i];
		enum err e = ERR_OK;
		for (size_t cut = 0; cut <= c->body.n; cut++) {
			start();
			e = multipart_data(&m, bytes_first(c->body, cut));
			if (e == ERR_OK)
				e = multipart_data(&m, bytes_from(c->body, cut));
			else
				assert_int_equal(multipart_data(&m, bytes_from(c->body, cut)), e); /* it sticks */
			check(c, e, "cut at", cut);
		}
		start();
		e = ERR_OK;
		for (size_t at = 0; at < c->body.n; at++) {
			/* A copy of one byte, so that a read past it shows under valgrind. */
			uint8_t one = c->body.p[at];
			e = multipart_data(&m, bytes_of(&one, 1));
		}
		check(c, e, "byte by byte", 0);
	}
}

static void test_content_types(void **state)
{
	static const struct {
		const char *type;
		enum err result;
	} types[] = {
	    {"multipart/form-data; boundary=x", ERR_OK},
	    {"Multipart/Form-Data;Boundary=\"x y\"", ERR_OK},
	    {"multipart/form-data; charset=utf-8; boundary=----WebKitFormBoundaryAbC", ERR_OK},
	    {"multipart/form-data; boundary=----geckoformboundary00", ERR_OK},
	    {"multipart/form-data; boundary=\"'()+_,-./:=?\"", ERR_OK},
	    {"multipart/form-data", ERR_FORMAT},
	    {"multipart/form-data; boundary=", ERR_FORMAT},
	    {"multipart/form-data; boundary=\"\"", ERR_FORMAT},
	    {"multipart/form-data; boundary=\"x", ERR_FORMAT},
	    {"multipart/form-data; boundary=\"x \"", ERR_FORMAT},
	    {"multipart/form-data; boundary=\"x\ty\"", ERR_FORMAT},
	    {"multipart/form-data; boundary=x; boundary=y", ERR_FORMAT},
	    {"multipart/form-data; boundary=a\xff", ERR_FORMAT},
	    {"multipart/form-data boundary=x", ERR_FORMAT},
	    {"multipart/form-data; boundary=1234567890123456789012345678901234567890123456789012345678901234567890",
	     ERR_OK},
	    {"multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901",
	     ERR_FORMAT},
	    {"multipart/mixed; boundary=x", ERR_UNSUPPORTED},
	    {"application/x-www-form-urlencoded", ERR_UNSUPPORTED},
	    {"multipart", ERR_UNSUPPORTED},
	    {"", ERR_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		enum err e = multipart_begin(&m, bytes_str(types[i].type), handler);
		if (e != types[i].result)
			fail_msg("%s: %s", types[i].type, err_text(e));
		/* What didn't begin doesn't go on. */
		assert_true(e == ERR_OK || multipart_data(&m, BYTES_LITERAL("--x")) != ERR_OK);
	}
}

static void test_maxima(void **state)
{
	static uint8_t storage[2 * MULTIPART_HEADER_MAX];
	static const char before[] = "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"";
	/* The header block's own bytes: all after the first line, the last empty line with it. */
	const size_t fixed = sizeof before - 1 - 6 + strlen("\"\r\n\r\n");

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		struct buf b = buf_over(storage, sizeof storage);
		buf_str(&b, before);
		buf_fill(&b, 'n', MULTIPART_HEADER_MAX - fixed + extra);
		buf_str(&b, "\"\r\n\r\nx" LAST);
		start();
		assert_int_equal(multipart_data(&m, buf_view(&b)), extra == 0 ? ERR_OK : ERR_TOO_BIG);
	}
	start();
	for (int i = 0; i < LIMIT_FORM_FIELDS; i++)
		assert_int_equal(multipart_data(&m, BYTES_LITERAL(PART("a") "x\r\n")), ERR_OK);
	assert_int_equal(multipart_data(&m, BYTES_LITERAL(PART("a") "x\r\n")), ERR_TOO_BIG);
	for (size_t n = LIMIT_FORM_NAME; n <= LIMIT_FORM_NAME + 1; n++) {
		struct buf b = buf_over(storage, sizeof storage);
		buf_str(&b, "--XX\r\nContent-Disposition: form-data; name=\"");
		buf_fill(&b, 'n', n);
		buf_str(&b, "\"\r\n\r\nx" LAST);
		start();
		assert_int_equal(multipart_data(&m, buf_view(&b)), n == LIMIT_FORM_NAME ? ERR_OK : ERR_TOO_BIG);
	}
	start();
	assert_int_equal(multipart_data(&m, BYTES_LITERAL("--XX")), ERR_OK);
	for (int i = 0; i < 64; i++)
		assert_int_equal(multipart_data(&m, BYTES_LITERAL(" ")), ERR_OK);
	assert_int_equal(multipart_data(&m, BYTES_LITERAL(" ")), ERR_FORMAT);
}

static void test_handler_ends_it(void **state)
{
	(void)state;
	start();
	handler_answer = ERR_FULL;
	assert_int_equal(multipart_data(&m, BYTES_LITERAL(PART("a") "x")), ERR_FULL);
	assert_int_equal(multipart_data(&m, BYTES_LITERAL("y" LAST)), ERR_FULL);
	assert_int_equal(multipart_end(&m), ERR_FULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_cut),
	    cmocka_unit_test(test_content_types),
	    cmocka_unit_test(test_maxima),
	    cmocka_unit_test(test_handler_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
