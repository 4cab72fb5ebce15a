/* SPDX-License-Identifier: GPL-3.0-or-later
 * The one colour that a site may choose, for the frame, links and buttons: made darker for the light scheme and lighter
 * for the dark one, as far as WCAG 2.2 level AA (clause 1.4.3) asks, so that any colour may be chosen. */
#ifndef PAGES_ACCENT_H
#define PAGES_ACCENT_H

#include "base/bytes.h"

struct rgb {
	uint8_t r, g, b;
};

/* What style.css has, and stands beside the accent. */
extern const struct rgb accent_grounds[2][2]; /* [dark][ground, card] */
extern const struct rgb accent_on_button[2];  /* the text on a button */
#define ACCENT_CONTRAST 4.5

enum { ACCENT_STYLE_MAX = 160 };

/* "#1f4e6b". ERR_FORMAT. */
enum err accent_parse(struct bytes text, struct rgb *out) MUST_CHECK;
/* Contrast ratio of two colours, 1 to 21, as WCAG defines it. */
double accent_contrast(struct rgb a, struct rgb b);
/* The colour as it is shown in that scheme. */
struct rgb accent_for(struct rgb chosen, bool dark);
/* Appends the style sheet that puts the accent over that of style.css. */
void accent_style(struct buf *out, struct rgb chosen);

#endif
