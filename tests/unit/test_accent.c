/* SPDX-License-Identifier: GPL-3.0-or-later
 * The site's colour: whatever is chosen can be read in both schemes. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "pages/accent.h"

static bool same(struct rgb a, struct rgb b)
{
	return a.r == b.r && a.g == b.g && a.b == b.b;
}

/* The examples of WCAG's own explanations and the two ends. */
static void contrast_is_wcags(void **state)
{
	const struct rgb black = {0, 0, 0}, white = {255, 255, 255}, grey = {0x76, 0x76, 0x76},
			 lighter = {0x77, 0x77, 0x77};

	(void)state;
	assert_true(accent_contrast(black, white) > 20.99 && accent_contrast(white, black) < 21.01);
	assert_true(accent_contrast(white, white) > 0.99 && accent_contrast(white, white) < 1.01);
	assert_true(accent_contrast(grey, white) >= 4.5 && accent_contrast(lighter, white) < 4.5);
}

static void any_colour_can_be_read(void **state)
{
	(void)state;
	for (int n = 0; n < 18 * 18 * 18; n++) {
		const struct rgb chosen = {(uint8_t)(n % 18 * 15), (uint8_t)(n / 18 % 18 * 15),
					   (uint8_t)(n / 324 * 15)};
		for (int dark = 0; dark < 2; dark++) {
			struct rgb c = accent_for(chosen, dark);
			if (accent_contrast(c, accent_on_button[dark]) < ACCENT_CONTRAST ||
			    accent_contrast(c, accent_grounds[dark][0]) < ACCENT_CONTRAST ||
			    accent_contrast(c, accent_grounds[dark][1]) < ACCENT_CONTRAST)
				fail_msg("#%02x%02x%02x can't be read, dark: %d", chosen.r, chosen.g, chosen.b, dark);
			/* And it is still the chosen one where that can be read. */
			if (!same(c, chosen) && accent_contrast(chosen, accent_on_button[dark]) >= ACCENT_CONTRAST &&
			    accent_contrast(chosen, accent_grounds[dark][0]) >= ACCENT_CONTRAST &&
			    accent_contrast(chosen, accent_grounds[dark][1]) >= ACCENT_CONTRAST)
				fail_msg("#%02x%02x%02x was changed for nothing", chosen.r, chosen.g, chosen.b);
		}
	}
}

static void style_sheet(void **state)
{
	uint8_t storage[ACCENT_STYLE_MAX];
	struct buf out = buf_over(storage, sizeof storage);
	struct rgb c;

	(void)state;
	assert_int_equal(accent_parse(BYTES_LITERAL("#1F4e6b"), &c), ERR_OK);
	accent_style(&out, c);
	assert_false(out.failed);
	assert_true(bytes_starts(buf_view(&out), BYTES_LITERAL(":root{--accent:#1f4e6b;--on-accent:#ffffff}@media ")));
	for (size_t i = 0; i < out.len; i++)
		assert_null(strchr("&<>\"'", storage[i])); /* what a page would escape */
}

static void not_a_colour(void **state)
{
	static const char *const wrong[] = {"",        "#",       "1f4e6b", "#1f4e6", "#1f4e6bb",
					    "#1f4e6g", "#1f 4e6", "red",    "# f4e6b"};
	struct rgb c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(accent_parse(bytes_str(wrong[i]), &c), ERR_FORMAT);
}

/* accent.c repeats these of style.css. */
static void the_style_sheet_has_these_grounds(void **state)
{
	static char sheet[32 * 1024];
	FILE *f = fopen("appliance/pages/style.css", "rb");

	(void)state;
	assert_non_null(f);
	sheet[fread(sheet, 1, sizeof sheet - 1, f)] = '\0';
	(void)fclose(f);
	for (int dark = 0; dark < 2; dark++) {
		const char *from = dark ? strstr(sheet, "prefers-color-scheme: dark") : sheet;
		const struct {
			const char *name;
			struct rgb c;
		} wanted[] = {
		    {"--ground", accent_grounds[dark][0]},
		    {"--card", accent_grounds[dark][1]},
		    {"--on-accent", accent_on_button[dark]},
		};
		assert_non_null(from);
		for (size_t i = 0; i < 3; i++) {
			char text[64];
			(void)snprintf(text, sizeof text, "%s: #%02x%02x%02x;", wanted[i].name, wanted[i].c.r,
				       wanted[i].c.g, wanted[i].c.b);
			assert_non_null(strstr(from, text));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(contrast_is_wcags), cmocka_unit_test(any_colour_can_be_read),
	    cmocka_unit_test(style_sheet),       cmocka_unit_test(the_style_sheet_has_these_grounds),
	    cmocka_unit_test(not_a_colour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
