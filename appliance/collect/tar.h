/* SPDX-License-Identifier: GPL-3.0-or-later
 * Writing POSIX ustar archives (IEEE Std 1003.1, pax, "ustar Interchange Format"): regular files only, mode 0600, no
 * owner, the time of day always 0:00. docs/DESK-API.md has the layout of the stream. */
#ifndef COLLECT_TAR_H
#define COLLECT_TAR_H

#include "base/bytes.h"

enum { TAR_BLOCK = 512, TAR_NAME_MAX = 100 };
#define TAR_SIZE_MAX 077777777777ull /* eleven octal digits: 8 GiB less a byte */

/* A file's header. name has at most TAR_NAME_MAX bytes and size at most TAR_SIZE_MAX; more is a bug.
 * day: since 1970, the file's time. */
void tar_header(uint8_t block[static TAR_BLOCK], const char *name, uint64_t size, uint32_t day);
/* Zero bytes that follow a file's contents. */
size_t tar_padding(uint64_t size);
/* Zero bytes that end the archive. */
enum { TAR_END = 2 * TAR_BLOCK };

#endif
