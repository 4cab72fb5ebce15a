/* SPDX-License-Identifier: GPL-3.0-or-later
 * Files of the workstation's tools: whole, on disk, or not there. On failure errno says why. */
#ifndef WORKSTATION_FILES_H
#define WORKSTATION_FILES_H

#include <sys/types.h>

#include "base/bytes.h"

/* A new file; ERR_EXISTS (errno EEXIST) if there is something of that name. fsynced, and so is its folder.
 * ERR_IO: nothing is left behind. */
enum err file_write_new(const char *path, struct bytes data, mode_t mode) MUST_CHECK;
/* The same, replacing what is there in one step (a temporary neighbour and rename). ERR_IO: the old one is unharmed,
 * or the new one is there, whole, and a power cut may bring the old one back. */
enum err file_replace(const char *path, struct bytes data, mode_t mode) MUST_CHECK;

#endif
