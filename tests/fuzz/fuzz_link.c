/* SPDX-License-Identifier: GPL-3.0-or-later
 * Input: one link message, number and fields. What is read must be written back as the same bytes; what is refused
 * must leave the struct alone. */
#include <stddef.h>
#include <stdint.h>

#include "link/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[LIMIT_MESSAGE];

#define MESSAGE(name, from, to, states, fds, fields)                                                                   \
	static void try_##name(struct bytes record)                                                                    \
	{                                                                                                              \
		struct message_##name m, before;                                                                       \
		struct buf out = buf_over(again, sizeof again);                                                        \
                                                                                                                       \
		memset(&m, 0xa5, sizeof m);                                                                            \
		before = m;                                                                                            \
		if (message_get_##name(bytes_from(record, 2), &m) != ERR_OK) {                                         \
			BUG_IF(memcmp(&m, &before, sizeof m) != 0);                                                    \
			return;                                                                                        \
		}                                                                                                      \
		message_put_##name(&out, &m);                                                                          \
		BUG_IF(out.failed || !bytes_eq(buf_view(&out), record));                                               \
	}
#include "link/messages.def"
#undef MESSAGE

static void (*const tries[MESSAGE_COUNT])(struct bytes record) = {
#define MESSAGE(name, from, to, states, fds, fields) [MESSAGE_##name] = try_##name,
#include "link/messages.def"
#undef MESSAGE
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t number = size < 2 ? MESSAGE_COUNT : (size_t)(data[0] | data[1] << 8);

	if (number < MESSAGE_COUNT && size <= LIMIT_MESSAGE)
		tries[number](bytes_of(data, size));
	return 0;
}
