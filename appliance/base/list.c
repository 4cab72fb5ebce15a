/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/list.h"

#include <stdlib.h>

enum { ROOM_FIRST = 64 };

void *list_grow(void *list, size_t count, size_t *room, size_t size)
{
	size_t more = *room == 0 ? ROOM_FIRST : 2 * *room;
	void *moved;

	if (count < *room)
		return list;
	moved = reallocarray(list, more, size);
	if (moved != NULL)
		*room = more;
	return moved;
}
