/* SPDX-License-Identifier: GPL-3.0-or-later
 * Inside of site/file.h: one function per key. Each returns false with a sentence in *fault. */
#ifndef SITE_TAKE_H
#define SITE_TAKE_H

#include "site/file.h"

bool take_refused(struct site_fault *fault, const char *sentence); /* false, always */
bool take_source_key(struct bytes text, struct site *s, struct site_fault *fault);
bool take_desk_key(struct bytes text, struct site *s, struct site_fault *fault);
bool take_salt(struct bytes text, struct site *s, struct site_fault *fault);

#endif
