/* SPDX-License-Identifier: GPL-3.0-or-later
 * UTF-8 from strangers, RFC 3629 clause 4: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/bytes.h"

/* Takes the first character off the front of *rest. ERR_FORMAT: none is there, or bytes that are no character's; then
 * neither is changed. */
enum err utf8_next(struct bytes *rest, uint32_t *character) MUST_CHECK;

#endif
