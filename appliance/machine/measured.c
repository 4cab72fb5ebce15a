/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine/measured.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	REGISTER_BYTES = 32,
	REGISTER_DIGITS = 2 * REGISTER_BYTES,
};

static enum err read_register(int folder, const char *name, uint8_t value[static REGISTER_BYTES])
{
	char text[REGISTER_DIGITS + 2]; /* a line end, and one byte to see that nothing follows */
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	size_t len;

	if (fd < 0)
		return ERR_NOT_FOUND;
	got = read(fd, text, sizeof text);
	close(fd);
	if (got != REGISTER_DIGITS + 1 || text[REGISTER_DIGITS] != '\n')
		return ERR_FORMAT;
	return hex_decode(bytes_of((const uint8_t *)text, REGISTER_DIGITS), value, REGISTER_BYTES, &len);
}

enum err measured_read(const char *folder, uint8_t pcr4[static 32], uint8_t pcr11[static 32])
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = ERR_NOT_FOUND;

	memset(pcr4, 0, REGISTER_BYTES);
	memset(pcr11, 0, REGISTER_BYTES);
	if (fd < 0)
		return e;
	e = read_register(fd, "4", pcr4);
	if (e == ERR_OK)
		e = read_register(fd, "11", pcr11);
	close(fd);
	if (e != ERR_OK) {
		memset(pcr4, 0, REGISTER_BYTES);
		memset(pcr11, 0, REGISTER_BYTES);
	}
	return e;
}
