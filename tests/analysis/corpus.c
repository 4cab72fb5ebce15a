/* SPDX-License-Identifier: GPL-3.0-or-later
 * A fuzzer's function over files, each once: what libFuzzer does with a corpus, without libFuzzer.
 *   PROGRAM FILE... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
/* For those that have a mutator of their own; nothing is mutated here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t cap);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t cap)
{
	(void)data;
	(void)cap;
	return size;
}

int main(int argc, char **argv)
{
	static uint8_t input[INPUT_MAX];

	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n = f == NULL ? 0 : fread(input, 1, sizeof input, f);
		uint8_t *exact = malloc(n + 1);
		if (f == NULL || exact == NULL) {
			fprintf(stderr, "%s can't be read\n", argv[i]);
			return 1;
		}
		for (size_t at = 0; at < n; at++)
			exact[at] = input[at];
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
		fclose(f);
	}
	return 0;
}
