/* SPDX-License-Identifier: GPL-3.0-or-later
 * How a site looks and what it says, in each language: the accent, the text of the first page, the topics' names. */
#ifndef SITE_LOOK_H
#define SITE_LOOK_H

#include "site/file.h"

/* "#1f4e6b". */
bool site_take_accent(struct bytes text, struct site *s, struct site_fault *fault);
/* The first page's text. language: a tag of pages/languages.def; empty: for each language without one of its own. */
bool site_take_text(struct bytes language, struct bytes text, struct site *s, struct site_fault *fault);
/* What the last topic is called in that language. */
bool site_take_topic_name(struct bytes language, struct bytes text, struct site *s, struct site_fault *fault);

/* PART_VISIT's field. link/messages.def has its grammar. */
void site_put_look(struct buf *out, const struct site *s);
/* The lines of a site file that say it; those of a topic only. */
void site_write_accent(struct buf *out, const struct site *s);
void site_write_texts(struct buf *out, const struct site *s, int topic);

#endif
