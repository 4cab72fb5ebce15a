/* SPDX-License-Identifier: GPL-3.0-or-later
 * A disk image that nobody has vouched for. First byte 0: the rest is a partition, and then a program. Otherwise the
 * rest are changes to the small image of the unit tests, four bytes each (place, width, value's lowest byte and sign):
 * of its partition if the first byte is odd, of the program if it is even. The unchanged one is always taken, so a seed
 * reaches everything. What is taken is no larger than what it came from. */
#include <stdlib.h>

#include "../unit/small_image.h"
#include "verify/partition.h"
#include "verify/registers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err look_at_program(struct bytes program)
{
	struct registers r, again;
	enum err e = registers_compute(program, &r);

	if (e == ERR_OK && (registers_compute(program, &again) != ERR_OK || memcmp(&r, &again, sizeof r) != 0))
		abort();
	return e;
}

static enum err look_at_partition(struct bytes partition)
{
	uint8_t *program;
	size_t len;
	enum err e = partition_take_program(partition, &program, &len);

	if (e != ERR_OK)
		return e;
	if (len == 0 || len > partition.n)
		abort();
	e = look_at_program(bytes_of(program, len));
	free(program);
	return e;
}

static void change(uint8_t *p, size_t len, struct bytes changes)
{
	for (; changes.n >= 4; changes = bytes_from(changes, 4)) {
		size_t width = 1u << (changes.p[2] & 3);
		size_t at = (size_t)(changes.p[0] | changes.p[1] << 8) % (len - 8);
		uint64_t value = changes.p[3];

		small_put(p, at, width, changes.p[2] & 4 ? ~value : value << (changes.p[2] >> 3));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = bytes_from(bytes_of(data, size), 1);
	size_t len;
	uint8_t *p;
	enum err e;

	if (size == 0)
		return 0;
	if (data[0] == 0) {
		(void)!look_at_partition(rest);
		(void)!look_at_program(rest);
		return 0;
	}
	len = data[0] % 2 == 1 ? SMALL_PARTITION_LEN : SMALL_PROGRAM_LEN;
	p = malloc(len);
	if (p == NULL)
		abort();
	if (len == SMALL_PARTITION_LEN)
		small_partition(p);
	else
		small_program(p);
	change(p, len, rest);
	e = len == SMALL_PARTITION_LEN ? look_at_partition(bytes_of(p, len)) : look_at_program(bytes_of(p, len));
	if (rest.n < 4 && e != ERR_OK)
		abort();
	free(p);
	return 0;
}
