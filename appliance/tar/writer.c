/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tar/writer.h"

#include <string.h>

/* Octal digits with leading zeros, then a NUL. */
static void octal(uint8_t *field, size_t field_len, uint64_t value)
{
	for (size_t i = field_len - 1; i > 0; i--) {
		field[i - 1] = (uint8_t)('0' + (value & 7));
		value >>= 3;
	}
	BUG_IF(value != 0);
}

void tar_header(uint8_t block[static TAR_BLOCK], const char *name, uint64_t size, uint32_t day)
{
	unsigned sum = 0;

	BUG_IF(strlen(name) > TAR_NAME_MAX);
	memset(block, 0, TAR_BLOCK);
	memcpy(block, name, strlen(name));
	octal(block + 100, 8, 0600);
	octal(block + 108, 8, 0); /* owner */
	octal(block + 116, 8, 0); /* group */
	octal(block + 124, 12, size);
	octal(block + 136, 12, (uint64_t)day * 86400);
	memset(block + 148, ' ', 8);
	block[156] = '0'; /* a regular file */
	memcpy(block + 257, TAR_MAGIC, 8);
	octal(block + 329, 8, 0); /* device numbers */
	octal(block + 337, 8, 0);
	/* The checksum is taken with its own field blank. Six digits, a NUL, a blank: as every tar writes it. */
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	octal(block + 148, 7, sum);
	block[154] = '\0';
}

size_t tar_padding(uint64_t size)
{
	return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}
