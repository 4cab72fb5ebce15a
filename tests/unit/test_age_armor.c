/* SPDX-License-Identifier: GPL-3.0-or-later
 * ASCII armor: what is written is read again in pieces of any size, and nothing but the strict form is read. */
#include "test.h"

#include <string.h>

#include "age/armor.h"
#include "base/random.h"

#define OPENING "-----BEGIN AGE ENCRYPTED FILE-----"
#define CLOSING "-----END AGE ENCRYPTED FILE-----"
#define FULL    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBURWlGMHlwcXIrYnB2Y3FY" /* a line of 64 */
#define ROOM    200000

static struct age_armor armor;
static struct age_dearmor dearmor;
static uint8_t plain[ROOM];
static uint8_t text_storage[2 * ROOM];
static uint8_t back_storage[ROOM];

static enum err keep(void *context, struct bytes data)
{
	struct buf *b = context;

	assert_true(data.n > 0 && data.n <= AGE_CHUNK_SEALED);
	buf_put(b, data);
	return b->failed ? ERR_FULL : ERR_OK;
}

static struct buf write_armor(struct bytes data, size_t step)
{
	struct buf out = buf_over(text_storage, sizeof text_storage);
	struct age_sink sink;

	age_armor_begin(&armor, (struct age_sink){keep, &out});
	sink = age_armor_sink(&armor);
	for (; data.n > 0; data = bytes_from(data, step))
		assert_int_equal(sink.write(sink.context, bytes_first(data, step)), ERR_OK);
	assert_int_equal(age_armor_end(&armor), ERR_OK);
	assert_int_equal(age_armor_data(&armor, BYTES_LITERAL("x")), ERR_STATE);
	return out;
}

static enum err read_armor(struct bytes text, size_t step, struct buf *back)
{
	enum err e;

	*back = buf_over(back_storage, sizeof back_storage);
	age_dearmor_begin(&dearmor, (struct age_sink){keep, back});
	for (; text.n > 0; text = bytes_from(text, step))
		TRY(age_dearmor_data(&dearmor, bytes_first(text, step)));
	e = age_dearmor_end(&dearmor);
out:
	if (e != ERR_OK) {
		/* The error stays. */
		assert_int_equal(age_dearmor_data(&dearmor, BYTES_LITERAL("x")), e);
		assert_int_equal(age_dearmor_end(&dearmor), e);
	}
	return e;
}

/* RFC 7468's figure 3: lines of 64 but the last, each one ended. */
static void strict_form(struct bytes text, size_t plain_len)
{
	struct bytes rest = text;
	struct bytes line;
	size_t lines = 0;
	size_t want = (plain_len + 47) / 48;

	assert_int_equal(text.p[text.n - 1], '\n');
	assert_true(bytes_split(&rest, '\n', &line) && bytes_eq_str(line, OPENING));
	while (bytes_split(&rest, '\n', &line) && !bytes_eq_str(line, CLOSING)) {
		lines++;
		assert_true(lines == want ? line.n > 0 && line.n <= 64 && line.n % 4 == 0 : line.n == 64);
	}
	assert_true(bytes_eq_str(line, CLOSING));
	assert_int_equal(rest.n, 0);
	assert_int_equal(lines, want);
}

static void round_trips(void **state)
{
	static const size_t steps[] = {1, 47, 48, 65, 4093, ROOM};
	struct buf text, back;

	(void)state;
	random_fill(plain, sizeof plain);
	for (size_t n = 0; n <= 200; n++)
		for (size_t s = 0; s < 6; s++) {
			text = write_armor(bytes_of(plain, n), steps[s]);
			strict_form(buf_view(&text), n);
			assert_int_equal(read_armor(buf_view(&text), steps[5 - s], &back), ERR_OK);
			assert_true(bytes_eq(buf_view(&back), bytes_of(plain, n)));
		}
	for (int i = 0; i < 60; i++) {
		size_t n = random_below(ROOM);
		text = write_armor(bytes_of(plain, n), 1 + random_below(70000));
		strict_form(buf_view(&text), n);
		assert_int_equal(read_armor(buf_view(&text), 1 + random_below(70000), &back), ERR_OK);
		assert_true(bytes_eq(buf_view(&back), bytes_of(plain, n)));
	}
}

static const struct {
	const char *text;
	enum err e;
} forms[] = {
    {OPENING "\nYWdl\n" CLOSING "\n", ERR_OK},
    {OPENING "\nYWdl\n" CLOSING, ERR_OK},
    {OPENING "\r\nYWdl\r\n" CLOSING "\r\n", ERR_OK},
    {OPENING "\nYWdl\n" CLOSING "\r", ERR_OK},
    {" \t\r\n\n\r\n" OPENING "\r\nYWdl\n" CLOSING "\n \t\r\n  ", ERR_OK},
    {OPENING "\n" CLOSING "\n", ERR_OK}, /* no bytes: the age file's error, not the armor's */
    {OPENING "\n" FULL "\n" CLOSING "\n", ERR_OK},
    {OPENING "\n" FULL "\nYWdl\n" CLOSING "\n", ERR_OK},
    {OPENING "\n" FULL "\nYW==\n" CLOSING "\n", ERR_FORMAT}, /* not canonical */
    {OPENING "\n" FULL "\nYQ==\n" CLOSING "\n", ERR_OK},
    {OPENING "\nYWdl\n" FULL "\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWdl\nYWdl\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\n\nYWdl\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWdl\n\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWdl \n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\n YWdl\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYW\rdl\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWdl\r\r\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWd\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nY===\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\n====\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\n" FULL "Y\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\n" FULL "YWdl\n" CLOSING "\n", ERR_FORMAT},
    {" " OPENING "\nYWdl\n" CLOSING "\n", ERR_FORMAT},
    {OPENING " \nYWdl\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWdl\n" CLOSING " \n", ERR_FORMAT},
    {OPENING "\nYWdl\n " CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWdl\n" CLOSING "\nx", ERR_FORMAT},
    {OPENING "\nYWdl\n" CLOSING "\n" OPENING "\nYWdl\n" CLOSING "\n", ERR_FORMAT},
    {"-----BEGIN CERTIFICATE-----\nYWdl\n" CLOSING "\n", ERR_FORMAT},
    {OPENING "\nYWdl\n-----END CERTIFICATE-----\n", ERR_FORMAT},
    {"x" OPENING "\nYWdl\n" CLOSING "\n", ERR_FORMAT},
    {"", ERR_END},
    {"\n\n", ERR_END},
    {OPENING, ERR_END},
    {OPENING "\n", ERR_END},
    {OPENING "\nYWdl\n", ERR_END},
    {OPENING "\n" FULL "\n", ERR_END},
};

static void every_form(void **state)
{
	struct buf back;

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		for (size_t step = 1; step < 200; step += 1 + step / 3) {
			enum err e = read_armor(bytes_str(forms[i].text), step, &back);
			if (e != forms[i].e)
				fail_msg("form %zu in pieces of %zu: %s", i, step, err_text(e));
			assert_int_equal(dearmor.broken, e != ERR_OK);
		}
}

static void white_space_has_a_maximum(void **state)
{
	struct buf text = buf_over(text_storage, sizeof text_storage);
	struct buf back;

	(void)state;
	for (int over = 0; over < 3; over++) {
		text.len = 0;
		buf_fill(&text, ' ', AGE_ARMOR_SPACE_MAX - 1 + (over == 1));
		buf_str(&text, "\n" OPENING "\nYWdl\n" CLOSING "\n");
		buf_fill(&text, '\t', AGE_ARMOR_SPACE_MAX + (over == 2));
		assert_int_equal(read_armor(buf_view(&text), 100, &back), over == 0 ? ERR_OK : ERR_TOO_BIG);
		assert_int_equal(dearmor.broken, over != 0);
	}
}

/* What stood before a broken line has been passed on, in pieces of any size; nothing after it. */
static void sink_gets_what_is_good(void **state)
{
	struct buf back;

	(void)state;
	for (size_t step = 1; step < 400; step++) {
		assert_int_equal(read_armor(bytes_str(OPENING "\n" FULL "\n" FULL "\n*\n" FULL "\n"), step, &back),
				 ERR_FORMAT);
		assert_int_equal(back.len, 96);
	}
}

static enum err refuse(void *context, struct bytes data)
{
	int *left = context;

	(void)data;
	return (*left)-- > 0 ? ERR_OK : ERR_BUSY;
}

static void sink_refuses(void **state)
{
	struct buf text = write_armor(bytes_of(plain, ROOM / 2), ROOM);
	enum err e;

	(void)state;
	for (int writes = 0; writes < 3; writes++) {
		int left = writes;
		age_armor_begin(&armor, (struct age_sink){refuse, &left});
		e = age_armor_data(&armor, bytes_of(plain, 2 * 256 * 48));
		assert_int_equal(e == ERR_OK ? age_armor_end(&armor) : e, ERR_BUSY);
		assert_int_equal(age_armor_end(&armor), ERR_BUSY);
		left = writes;
		age_dearmor_begin(&dearmor, (struct age_sink){refuse, &left});
		assert_int_equal(age_dearmor_data(&dearmor, buf_view(&text)), ERR_BUSY);
		assert_int_equal(age_dearmor_end(&dearmor), ERR_BUSY);
		assert_false(dearmor.broken);
	}
}

/* Each bit of an armored file changed: refused, or the very same bytes come out (the white space around it). */
static void every_bit(void **state)
{
	struct buf text = write_armor(bytes_of(plain, 100), ROOM);
	struct buf back;

	(void)state;
	for (size_t bit = 0; bit < text.len * 8; bit++) {
		text.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		enum err e = read_armor(buf_view(&text), 50, &back);
		/* Other letters are other bytes: the age file's matter. */
		bool body = bit / 8 > sizeof OPENING - 1 && bit / 8 < text.len - sizeof CLOSING;
		if (e == ERR_OK && !body && !bytes_eq(buf_view(&back), bytes_of(plain, 100)))
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
		if (e == ERR_OK && body && bytes_eq(buf_view(&back), bytes_of(plain, 100)))
			fail_msg("bit %zu of byte %zu is another text of the same bytes", bit % 8, bit / 8);
		text.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trips),
	    cmocka_unit_test(every_form),
	    cmocka_unit_test(white_space_has_a_maximum),
	    cmocka_unit_test(sink_gets_what_is_good),
	    cmocka_unit_test(sink_refuses),
	    cmocka_unit_test(every_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
