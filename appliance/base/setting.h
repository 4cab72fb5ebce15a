/* SPDX-License-Identifier: GPL-3.0-or-later
 * The kernel's settings: files below /proc and /sys/fs/cgroup that take a value in one write. */
#ifndef BASE_SETTING_H
#define BASE_SETTING_H

#include "base/err.h"

/* folder: a descriptor, or AT_FDCWD. ERR_IO (errno): it isn't there, or the kernel takes no such value. */
enum err setting_write(int folder, const char *path, const char *value) MUST_CHECK;

#endif
