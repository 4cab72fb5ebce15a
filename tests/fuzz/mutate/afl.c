/* SPDX-License-Identifier: GPL-3.0-or-later
 * A mutator of this folder as AFL++ loads one (AFL_CUSTOM_MUTATOR_LIBRARY), beside AFL++'s own mutations. */
#include "pieces.h"

enum { OUT_MAX = 1 << 17 };

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *in, size_t in_len, uint8_t **out, uint8_t *other, size_t other_len,
		       size_t max_size);
void afl_custom_deinit(void *data);

static uint8_t made[OUT_MAX];
static unsigned draw;

/* In libFuzzer's place: a byte changed, put in or taken out. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	size_t at = below(size + 1);

	if (at < size && one_in(2)) {
		data[at] = (uint8_t)below(256);
	} else if (at < size && one_in(2)) {
		memmove(data + at, data + at + 1, size - at - 1);
		size--;
	} else if (size < max_size) {
		memmove(data + at + 1, data + at, size - at);
		data[at] = (uint8_t)below(256);
		size++;
	}
	return size;
}

void *afl_custom_init(void *afl, unsigned seed)
{
	(void)afl;
	draw = seed;
	return made;
}

size_t afl_custom_fuzz(void *data, uint8_t *in, size_t in_len, uint8_t **out, uint8_t *other, size_t other_len,
		       size_t max_size)
{
	size_t most = max_size < OUT_MAX ? max_size : OUT_MAX;
	size_t n = in_len < most ? in_len : most;

	(void)data;
	*out = made;
	draw = draw * 1664525u + 1013904223u;
	if (other != NULL && draw >> 28 == 0)
		return LLVMFuzzerCustomCrossOver(in, in_len, other, other_len, made, most, draw);
	memcpy(made, in, n);
	return LLVMFuzzerCustomMutator(made, n, most, draw);
}

void afl_custom_deinit(void *data)
{
	(void)data;
}
