/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pages/accent.h"

#include <math.h>

const struct rgb accent_grounds[2][2] = {
    {{0xfa, 0xf9, 0xf6}, {0xff, 0xff, 0xff}},
    {{0x16, 0x18, 0x1a}, {0x1e, 0x21, 0x24}},
};
const struct rgb accent_on_button[2] = {{0xff, 0xff, 0xff}, {0x10, 0x22, 0x2e}};

enum { STEPS = 64 }; /* from the colour to black or white */

enum err accent_parse(struct bytes text, struct rgb *out)
{
	uint8_t raw[3];
	size_t n = 0;

	if (text.n != 7 || text.p[0] != '#' || hex_decode(bytes_from(text, 1), raw, sizeof raw, &n) != ERR_OK)
		return ERR_FORMAT;
	*out = (struct rgb){raw[0], raw[1], raw[2]};
	return ERR_OK;
}

static double linear(uint8_t channel)
{
	double c = channel / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(struct rgb c)
{
	return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double accent_contrast(struct rgb a, struct rgb b)
{
	double x = luminance(a);
	double y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

static uint8_t between(uint8_t from, uint8_t to, int step)
{
	return (uint8_t)((from * (STEPS - step) + to * step) / STEPS);
}

static bool readable(struct rgb c, bool dark)
{
	return accent_contrast(c, accent_grounds[dark][0]) >= ACCENT_CONTRAST &&
	       accent_contrast(c, accent_grounds[dark][1]) >= ACCENT_CONTRAST &&
	       accent_contrast(c, accent_on_button[dark]) >= ACCENT_CONTRAST;
}

struct rgb accent_for(struct rgb chosen, bool dark)
{
	uint8_t end = dark ? 255 : 0;
	struct rgb c = chosen;

	for (int step = 1; step <= STEPS && !readable(c, dark); step++)
		c = (struct rgb){between(chosen.r, end, step), between(chosen.g, end, step),
				 between(chosen.b, end, step)};
	return c;
}

static void put_colour(struct buf *out, const char *name, struct rgb c)
{
	const uint8_t raw[3] = {c.r, c.g, c.b};

	buf_str(out, name);
	buf_hex(out, BYTES_ARRAY(raw));
}

void accent_style(struct buf *out, struct rgb chosen)
{
	for (int dark = 0; dark < 2; dark++) {
		buf_str(out, dark ? "@media (prefers-color-scheme:dark){:root{" : ":root{");
		put_colour(out, "--accent:#", accent_for(chosen, dark));
		put_colour(out, ";--on-accent:#", accent_on_button[dark]);
		buf_str(out, dark ? "}}" : "}");
	}
}
