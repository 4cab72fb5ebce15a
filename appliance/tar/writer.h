/* SPDX-License-Identifier: GPL-3.0-or-later
 * Writing archives: regular files only, mode 0600, no owner, the time of day always 0:00. */
#ifndef TAR_WRITER_H
#define TAR_WRITER_H

#include "base/bytes.h"
#include "tar/format.h"

/* A file's header. name has at most TAR_NAME_MAX bytes and size at most TAR_SIZE_MAX; more is a bug.
 * day: since 1970, the file's time; within TAR_TIME_MAX. */
void tar_header(uint8_t block[static TAR_BLOCK], const char *name, uint64_t size, uint32_t day);
/* Zero bytes that follow a file's contents. */
size_t tar_padding(uint64_t size);

#endif
