/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as a box's JSON: what is sound can be taken apart, every piece of it is sound again and lies inside, and a
 * string that is written anew is sound. */
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct bytes value, struct bytes whole, unsigned depth)
{
	static const char *const keys[] = {"boot", "restored", "refused", "conversation", "why", "a"};
	struct bytes inside;

	if (value.p < whole.p || value.p + value.n > whole.p + whole.n || !json_is_sound(value) || depth > 16)
		abort();
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (json_member(value, keys[i], &inside))
			look_at(inside, whole, depth + 1);
	for (struct bytes array = value; json_element(&array, &inside);)
		look_at(inside, whole, depth + 1);
	if (json_string(value, &inside))
		for (size_t i = 0; i < inside.n; i++)
			if (inside.p[i] < ' ')
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t storage[8 * 70000];
	struct buf out = buf_over(storage, sizeof storage);
	struct bytes text = bytes_of(data, size);

	json_put_string(&out, text);
	if (out.failed || !json_is_sound(buf_view(&out)))
		abort();
	if (size <= 4096 && json_is_sound(text))
		look_at(bytes_trim(text), text, 0);
	return 0;
}
