/* SPDX-License-Identifier: GPL-3.0-or-later
 * Which desks take what: the part's lines, and each of them damaged. */
#include "test.h"

#include <string.h>

#include "visit/desks.h"

static char recipients[4][AGE_TEXT_MAX];
static char lines[4 * AGE_TEXT_MAX];

static struct bytes three_desks(void)
{
	struct buf b = buf_over(lines, sizeof lines);
	static const char *const numbers[] = {"0 ", "0 ", "1 ", "15 "};

	for (int i = 0; i < 4; i++) {
		struct buf text = buf_over(recipients[i], sizeof recipients[i]);
		struct age_identity identity;
		struct age_recipient r;
		age_identity_new(&identity, AGE_X25519);
		age_identity_recipient(&identity, &r);
		age_recipient_text(&text, &r);
		buf_str(&b, numbers[i]);
		buf_put(&b, buf_view(&text));
		buf_byte(&b, '\n');
	}
	assert_false(b.failed);
	return buf_view(&b);
}

static void masks_and_recipients(void **state)
{
	static struct desks d;
	static struct age_recipient chosen[AGE_RECIPIENTS_MAX];

	(void)state;
	assert_int_equal(desks_set(&d, three_desks(), BYTES_LITERAL("00000002 \n00008001 a b\n00000003 c\n")), ERR_OK);
	assert_int_equal(d.topic_count, 2);
	assert_int_equal(desks_for(&d, BYTES_LITERAL("")), 2);
	assert_int_equal(desks_for(&d, BYTES_LITERAL("a b")), 0x8001);
	assert_int_equal(desks_for(&d, BYTES_LITERAL("c")), 3);
	assert_int_equal(desks_for(&d, BYTES_LITERAL("C")), 2);
	assert_int_equal(desks_recipients(&d, 0x8001, chosen), 3);
	assert_memory_equal(&chosen[2], &d.recipients[3], sizeof chosen[2]);
	assert_int_equal(desks_recipients(&d, 2, chosen), 1);
	assert_memory_equal(&chosen[0], &d.recipients[2], sizeof chosen[0]);
	assert_int_equal(desks_recipients(&d, 0x7ffc, chosen), 0);
}

static void damaged_lines_are_refused(void **state)
{
	static const char *const topics[] = {
	    "",
	    "00000001\n",
	    "00000001 first\n",
	    "00000000 \n",
	    "00000004 \n",
	    "1 \n",
	    "0000000g \n",
	    "00000001 \n00000001 \n",
	    " \n",
	    "00000001 \n00000000 a\n",
	    "00000001 \n10000001 a\n",
	    "00000001 \n\n",
	};
	static const char *const desks[] = {"", "0\n", "16 ", "-1 ", "x ", "0  ", " "};
	static struct desks d;
	static char text[AGE_TEXT_MAX + 40];

	(void)state;
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
		assert_int_not_equal(desks_set(&d, three_desks(), bytes_str(topics[i])), ERR_OK);
	for (size_t i = 0; i < sizeof desks / sizeof desks[0]; i++) {
		struct buf b = buf_over(text, sizeof text);
		buf_str(&b, desks[i]);
		buf_str(&b, recipients[0]);
		assert_int_not_equal(desks_set(&d, buf_view(&b), BYTES_LITERAL("00000001 \n")), ERR_OK);
	}
	assert_int_not_equal(desks_set(&d, BYTES_LITERAL(""), BYTES_LITERAL("00000001 \n")), ERR_OK);
}

/* As many as there may be are taken; one more is refused. */
static void no_more_than_the_maxima(void **state)
{
	static uint8_t many[(AGE_RECIPIENTS_MAX + 1) * (AGE_TEXT_MAX + 3)];
	static uint8_t topics[16 + (LIMIT_TOPICS + 1) * 16];
	static struct desks d;
	struct buf b = buf_over(many, sizeof many);
	size_t all_but_one = 0;

	(void)state;
	(void)three_desks();
	for (size_t i = 0; i <= AGE_RECIPIENTS_MAX; i++) {
		all_but_one = b.len;
		buf_str(&b, "0 ");
		buf_str(&b, recipients[i % 4]);
		buf_byte(&b, '\n');
	}
	assert_false(b.failed);
	assert_int_equal(desks_set(&d, buf_view(&b), BYTES_LITERAL("00000001 \n")), ERR_TOO_BIG);
	assert_int_equal(desks_set(&d, bytes_of(many, all_but_one), BYTES_LITERAL("00000001 \n")), ERR_OK);
	assert_int_equal(d.recipient_count, AGE_RECIPIENTS_MAX);
	b = buf_over(topics, sizeof topics);
	buf_str(&b, "00000001 \n");
	for (size_t i = 0; i <= LIMIT_TOPICS; i++) {
		all_but_one = b.len;
		buf_str(&b, "00000001 ");
		buf_decimal(&b, i);
		buf_byte(&b, '\n');
	}
	assert_false(b.failed);
	assert_int_equal(desks_set(&d, three_desks(), buf_view(&b)), ERR_TOO_BIG);
	assert_int_equal(desks_set(&d, three_desks(), bytes_of(topics, all_but_one)), ERR_OK);
	assert_int_equal(d.topic_count, LIMIT_TOPICS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(masks_and_recipients),
	    cmocka_unit_test(damaged_lines_are_refused),
	    cmocka_unit_test(no_more_than_the_maxima),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
