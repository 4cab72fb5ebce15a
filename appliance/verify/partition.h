/* SPDX-License-Identifier: GPL-3.0-or-later
 * The program that UEFI starts from a disk image of ours: /EFI/BOOT/BOOTX64.EFI in the FAT32 file system that
 * image/disk makes (Microsoft's "FAT: General Overview of On-Disk Format", 1.03). Read only, and no more of the format
 * than that takes: sectors of 512 bytes, short names, the first table. */
#ifndef VERIFY_PARTITION_H
#define VERIFY_PARTITION_H

#include "base/bytes.h"

enum { PARTITION_AT = 1 << 20 }; /* of the disk image, where image/disk puts the one partition */

/* `partition` begins at the file system's first sector; what lies behind its last one doesn't count. *program becomes a
 * copy of the file, to be freed, no larger than the partition. ERR_FORMAT: no such file system, or the
 * file isn't there, is empty, or its chain of clusters leads out of the volume, in a circle, or ends elsewhere than the
 * file. ERR_NO_MEMORY. Both are unchanged on error. */
enum err partition_take_program(struct bytes partition, uint8_t **program, size_t *program_len) MUST_CHECK;

#endif
