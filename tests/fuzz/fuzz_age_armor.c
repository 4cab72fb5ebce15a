/* SPDX-License-Identifier: GPL-3.0-or-later
 * Any bytes as ASCII armor, in pieces whose size the first byte says: the same outcome in one piece, and what is taken
 * is written and read again as the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "age/armor.h"

#define ROOM 200000 /* twice the longest input, with lines */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct age_armor armor;
static struct age_dearmor dearmor;
static uint8_t first_storage[ROOM], second_storage[ROOM], text_storage[ROOM];

static enum err keep(void *context, struct bytes data)
{
	buf_put(context, data);
	return ((struct buf *)context)->failed ? ERR_FULL : ERR_OK;
}

static enum err read_armor(struct bytes text, size_t step, struct buf *out)
{
	enum err e;

	age_dearmor_begin(&dearmor, (struct age_sink){keep, out});
	for (; text.n > 0; text = bytes_from(text, step))
		TRY(age_dearmor_data(&dearmor, bytes_first(text, step)));
	e = age_dearmor_end(&dearmor);
out:
	if (dearmor.broken != (e != ERR_OK))
		abort();
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = buf_over(first_storage, sizeof first_storage);
	struct buf second = buf_over(second_storage, sizeof second_storage);
	struct buf text = buf_over(text_storage, sizeof text_storage);
	struct bytes input;
	enum err e;

	if (size == 0)
		return 0;
	input = bytes_of(data + 1, size - 1);
	e = read_armor(input, 1u + data[0], &first);
	if (read_armor(input, SIZE_MAX / 2, &second) != e || !bytes_eq(buf_view(&first), buf_view(&second)))
		abort();
	if (e != ERR_OK)
		return 0;
	age_armor_begin(&armor, (struct age_sink){keep, &text});
	if (age_armor_data(&armor, buf_view(&first)) != ERR_OK || age_armor_end(&armor) != ERR_OK)
		abort();
	second.len = 0;
	if (read_armor(buf_view(&text), 77, &second) != ERR_OK || !bytes_eq(buf_view(&first), buf_view(&second)))
		abort();
	return 0;
}
