/* SPDX-License-Identifier: GPL-3.0-or-later
 * What somebody typed into a form, made safe to store: valid UTF-8 without control characters. */
#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

#include "base/bytes.h"

/* Appends `in` with CRLF and CR as LF, and U+FFFD for what isn't UTF-8 (RFC 3629) or is a control character other than
 * LF and tab. */
void text_clean(struct buf *out, struct bytes in);
/* The same for one line: LF and tab become blanks. */
void text_clean_line(struct buf *out, struct bytes in);
/* The longest beginning of at most max bytes that doesn't cut a character. */
struct bytes text_first(struct bytes text, size_t max);
/* Nothing but blanks, tabs and line ends. */
bool text_is_blank(struct bytes text);

#endif
