/* SPDX-License-Identifier: GPL-3.0-or-later
 * An onion address as a QR code (ISO/IEC 18004), for a screen and for paper. Not constant time: an address is public.
 */
#ifndef ANNOUNCE_PICTURE_H
#define ANNOUNCE_PICTURE_H

#include "base/bytes.h"

enum {
	PICTURE_MARGIN = 4,           /* light modules around it, which the standard asks for */
	PICTURE_SIDE_MAX = 41,        /* modules: version 6, more than an address needs */
	PICTURE_PATH_MAX = 16 * 1024, /* a run for every other module, 14 characters each, is 12 KiB */
	PICTURE_SVG_MAX = PICTURE_PATH_MAX + 512,
	PICTURE_PNG_MAX = 96 * 1024, /* 784 rows of 99 bytes, if they were not compressed at all */
};

struct picture {
	unsigned side;                                 /* modules, without the margin */
	bool dark[PICTURE_SIDE_MAX][PICTURE_SIDE_MAX]; /* [row][column] */
};

/* "HTTP://ADDRESS/" in capitals: host names have no case, and the code gets smaller. A quarter of it may be lost.
 * ERR_FORMAT: not lower-case letters, digits and dots; ERR_TOO_BIG. *out is unchanged on error. */
enum err picture_of_address(struct bytes address, struct picture *out) MUST_CHECK;

/* The side with its margins, and the dark modules as the `d` of an SVG path in that square. */
unsigned picture_full_side(const struct picture *p);
void picture_path(struct buf *out, const struct picture *p);
/* A whole file: black on white whatever lies behind it. */
void picture_svg(struct buf *out, const struct picture *p);
/* A whole file (PNG, third edition): one bit a pixel, 16 pixels a module. Allocates (zlib). ERR_NO_MEMORY. */
enum err picture_png(struct buf *out, const struct picture *p) MUST_CHECK;

#endif
