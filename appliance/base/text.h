/* SPDX-License-Identifier: GPL-3.0-or-later
 * UTF-8 from strangers: is it one line, and how to show it on a terminal so that it can only be read. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

/* Harmless to show: neither a control character (C0, DEL, C1; line ends included), nor one that reorders, hides or
 * breaks what stands around it (bidirectional controls, invisible characters, line and paragraph separators,
 * tags, noncharacters). The zero-width joiner and non-joiner pass: Persian and many Indian scripts need them. */
bool text_is_visible(uint32_t character);

/* One line of sound UTF-8 made of visible characters. */
bool text_is_line(struct bytes text);

/* Appends text for a terminal: visible characters as they are; a tab, and a line end if `lines`, as well; CR before LF
 * is dropped; all else, and '\' itself, as "\n", "\t", "\\", "\u{202E}", or "\xFF" for a byte that is no UTF-8. */
void text_escape(struct buf *out, struct bytes text, bool lines);

#endif
