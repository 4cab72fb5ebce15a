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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(masks_and_recipients),
	    cmocka_unit_test(damaged_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
