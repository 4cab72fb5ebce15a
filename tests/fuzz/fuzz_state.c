/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a conversation's state: what is taken is written back the same, and names no path. */
#include <stdlib.h>

#include "link/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t storage[LIMIT_STATE];
	struct buf again = buf_over(storage, sizeof storage);
	struct state s;

	if (state_get(bytes_of(data, size), &s) != ERR_OK)
		return 0;
	if (s.last > LIMIT_MESSAGES || s.message_count > LIMIT_HISTORY || s.reply_count > LIMIT_STATE_REPLIES ||
	    !state_is_recipient(s.recipient))
		abort();
	for (size_t i = 0; i < s.message_count; i++)
		if (s.messages[i].receipt >= RECEIPT_COUNT)
			abort();
	for (size_t i = 0; i < s.reply_count; i++)
		if (bytes_find(s.replies[i], BYTES_LITERAL("/")) != s.replies[i].n || s.replies[i].p[0] == '.')
			abort();
	state_put(&again, &s);
	if (again.failed || !bytes_eq(buf_view(&again), bytes_of(data, size)))
		abort();
	return 0;
}
