/* SPDX-License-Identifier: GPL-3.0-or-later
 * PART_VISIT's field `look`, line by line (link/messages.def). Empty views: the site says nothing. */
#ifndef VISIT_LOOK_H
#define VISIT_LOOK_H

#include "base/bytes.h"
#include "pages/language.h"

struct bytes look_style(struct bytes look);        /* a style sheet of its own, and ... */
struct bytes look_style_source(struct bytes look); /* ... how the Content-Security-Policy names it */
struct bytes look_text(struct bytes look, enum page_language language);
/* What topic `number` is called; name if it has no other. */
struct bytes look_topic(struct bytes look, size_t number, struct bytes name, enum page_language language);

#endif
