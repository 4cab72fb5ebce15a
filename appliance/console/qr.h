/* SPDX-License-Identifier: GPL-3.0-or-later
 * A QR code in half blocks: each character is two modules, one above the other; light modules are drawn, so it is meant
 * for light on dark. */
#ifndef CONSOLE_QR_H
#define CONSOLE_QR_H

#include "console/sheet.h"

enum { QR_QUIET = 4 }; /* modules of light margin that the standard asks for */

/* Draws the text from `row` on, indented by `column`; what stands there goes. Returns the rows used, and in *columns
 * its width; 0 when it doesn't fit above the keys. The text is wiped from where it was worked on. */
size_t qr_draw(struct screen *out, size_t row, size_t column, struct bytes text, size_t *columns);
/* The same of "HTTP://ADDRESS/" in capitals: host names have no case, and the code gets smaller. 0 also when the
 * address has a character that isn't a host name's. */
size_t qr_draw_address(struct screen *out, size_t row, size_t column, struct bytes address);

#endif
