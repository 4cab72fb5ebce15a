/* SPDX-License-Identifier: GPL-3.0-or-later
 * Lists that grow: an array of `count` entries of `size` bytes, in allocated room for `*room`. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

/* The list (NULL before the first), moved if need be, with room for one more entry. NULL: no memory; the list is as it
 * was. */
void *list_grow(void *list, size_t count, size_t *room, size_t size);

#endif
