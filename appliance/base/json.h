/* SPDX-License-Identifier: GPL-3.0-or-later
 * JSON (RFC 8259) from a box that may be hostile: read in place, nothing built. Strings may hold no control characters,
 * nor anything that a terminal would obey. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/bytes.h"

/* One value and nothing but blanks around it; at most 8 levels deep. */
bool json_is_sound(struct bytes text);

/* ---- of sound JSON */

/* The value of an object's member; false: no such, or not an object. */
bool json_member(struct bytes object, const char *key, struct bytes *value);
/* Takes an element off the front of an array; begin with the whole array. False: there is no more, or it is none. */
bool json_element(struct bytes *array, struct bytes *element);
/* What is between the quotes, with its escapes; false: not a string. */
bool json_string(struct bytes value, struct bytes *text);

/* Appends text as a string, with quotes: what is not visible or no UTF-8 as \u escapes, bytes that are none as U+FFFD.
 */
void json_put_string(struct buf *out, struct bytes text);

#endif
