/* SPDX-License-Identifier: GPL-3.0-or-later
 * When this program was built, or what stands for it: the day of the lock of all its sources (image/packages.lock), so
 * that the same sources give the same program. */
#ifndef START_BUILT_H
#define START_BUILT_H

#include <stdint.h>

extern const int64_t built_unix_s;

#endif
